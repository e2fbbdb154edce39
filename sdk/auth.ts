/** Who is signed in to a page, and the addresses of the pages where people sign in. It proves nothing: the server does. */

import type { DreamClient } from './client.ts'
import { pageStorage, thePage, type TokenStorage } from './page.ts'
import { randomText } from './random.ts'
import { claimsOf, isCurrent, userOf, type ClerkUser } from './token.ts'

export interface AuthUrlOptions {
  /** Where to come back to; a path is one of this page's origin. */
  redirect: string
}

const TOKEN = 'dream_api_jwt'
/** What this browser took along when it left for the sign-in page, and must bring back. */
const STATE = 'dream_api_state'
const STATE_PARAM = '__dream_state'
const TOKEN_PARAM = '__clerk_jwt'
const TEMPLATE = 'end-user-api'

export class AuthHelpers {
  readonly #client: DreamClient
  readonly #storage: TokenStorage | null
  #started = false

  constructor(client: DreamClient) {
    this.#client = client
    this.#storage = client.storage ?? pageStorage()
  }

  /**
   * Finds out who is signed in. Call it once when the page loads; on a server it does nothing.
   *
   * A token in the address counts only if this browser left for the sign-in page itself, and is taken out of it either
   * way; the rest of the address, its hash too, stays.
   *
   * @example
   * ```ts
   * await dream.auth.init()
   * if (dream.auth.isSignedIn()) await dream.usage.track()
   * ```
   */
  async init(): Promise<void> {
    if (this.#started) return
    this.#started = true
    const arrived = this.#arrival()
    const stored = this.#storage?.getItem(TOKEN) ?? null
    if (arrived !== null) this.#keep(arrived)
    else if (stored !== null && isCurrent(stored, Date.now())) this.#client.token = stored
    else this.#storage?.removeItem(TOKEN)
    this.#client.refresh = () => this.#fresh(false)
    await this.#fresh(false)
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
    const clerk = thePage()?.Clerk
    return this.#client.token !== null || Boolean(clerk?.user && clerk.session)
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
    const user = thePage()?.Clerk?.user
    if (!user) return this.#client.token === null ? null : userOf(this.#client.token)
    const { plan, publishableKey } = user.publicMetadata ?? {}
    return {
      id: user.id,
      email: user.primaryEmailAddress?.emailAddress ?? '',
      plan: plan ?? 'free',
      publishableKey: publishableKey ?? '',
    }
  }

  /**
   * Signs out here, and of Clerk where the page has it.
   *
   * @example
   * ```ts
   * await dream.auth.signOut()
   * ```
   */
  async signOut(): Promise<void> {
    this.#storage?.removeItem(TOKEN)
    this.#client.token = null
    await thePage()?.Clerk?.signOut?.()
  }

  /**
   * Asks for a token that knows the plan of this moment, where the page has a session to ask.
   *
   * @example
   * ```ts
   * await dream.auth.refreshToken()
   * ```
   */
  async refreshToken(): Promise<void> {
    await thePage()?.Clerk?.user?.reload?.()
    await this.#fresh(true)
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
    return page !== null && (page.location.search.includes('__clerk') || /__clerk|__session/.test(page.document.cookie))
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
    const query = new URLSearchParams({ pk: publishableKey, redirect: this.#wayBack(redirect) })
    return `${signupUrl}/${path}?${query.toString()}`
  }

  /** The address to come back to, with what proves that this browser had left for it. */
  #wayBack(redirect: string): string {
    const page = thePage()
    if (page === null) return redirect
    const url = new URL(redirect, page.location.origin)
    if (this.#storage !== null) url.searchParams.set(STATE_PARAM, this.#state(this.#storage))
    return url.toString()
  }

  #state(storage: TokenStorage): string {
    const known = storage.getItem(STATE)
    if (known !== null) return known
    const state = randomText()
    storage.setItem(STATE, state)
    return state
  }

  /** The token in the address, if it may be believed to be meant for this browser. The address is cleaned in any case. */
  #arrival(): string | null {
    const page = thePage()
    if (page === null) return null
    const url = new URL(page.location.href)
    const token = url.searchParams.get(TOKEN_PARAM)
    const state = url.searchParams.get(STATE_PARAM)
    if (token === null && state === null) return null
    for (const name of [TOKEN_PARAM, STATE_PARAM, '_t']) url.searchParams.delete(name)
    page.history.replaceState(page.history.state, '', url.pathname + url.search + url.hash)
    const expected = this.#storage?.getItem(STATE) ?? null
    if (token === null || expected === null || state !== expected) return null
    this.#storage?.removeItem(STATE)
    const { publishableKey } = userOf(token) ?? {}
    const isOurs = !publishableKey || publishableKey === this.#client.publishableKey
    return isOurs && isCurrent(token, Date.now()) ? token : null
  }

  #keep(token: string): void {
    this.#client.token = token
    if (claimsOf(token) !== null) this.#storage?.setItem(TOKEN, token)
  }

  /** The session's token where the page has a session, else the one we have. */
  async #fresh(skipCache: boolean): Promise<string | null> {
    const token = await thePage()?.Clerk?.session?.getToken({ template: TEMPLATE, skipCache })
    if (token) this.#keep(token)
    return this.#client.token
  }
}
