/** Every code and what to do about it, made from the table that the API answers by. */

import { ERRORS, type Code } from '../../sdk/schema/error.ts'

interface Kind {
  readonly title: string
  readonly todo: string
}

const KINDS = {
  ask: {
    title: 'Tell your customer, and offer the way on',
    todo: 'These are part of the normal course. Show a page for each, with the numbers of `detail`; never retry them by themselves.',
  },
  again: {
    title: 'Try again, under the same key',
    todo: 'The SDK does, three times, with backoff and after `retryAfter`. By hand: the same request with the same `Idempotency-Key`. When it still fails, say "try again later" and keep the key.',
  },
  signIn: {
    title: 'Sign in again',
    todo: 'Send the person to your sign-in. A token that was just made and is refused so belongs to another project or mode.',
  },
  look: {
    title: 'Read again, then decide',
    todo: 'Somebody was faster, or it was done already. Read the thing, look whether your wish still makes sense, and send it with the new revision.',
  },
  setup: {
    title: 'Mend the set-up',
    todo: 'No retry helps: a key, a setting or a connection is wrong. Fail loudly in your log with `requestId`; show your customer a plain "not available".',
  },
  call: {
    title: 'Mend the call',
    todo: 'The request is wrong, or names something that does not exist. It is a bug of the caller: read `message`, `issues` names every wrong field. Never retry.',
  },
  bug: {
    title: 'Tell us',
    todo: 'Our fault. Reading may be tried again, a write under its key; give us `requestId`.',
  },
} as const satisfies Record<string, Kind>

/** Codes whose status does not say what to do. */
const SPECIAL: Partial<Record<Code, keyof typeof KINDS>> = {
  limit_reached: 'ask',
  sold_out: 'ask',
  payment_failed: 'ask',
  too_many_holds: 'ask',
  no_subscription: 'ask',
  checkout_ended: 'ask',
  subscription_required: 'setup',
  subscription_expired: 'setup',
  missing_authentication: 'setup',
  invalid_api_key: 'setup',
  invalid_publishable_key: 'setup',
  payments_not_connected: 'setup',
  payments_restricted: 'setup',
  redirect_not_allowed: 'setup',
  misconfigured: 'setup',
  needs_live_connection: 'setup',
  stripe_refused: 'setup',
  storage_full: 'setup',
  not_a_customer: 'signIn',
  signature_missing: 'call',
  signature_invalid: 'call',
  internal: 'bug',
}

const BY_STATUS: Record<number, keyof typeof KINDS> = {
  401: 'signIn',
  403: 'setup',
  408: 'again',
  409: 'look',
  429: 'again',
  503: 'again',
}

const kindOf = (code: Code): keyof typeof KINDS => SPECIAL[code] ?? BY_STATUS[ERRORS[code].status] ?? 'call'

/** What to do about a refusal. */
export const todoOf = (code: Code): string => `${KINDS[kindOf(code)].title}. ${KINDS[kindOf(code)].todo}`

/** A section for each kind of refusal, with its codes. */
export function errorTables(): string {
  const codes = Object.keys(ERRORS) as Code[]
  const sections = Object.entries(KINDS).map(([kind, { title, todo }]) => {
    const rows = codes.filter((code) => kindOf(code) === kind).map(rowOf)
    return `## ${title}\n\n${todo}\n\n| code | status | says |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  return sections.join('\n')
}

const rowOf = (code: Code): string => `| \`${code}\` | ${ERRORS[code].status} | ${ERRORS[code].message} |`
