/** Who is signed in to a page, and the addresses of the pages where people sign in. It proves nothing: the server does. */

import { toQuery, type DreamClient } from './client.ts'
import { pageStorage, thePage, type Page, type TokenStorage } from './page.ts'
import { endLeave, leaveOf, prepareLeave } from './pkce.ts'
import { Session } from './session.ts'
import { userOf, type ClerkUser } from './token.ts'

export interface AuthUrlOptions {
  /** Where to come back to; a path is one of this page's origin. */
  redirect: string
}

const STATE = '__dream_state'
const CODE = '__dream_code'
/** The state of a link that was drawn before a challenge was prepared: it leads back without a code. */
const EARLY = '0'
const TEMPLATE = 'end-user-api'

export class AuthHelpers {
  readonly #client: DreamClient
  readonly #storage: TokenStorage | null
  readonly #session: Session
  readonly #listeners = new Set<(user: ClerkUser | null) => void>()
  readonly #prepared: Promise<unknown>
  #told = 'null'
  #ready: Promise<void> | null = null

  constructor(client: DreamClient) {
    this.#client = client
    this.#storage = thePage() && (client.storage ?? pageStorage())
    this.#session = new Session(client, this.#storage, () => this.#tell())
    this.#prepared = this.#prepare()
  }

  /**
   * Finds out who is signed in, and keeps them signed in. Call it once when the page loads; on a server it does nothing.
   *
   * A code in the address counts only if this browser left for the sign-in page itself. It is taken out of the address
   * either way; the rest of it, its hash too, stays. From then on every call carries a token that is good: shortly before
   * its end it is renewed, once for all calls and tabs.
   *
   * @example
   * ```ts
   * await dream.auth.init()
   * if (dream.auth.isSignedIn()) await dream.usage.track()
   * ```
   */
  init(): Promise<void> {
    this.#ready ??= this.#begin()
    return this.#ready
  }

  async #begin(): Promise<void> {
    const page = thePage()
    if (page === null) return
    page.addEventListener('storage', ({ key }) => {
      if (key === this.#session.name || key === null) this.#session.adopt()
    })
    const isStale = await this.#arrive(page)
    this.#client.refresh = (force) => this.#fresh(force)
    await this.#fresh(isStale, true).catch(() => null) // the call that needs it will say why
  }

  /**
   * Is somebody signed in, as far as this page knows?
   *
   * @example
   * ```ts
   * if (!dream.auth.isSignedIn()) console.log(dream.auth.getSignInUrl({ redirect: '/app' }))
   * ```
   */
  isSignedIn(): boolean {
    return this.#client.token !== null
  }

