/**
 * The session of a page: the customer token, and the refresh token that renews it. All tabs of a browser share one; what
 * is kept is the truth, so that none of them renews with a token that another has used.
 */

import type { DreamClient } from './client.ts'
import { DreamAPIException } from './error.ts'
import { pageLocks, type TokenStorage } from './page.ts'
import { claimsOf } from './token.ts'

interface Kept {
  readonly token: string
  readonly refreshToken: string
  /** Until when the token is good, by the clock of this browser. */
  readonly until: number
}

/** What the server answers to a code, and to a refresh token. */
type Granted = Omit<Kept, 'until'>

/** A token is renewed so long before its end, that no call arrives with one that is over. */
const MARGIN_MS = 30_000
/** An answer can be lost. The server gives the same one again for a minute: all tries must fit into it. */
const TRY_MS = 8_000
const ALONE = { alone: true, timeoutMs: TRY_MS } as const

export class Session {
  readonly name: string
  readonly #client: DreamClient
  readonly #storage: TokenStorage | null
  readonly #told: () => void
  #renewing: Promise<string | null> | null = null

  constructor(client: DreamClient, storage: TokenStorage | null, told: () => void) {
    this.name = `dream_api_session:${client.publishableKey}`
    this.#client = client
    this.#storage = storage
    this.#told = told
  }

  get kept(): Kept | null {
    const [token, refreshToken, until] = this.#storage?.getItem(this.name)?.split(' ') ?? []
    return token && refreshToken ? { token, refreshToken, until: Number(until) } : null
  }

  /** Speaks for whoever is signed in now, which another tab may have changed. */
  adopt(): string | null {
    this.#client.token = this.kept?.token ?? null
    this.#told()
    return this.#client.token
  }

  /** Takes the session of a code; the one before it, if there was one, ends. */
  async begin(code: string, codeVerifier: string): Promise<boolean> {
    try {
      const granted = await this.#client.post<Granted>('/api/auth/exchange', { code, codeVerifier }, ALONE)
      void this.#end()
      this.#keep(granted)
      return true
    } catch {
      return false // nobody is signed in by it, and who wants to be can ask for another
    }
  }

  /**
   * A token that is good for another moment, or a new one; `awaiting`: one that knows what was just bought. `null` when
   * nobody is signed in any more.
   */
  async fresh(force: boolean, awaiting: boolean): Promise<string | null> {
    const token = this.adopt()
    if (!force && isCurrent(this.kept)) return token
    this.#renewing ??= pageLocks(this.name, () => this.#renew(force, awaiting && force)).finally(
      () => (this.#renewing = null),
    )
    return this.#renewing
  }

  async #renew(force: boolean, awaiting: boolean): Promise<string | null> {
    const { kept } = this
    if (kept === null || (!force && isCurrent(kept))) return this.adopt() // another tab was faster
    const { refreshToken } = kept
    try {
      const body = { refreshToken, awaiting }
      const granted = await this.#client.post<Granted>('/api/auth/refresh', body, awaiting ? { alone: true } : ALONE)
      if (this.kept?.refreshToken === refreshToken) this.#keep(granted) // else signed out meanwhile
    } catch (error) {
      if (error instanceof DreamAPIException && error.reason === 'session_ended') this.#forget()
      else if (kept.until <= Date.now()) throw error
    }
    return this.adopt()
  }

  async end(): Promise<void> {
    const ending = this.#end()
    this.#forget()
    await ending
  }

  /** Tells the server; if it does not hear of it, the session ends by itself. */
  async #end(): Promise<void> {
    const { refreshToken } = this.kept ?? {}
    if (refreshToken) await this.#client.post('/api/auth/sign-out', { refreshToken }, ALONE).catch(() => null)
  }

  #keep({ token, refreshToken }: Granted): void {
    const { exp = 0, iat = 0 } = claimsOf(token) ?? {}
    const until = Date.now() + (exp - iat) * 1000
    this.#storage?.setItem(this.name, `${token} ${refreshToken} ${until}`)
    this.adopt()
  }

  #forget(): void {
    this.#storage?.removeItem(this.name)
    this.adopt()
  }
}

const isCurrent = (kept: Kept | null): boolean => kept !== null && kept.until - MARGIN_MS > Date.now()
