/** New connected accounts: made by the platform, unable to charge until their owner has been through the hosted onboarding. */
import { accountOf, emitAccount, newAccount } from './accounts.ts'
import { absoluteUrl } from './call.ts'
import { PLATFORM } from './events.ts'
import { invalid, missingParam, notSimulated, StripeError } from './error.ts'
import { makeId } from './id.ts'
import type { Route } from './call.ts'
import type { Params } from './params.ts'
import type { Account, AccountLink, Mode } from './types.ts'
import type { World } from './world.ts'

const LINK_TTL = 5 * 60
const DUE = ['business_profile.url', 'external_account', 'representative.first_name', 'tos_acceptance.date']

export function createAccountLinks(sql: SqlStorage) {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS stripe_account_links (
      token TEXT PRIMARY KEY,
      account TEXT NOT NULL,
      mode TEXT NOT NULL,
      refresh_url TEXT NOT NULL,
      return_url TEXT NOT NULL,
      expires INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('fresh', 'visited', 'done'))
    ) STRICT`)
}

/** An account with the full dashboard, that pays Stripe's fees and bears its own losses: what is called standard. */
export const createAccount: Route = ({ world, params }) => {
  if (world.account !== PLATFORM) throw invalid('Only platforms can create connected accounts.')
  const type = params.oneOf('type', ['standard', 'express', 'custom'])
  if (type !== undefined && params.has('controller')) {
    throw invalid('You may only specify one of these parameters: type, controller.', 'controller')
  }
  if (type === 'express' || type === 'custom') throw notSimulated(`${type} accounts`, 'type')
  readController(params.object('controller'))
  const email = params.string('email')
  if (email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw invalid(`Invalid email address: ${email}`, 'email', 'email_invalid')
  }
  const account: Account = {
    ...newAccount({ id: makeId('acct', 16), email, chargesEnabled: false }, world.now),
    business_type: params.oneOf('business_type', ['company', 'government_entity', 'individual', 'non_profit']) ?? null,
    country: params.string('country') ?? 'US',
    default_currency: params.string('default_currency') ?? 'usd',
    details_submitted: false,
    metadata: params.metadata(),
    requirements: requirements({ currently_due: DUE, disabled_reason: 'requirements.past_due' }),
  }
  params.done()
  return world.create('account', account, null, { connected: true, isOurs: true })
}

function readController(controller: Params | undefined) {
  controller?.object('fees')?.oneOf('payer', ['account'])
  controller?.object('losses')?.oneOf('payments', ['stripe'])
  controller?.object('stripe_dashboard')?.oneOf('type', ['full'])
  controller?.oneOf('requirement_collection', ['stripe'])
}

function requirements(some: Partial<NonNullable<Account['requirements']>>): Account['requirements'] {
  return {
    alternatives: [],
    current_deadline: null,
    currently_due: [],
    disabled_reason: null,
    errors: [],
    eventually_due: some.currently_due ?? [],
    past_due: some.currently_due ?? [],
    pending_verification: [],
    ...some,
  }
}

/** A link to the onboarding: it opens once, within five minutes; after that it leads to the refresh address. */
export const createAccountLink: Route = ({ world, params }) => {
  const account = accountOf(world, params.required('account'))
  const type = params.oneOf('type', ['account_onboarding', 'account_update'])
  if (type === undefined) throw missingParam('type')
  if (type === 'account_update') {
    throw invalid('You cannot create `account_update` type Account Links for this account.', 'type')
  }
  const refreshUrl = params.required('refresh_url')
  const returnUrl = params.required('return_url')
  absoluteUrl(refreshUrl, 'refresh_url')
  absoluteUrl(returnUrl, 'return_url')
  params.oneOf('collect', ['currently_due', 'eventually_due'])
  params.object('collection_options')?.oneOf('fields', ['currently_due', 'eventually_due'])
  params.done()
  if (world.store.hidden('account', account.id).isOurs !== true) {
    throw invalid('You can only create Account Links for accounts that your platform has created.', 'account')
  }
  const token = makeId('link', 32)
  world.sql.exec(
    "INSERT INTO stripe_account_links VALUES (?, ?, ?, ?, ?, ?, 'fresh')",
    token,
    account.id,
    world.mode,
    refreshUrl,
    returnUrl,
    world.now + LINK_TTL,
  )
  const link: AccountLink = {
    object: 'account_link',
    created: world.now,
    expires_at: world.now + LINK_TTL,
    url: `${world.origin}/sandbox/connect/onboarding/${token}`,
  }
  return link
}

export interface Link {
  token: string
  account: string
  mode: Mode
  refresh_url: string
  return_url: string
  expires: number
  state: 'fresh' | 'visited' | 'done'
}

export function findLink(sql: SqlStorage, token: string): Link | null {
  const rows = sql.exec('SELECT * FROM stripe_account_links WHERE token = ?', token).toArray()
  return (rows[0] as unknown as Link | undefined) ?? null
}

export function markLink(sql: SqlStorage, { token }: Link, state: Link['state']) {
  sql.exec('UPDATE stripe_account_links SET state = ? WHERE token = ?', state, token)
}

export const ANSWERS = ['complete', 'review', 'leave'] as const

/** What the owner did: gave everything, gave what Stripe still looks at, or went away. */
export function onboard(world: World, accountId: string, answer: (typeof ANSWERS)[number]): Account {
  const before = accountOf(world, accountId)
  if (before.charges_enabled || answer === 'leave') return before
  if (answer === 'review') {
    const pending = {
      disabled_reason: 'requirements.pending_verification' as const,
      pending_verification: ['company.tax_id'],
    }
    return emitAccount(world, accountId, { details_submitted: true, requirements: requirements(pending) })
  }
  return emitAccount(world, accountId, {
    capabilities: { card_payments: 'active', transfers: 'active' },
    charges_enabled: true,
    details_submitted: true,
    payouts_enabled: true,
    requirements: requirements({}),
  })
}

export function noLink(): StripeError {
  return new StripeError({ status: 404, message: 'This link was never made.' })
}