  /**
   * Who is signed in, for showing; `null` for nobody. Decide nothing by its `plan`: ask the server.
   *
   * @example
   * ```ts
   * console.log(dream.auth.getUser()?.email ?? 'nobody')
   * ```
   */
  getUser(): ClerkUser | null {
    return userOf(this.#client.token ?? '')
  }

  /**
   * Signs out here and in the other tabs, ends the session on the server, and signs out of Clerk where the page has it.
   *
   * @example
   * ```ts
   * await dream.auth.signOut()
   * ```
   */
  async signOut(): Promise<void> {
    this.#client.token = null
    await this.#session.end()
    await thePage()?.Clerk?.signOut?.()
  }

  /**
   * Asks for a token that knows the plan of this moment.
   *
   * @example
   * ```ts
   * await dream.auth.refreshToken()
   * ```
   */
  async refreshToken(): Promise<void> {
    await this.#fresh(true)
  }

  /**
   * The customer's token, good for another moment, for a call to your own server, which passes it on to `forToken` or
   * `withPlan`; `null` when nobody is signed in. Ask for it before every call, and keep it nowhere.
   *
   * @example
   * ```ts
   * const token = await dream.auth.getToken()
   * console.log({ Authorization: `Bearer ${token}` })
   * ```
   */
  getToken(): Promise<string | null> {
    return this.#fresh()
  }

  /**
   * Calls back whenever somebody else is signed in than before, nobody any more, or the same person with another plan; in
   * whichever tab it happened. Answers what stops it.
   *
   * @example
   * ```ts
   * const stop = dream.auth.onChange((user) => console.log(user?.plan ?? 'signed out'))
   * stop()
   * ```
   */
  onChange(listener: (user: ClerkUser | null) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * Does this page's address look like the way back from signing in?
   *
   * @example
   * ```ts
   * if (AuthHelpers.hasAuthParams()) await dream.auth.init()
   * ```
   */
  static hasAuthParams(): boolean {
    const page = thePage()
    return page !== null && /__(clerk|dream)/.test(page.location.search)
  }

  /**
   * Where people make an account.
   *
   * @example
   * ```ts
   * console.log(dream.auth.getSignUpUrl({ redirect: 'https://app.example/welcome' }))
   * ```
   */
  getSignUpUrl({ redirect }: AuthUrlOptions): string {
    return this.#urlOf('signup', redirect)
  }

  /**
   * Where people who have an account sign in.
   *
   * @example
   * ```ts
   * console.log(dream.auth.getSignInUrl({ redirect: 'https://app.example/app' }))
   * ```
   */
  getSignInUrl({ redirect }: AuthUrlOptions): string {
    return this.#urlOf('signin', redirect)
  }

  /**
   * Where people manage their account. What they pay is managed at `billing.openPortal()`.
   *
   * @example
   * ```ts
   * console.log(dream.auth.getCustomerPortalUrl({ returnUrl: 'https://app.example/settings' }))
   * ```
   */
  getCustomerPortalUrl({ returnUrl }: { returnUrl?: string } = {}): string {
    return this.#urlOf('account', returnUrl ?? thePage()?.location.href ?? '/')
  }

  /**
   * Where a new token is made after a purchase: give it to a checkout as its `successUrl`.
   *
   * @example
   * ```ts
   * console.log(dream.auth.getRefreshUrl({ redirect: 'https://app.example/app' }))
   * ```
   */
  getRefreshUrl({ redirect }: AuthUrlOptions): string {
    return this.#urlOf('refresh', redirect)
  }

  #urlOf(path: 'signup' | 'signin' | 'account' | 'refresh', redirect: string): string {
    const { publishableKey, signupUrl } = this.#client
    if (!publishableKey) throw new Error('DreamAPI: publishableKey required for auth URLs')
    const [state, , challenge] = leaveOf(this.#storage) ?? [EARLY]
    const base = thePage()?.location.origin
    return (
      `${signupUrl}/${path}` +
      toQuery({
        pk: publishableKey,
        redirect: base ? new URL(redirect, base).href : redirect,
        state: base && state,
        code_challenge: challenge,
        customer: this.getUser()?.id,
      })
    )
  }

  /** Begins a session if the address brings a code that this browser asked for. Is an older one, if any, out of date? */
  async #arrive({ location, history }: Page): Promise<boolean> {
    const url = new URL(location.href)
    const { searchParams } = url
    const code = searchParams.get(CODE)
    const state = searchParams.get(STATE)
    if (code === null && state === null) return false
    searchParams.delete(CODE)
    searchParams.delete(STATE)
    history.replaceState(history.state, '', url.pathname + url.search + url.hash)
    await this.#prepared
    const [expected, verifier] = leaveOf(this.#storage) ?? []
    if (state === EARLY && verifier && this.#session.kept === null)
      location.replace(this.getSignInUrl({ redirect: url.href }))
    if (state !== expected || !verifier) return true
    endLeave(this.#storage)
    const begun = code !== null && (await this.#session.begin(code, verifier))
    await this.#prepare()
    return !begun
  }

  #prepare(): Promise<unknown> {
    return prepareLeave(this.#storage).catch(() => null) // no digest, no code: such a browser can only go and come back
  }

  #tell(): void {
    const user = this.getUser()
    const news = JSON.stringify(user)
    if (news === this.#told) return
    this.#told = news
    for (const listener of this.#listeners) listener(user)
  }

  /** A token of the page's own Clerk where it has one, else of our session, else the one that the page was given. */
  async #fresh(force = false, awaiting = false): Promise<string | null> {
    const token = await thePage()?.Clerk?.session?.getToken({ template: TEMPLATE, skipCache: force })
    if (token) this.#client.token = token
    else if (this.#session.kept !== null) await this.#session.fresh(force, awaiting)
    return this.#client.token
  }
}
