/** Clerk's rate limit of a development instance, 100 requests in 10 seconds; off until a test switches it on. Owns `clerk_rate_limits`. */
import type { ClerkInstance } from '../keys.ts'
import { ClerkRefusal } from './refusal.ts'

const requestsMax = 100
const windowMs = 10_000

export class ClerkRateLimit {
  readonly #sql: SqlStorage
  readonly #now: () => number
  /** When each recent request came; what the object forgets with its memory, Clerk would forget ten seconds later. */
  readonly #recent = new Map<ClerkInstance, number[]>()

  constructor(sql: SqlStorage, now: () => number) {
    this.#sql = sql
    this.#now = now
    sql.exec('CREATE TABLE IF NOT EXISTS clerk_rate_limits (instance TEXT PRIMARY KEY) STRICT')
  }

  switch(instance: ClerkInstance, enabled: boolean): void {
    this.#recent.delete(instance)
    if (enabled) this.#sql.exec('INSERT OR IGNORE INTO clerk_rate_limits (instance) VALUES (?)', instance)
    else this.#sql.exec('DELETE FROM clerk_rate_limits WHERE instance = ?', instance)
  }

  admit(instance: ClerkInstance): void {
    if (!this.#isOn(instance)) return
    const now = this.#now()
    const recent = (this.#recent.get(instance) ?? []).filter((at) => at > now - windowMs)
    this.#recent.set(instance, recent)
    if (recent.length < requestsMax) {
      recent.push(now)
      return
    }
    const seconds = Math.max(1, Math.ceil((recent[0]! + windowMs - now) / 1000))
    throw tooMany(seconds)
  }

  #isOn(instance: ClerkInstance): boolean {
    return this.#sql.exec('SELECT 1 FROM clerk_rate_limits WHERE instance = ?', instance).toArray().length > 0
  }
}

function tooMany(seconds: number): ClerkRefusal {
  const message = 'Too many requests. Please try again in a bit.'
  return new ClerkRefusal(
    429,
    { code: 'too_many_requests', message: 'Too many requests', long: message },
    {
      'retry-after': String(seconds),
    },
  )
}
