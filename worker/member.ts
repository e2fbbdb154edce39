/** Who is signed in to the dashboard, and what their account lets them do. */

import type { Role } from '../sdk/schema/account.ts'
import type { Mode } from '../sdk/schema/common.ts'
import { memberEmails, verifyMemberToken } from './clerk.ts'
import type { Env } from './env.ts'
import { need, refuse, toRefused } from './http.ts'
import { isPlatformId, newPlatformId } from './keys.ts'
import { accountAt, personAt } from './stub.ts'

/** A person with a valid session; which account they act for is not decided yet. */
export interface Session {
  readonly userId: string
  readonly sessionId: string
}

export async function sessionOf(request: Request, env: Env): Promise<Session> {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.get('Authorization') ?? '')?.[1]
  return token === undefined ? refuse('missing_session') : verifyMemberToken(token, env)
}

/** Remembered in an isolate until the account does not admit them: it was deleted, or somebody removed them. */
const own = new Map<string, string>()
const OWN_MAX = 10_000

/** The account that is asked for, `X-Account: plt_…`; the person's own when none is. The first visit founds it. */
async function platformOf(request: Request, session: Session, env: Env): Promise<string> {
  const named = request.headers.get('X-Account')
  if (named === null) return own.get(session.userId) ?? ownAccount(session, env)
  return (await isPlatformId(named, env.KEY_SECRET)) ? named : refuse('account_not_found')
}

/** Founding heals: whoever comes after a visit that was cut off founds the same account. */
export async function ownAccount({ userId }: Session, env: Env): Promise<string> {
  const platformId = await personAt(env, userId).ownAccount(await newPlatformId(env.KEY_SECRET))
  const account = accountAt(env, platformId)
  if (!(await account.isFounded())) {
    const [email] = await memberEmails(userId, env)
    if (email === undefined) return refuse('email_not_verified')
    need(await account.found({ platformId, userId, email }))
  }
  if (own.size >= OWN_MAX) own.clear()
  own.set(userId, platformId)
  return platformId
}

/** What a member asks to do. */
export interface Wish {
  readonly role: Role
  readonly whileLocked?: boolean
  readonly projectId?: string | undefined
  readonly mode?: Mode | undefined
  /** How it is called in the audit log; left out, nothing changes by it. */
  readonly action?: string
  readonly target?: string | undefined
}

export interface Seat extends Session {
  readonly platformId: string
  readonly role: Role
  readonly email: string
}

/** Admits the member, does what they ask, and writes down how it ended. */
export async function asMember(
  request: Request,
  env: Env,
  wish: Wish,
  act: (seat: Seat) => Promise<Response>,
): Promise<Response> {
  const session = await sessionOf(request, env)
  const platformId = await platformOf(request, session, env)
  const account = accountAt(env, platformId)
  const admitted = await account.admit(toRequest(request, session, wish))
  if (!admitted.ok) own.delete(session.userId)
  const { role, email, entry } = need(admitted)
  const acting = act({ ...session, platformId, role, email })
  return entry === null ? acting : writtenDown(acting, entry, account)
}

/** The same, when how it ended is written down, too. */
export const writtenDown = <T>(acting: Promise<T>, entry: number, account: ReturnType<typeof accountAt>): Promise<T> =>
  acting.then(
    async (done) => {
      await account.settle(entry, 'done')
      return done
    },
    async (error: unknown) => {
      await account.settle(entry, toRefused(error).code)
      throw error
    },
  )

function toRequest(request: Request, { userId }: Session, wish: Wish) {
  const { role, whileLocked = false, projectId = null, mode = null, action, target = null } = wish
  const ip = request.headers.get('CF-Connecting-IP')
  return {
    userId,
    role,
    whileLocked,
    projectId,
    action: action === undefined ? null : { action, target, projectId, mode, ip },
  }
}
