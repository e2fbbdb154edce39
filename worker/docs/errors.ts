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

/** What a running app never meets: setting up, an account and its members, Stripe, going live, and going back. */
const OWNERS: ReadonlySet<Code> = new Set<Code>([
  'missing_session',
  'invalid_session',
  'email_not_verified',
  'access_required',
  'access_unavailable',
  'account_not_found',
  'account_deleted',
  'account_locked',
  'role_required',
  'already_a_member',
  'too_many_members',
  'member_not_found',
  'last_owner',
  'invitation_not_found',
  'invitation_for_another',
  'too_many_projects',
  'promotion_under_way',
  'not_confirmed',
  'subscriptions_live',
  'already_subscribed',
  'key_not_found',
  'key_exists',
  'too_many_keys',
  'last_admin_key',
  'project_changed',
  'project_not_found',
  'tier_not_found',
  'tier_exists',
  'tier_name_taken',
  'too_many_tiers',
  'tier_changed',
  'default_tier',
  'cannot_go_back',
  'live_exists',
  'live_changed',
  'not_live',
  'needs_live_connection',
  'subscription_required',
  'stock_choice_required',
  'connection_state_invalid',
  'connection_declined',
  'connection_changed',
  'connection_exists',
  'connection_not_found',
  'connection_in_use',
  'stripe_account_taken',
  'slug_taken',
  'sku_taken',
  'image_refused',
  'image_quota_reached',
  'image_not_found',
  'event_not_found',
  'webhook_endpoint_not_found',
  'webhook_message_not_found',
  'webhook_endpoint_disabled',
  'too_many_webhook_endpoints',
  'webhook_url_refused',
])

const kindOf = (code: Code): keyof typeof KINDS => SPECIAL[code] ?? BY_STATUS[ERRORS[code].status] ?? 'call'

/** What to do about a refusal. */
export const todoOf = (code: Code): string => `${KINDS[kindOf(code)].title}. ${KINDS[kindOf(code)].todo}`

/** A section for each kind of refusal, with its codes: those that an app meets, or those of an owner alone. */
export function errorTables(whose: 'app' | 'owner'): string {
  const codes = (Object.keys(ERRORS) as Code[]).filter((code) => OWNERS.has(code) === (whose === 'owner'))
  const sections = Object.entries(KINDS).flatMap(([kind, { title, todo }]) => {
    const rows = codes.filter((code) => kindOf(code) === kind).map(rowOf)
    if (rows.length === 0) return []
    return [`## ${title}\n\n${todo}\n\n| code | status | says |\n|---|---|---|\n${rows.join('\n')}\n`]
  })
  return sections.join('\n')
}

const rowOf = (code: Code): string => `| \`${code}\` | ${ERRORS[code].status} | ${ERRORS[code].message} |`
