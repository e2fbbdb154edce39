/** The sandbox's sign-in: its page leads back with a ticket, and the ticket is worth a session. */

import type { Auth } from './auth.ts'

const KEPT = 'sandbox-session'
const RENEW_BEFORE_MS = 15_000

export class SandboxAuth implements Auth {
  #sessionId = localStorage.getItem(KEPT)
  #token: string | null = null
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
        this.#token = session.token
        localStorage.setItem(KEPT, session.sessionId)
      }
    }
    return (await this.token()) !== null
  }

  async token({ fresh = false } = {}): Promise<string | null> {
    if (!fresh && this.#token !== null && expiryOf(this.#token) - Date.now() > RENEW_BEFORE_MS) return this.#token
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null
    })
    return this.#renewing
  }

  async #renew(): Promise<string | null> {
    if (this.#sessionId === null) return null
    const answer = await post<{ token: string }>(`sessions/${this.#sessionId}/token`)
    this.#token = answer?.token ?? null
    if (this.#token === null) this.#forget()
    return this.#token
  }

  signIn(path: string): void {
    const back = new URL(path, location.origin).href
    location.assign(`/sandbox/clerk/sign-in?${new URLSearchParams({ instance: 'developer', redirect_url: back })}`)
  }

  async signOut(): Promise<void> {
    if (this.#sessionId !== null) await post(`sessions/${this.#sessionId}/end`)
    this.#forget()
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

function expiryOf(token: string): number {
  const payload = token.split('.')[1] ?? ''
  const { exp } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { exp: number }
  return exp * 1000
}
