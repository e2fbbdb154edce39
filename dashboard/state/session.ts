/** Who is signed in, and which account they act for. */

import { createSignal } from 'solid-js'
import type { Role } from '../../sdk/schema/account.ts'
import { call, callAs } from '../api/call.ts'
import type { AccountView } from '../api/views.ts'
import { findAuth, type Auth } from '../auth/auth.ts'
import { toApiError, type ApiError } from '../api/error.ts'

export interface Session {
  readonly account: AccountView
  readonly member: { readonly userId: string; readonly email: string; readonly role: Role }
  readonly accounts: readonly { readonly platformId: string }[]
}

type State =
  | { readonly is: 'starting' }
  | { readonly is: 'out' }
  | { readonly is: 'failed'; readonly error: ApiError }
  | { readonly is: 'in'; readonly session: Session }

const [state, setState] = createSignal<State>({ is: 'starting' })
export const sessionState = state
export const session = (): Session | null => {
  const now = state()
  return now.is === 'in' ? now.session : null
}
export const role = (): Role => session()?.member.role ?? 'viewer'
export const mayDevelop = (): boolean => role() !== 'viewer'
export const isOwner = (): boolean => role() === 'owner'

const CHOSEN = 'account'
let auth: Auth | null = null

export async function startSession(): Promise<void> {
  try {
    auth = await findAuth()
    callAs({ auth, account: () => localStorage.getItem(CHOSEN), signedOut: () => setState({ is: 'out' }) })
    if (await auth.start()) await loadSession()
    else setState({ is: 'out' })
  } catch (error) {
    setState({ is: 'failed', error: toApiError(error) })
  }
}

export async function loadSession(): Promise<void> {
  try {
    const [own, { accounts }] = await Promise.all([
      call<Pick<Session, 'account' | 'member'>>('GET', '/account'),
      call<Pick<Session, 'accounts'>>('GET', '/account/all'),
    ])
    setState({ is: 'in', session: { ...own, accounts } })
  } catch (error) {
    const refused = toApiError(error)
    // The account that was chosen last may be closed to this person by now: their own is not.
    if ([403, 404, 410].includes(refused.status) && localStorage.getItem(CHOSEN) !== null) {
      localStorage.removeItem(CHOSEN)
      return loadSession()
    }
    setState(refused.status === 401 ? { is: 'out' } : { is: 'failed', error: refused })
  }
}

export async function actFor(platformId: string): Promise<void> {
  localStorage.setItem(CHOSEN, platformId)
  await loadSession()
}

export const signIn = (path: string): void => auth?.signIn(path)

export async function signOut(): Promise<void> {
  setState({ is: 'out' })
  localStorage.removeItem(CHOSEN)
  await auth?.signOut()
}
