/** The sandbox's sign-in: its page leads back with a ticket, and the ticket is worth a session. */

import type { Auth } from './auth.ts'

const KEPT = 'sandbox-session'
const RENEW_BEFORE_MS = 15_000

export class SandboxAuth implements Auth {
  #sessionId = localStorage.getItem(KEPT)
  #token: string | null = null
  #goodUntil = 0
  #renewing: Promise<string | null> | null = null

  async start(): Promise<boolean> {
    const url = new URL(location.href)
    const ticket = url.searchParams.get('ticket')
    if (ticket !== null) {
      url.searchParams.delete('ticket')
      history.replaceState(null, '', url)
      const session = await post<{ token: string; sessionId: string }>('tickets', { ticket })
      if (session !== null) {
        this.#sessionId = session.sessionId
        this.#keep(session.token)
        localStorage.setItem(KEPT, session.sessionId)
      }
    }
    return (await this.token()) !== null
  }

  async token({ fresh = false } = {}): Promise<string | null> {
    if (!fresh && this.#token !== null && this.#goodUntil - Date.now() > RENEW_BEFORE_MS) return this.#token
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null
    })
    return this.#renewing
  }

  async #renew(): Promise<string | null> {
    const sessionId = this.#sessionId
    if (sessionId === null) return null
    const answer = await post<{ token: string }>(`sessions/${sessionId}/token`)
    // Whoever signed out meanwhile stays out.
    if (this.#sessionId !== sessionId) return null
    if (answer === null) this.#forget()
    else this.#keep(answer.token)
    return this.#token
  }

  /** The sandbox's clock may be a month ahead of ours: what counts is how long a token lives. */
  #keep(token: string): void {
    this.#token = token
    this.#goodUntil = Date.now() + lifetimeOf(token)
  }

  signIn(path: string): void {
    const back = new URL(path, location.origin).href
    location.assign(`/sandbox/clerk/sign-in?${new URLSearchParams({ instance: 'developer', redirect_url: back })}`)
  }

  async signOut(): Promise<void> {
    const sessionId = this.#sessionId
    // Forgotten first: a feed that loses its line as the session ends must not ask for another token.
    this.#forget()
    if (sessionId !== null) await post(`sessions/${sessionId}/end`)
  }

  #forget(): void {
    this.#sessionId = null
    this.#token = null
    localStorage.removeItem(KEPT)
  }
}

/** Null when the sandbox says no; a sandbox that is away says nothing, and throws. */
async function post<T>(path: string, body?: object): Promise<T | null> {
  const response = await fetch(`/sandbox/clerk/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  })
  return response.ok ? ((await response.json()) as T) : null
}

function lifetimeOf(token: string): number {
  const payload = token.split('.')[1] ?? ''
  const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { iat: number; exp: number }
  return (claims.exp - claims.iat) * 1000
}
