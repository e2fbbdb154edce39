/** One thing a client asks for, with an id of its own, and the request that asks for it. Pure. */

import type { Answer, Call } from './client.ts'

export interface Use {
  readonly customerId: string
  readonly quantity: number
}

export type Deed = { readonly id: string; readonly project: string } & (
  | { readonly kind: 'track'; readonly use: Use }
  | { readonly kind: 'batch'; readonly uses: readonly Use[] }
  | { readonly kind: 'reverse'; readonly receipt: string }
  | { readonly kind: 'create'; readonly email: string; readonly plan: string | null }
  | { readonly kind: 'remove'; readonly customerId: string; readonly email: string }
  | { readonly kind: 'grant'; readonly customerId: string; readonly plan: string }
  | { readonly kind: 'checkout'; readonly customerId: string; readonly tier: string }
  | { readonly kind: 'pay'; readonly sessionId: string }
  | { readonly kind: 'rotate'; readonly overlapMs: number }
)
export type Kind = Deed['kind']
export type DeedOf<K extends Kind> = Extract<Deed, { kind: K }>

/** Deeds whose first answer is kept under their key and must be given again. */
export const REPEATABLE: ReadonlySet<Kind> = new Set<Kind>(['track', 'batch', 'create'])

const SUCCESS_URL = 'http://localhost:3000/ok'
const CANCEL_URL = 'http://localhost:3000/no'

/** The same request however often it is made. A use carries its id, so that the stored receipt says whose it is. */
export function callOf(deed: Deed, secretKey: string): Call {
  const headers = { Authorization: `Bearer ${secretKey}` }
  const keyed = { ...headers, 'Idempotency-Key': deed.id }
  switch (deed.kind) {
    case 'track': {
      const { customerId, quantity } = deed.use
      const body = { quantity, properties: { deed: deed.id } }
      return { method: 'POST', path: '/api/data', headers: { ...keyed, 'X-User-Id': customerId }, body }
    }
    case 'batch': {
      const items = deed.uses.map((use, index) => ({ ...use, properties: { deed: `${deed.id}#${index}` } }))
      return { method: 'POST', path: '/api/usage/batch', headers: keyed, body: { items } }
    }
    case 'reverse':
      return { method: 'POST', path: `/api/usage/${deed.receipt}/reverse`, headers }
    case 'create': {
      const body = { email: deed.email, ...(deed.plan === null ? {} : { plan: deed.plan }) }
      return { method: 'POST', path: '/api/customers', headers: keyed, body }
    }
    case 'remove':
      return { method: 'DELETE', path: `/api/customers/${deed.customerId}`, headers }
    case 'grant': {
      const body = { plan: deed.plan, firstName: deed.id }
      return { method: 'PATCH', path: `/api/customers/${deed.customerId}`, headers, body }
    }
    case 'checkout': {
      const body = { tier: deed.tier, successUrl: SUCCESS_URL, cancelUrl: CANCEL_URL }
      return {
        method: 'POST',
        path: '/api/create-checkout',
        headers: { ...headers, 'X-User-Id': deed.customerId },
        body,
      }
    }
    case 'pay':
      return { method: 'POST', path: `/sandbox/stripe/checkout/${deed.sessionId}/pay`, body: { card: 'ok' } }
    case 'rotate': {
      const body = { projectId: deed.project, overlapMs: deed.overlapMs }
      return { method: 'POST', path: '/sandbox/projects/rotate', body }
    }
  }
}

/** Refusals that are an answer: repeating the call would get the same. */
const DEFINITE: Readonly<Record<Kind, readonly string[]>> = {
  track: ['limit_reached'],
  batch: [],
  reverse: ['already_reversed'],
  create: [],
  remove: ['customer_not_found'],
  grant: [],
  checkout: [],
  pay: [],
  rotate: [],
}

/** Is the deed settled by this answer: done, or refused for good? */
export function settles({ kind }: Deed, { status, body }: Answer): boolean {
  if (status >= 200 && status < 300) return true
  // Paid before the crash that swallowed the answer: the stand-in says that the session is complete.
  if (kind === 'pay') return /is complete/.test(JSON.stringify(body))
  return DEFINITE[kind].includes(String(body['code']))
}

/** Answers that ask to be asked again: nobody knows, or nothing was done. */
const AGAIN: ReadonlySet<unknown> = new Set(['identity_unavailable', 'stripe_unavailable', 'outcome_unknown'])

export const asksAgain = ({ status, body }: Answer): boolean => status === 503 && AGAIN.has(body['code'])

/** An answer without what differs by right: the request's own id, and the mark of a repetition. */
export function essence({ status, body }: Answer): string {
  return JSON.stringify({ status, body }, (name, value: unknown) =>
    name === 'requestId' || name === 'replayed' ? undefined : value,
  )
}
