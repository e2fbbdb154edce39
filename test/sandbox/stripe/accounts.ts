/** Stripe accounts: the platform's own, made on first use, and connected ones, made by the control page. */
import { id } from './call.ts'
import { PLATFORM, previousAttributes } from './events.ts'
import { StripeError } from './error.ts'
import { makeId } from './id.ts'
import type { Route } from './call.ts'
import type { Account, Json } from './types.ts'
import type { World } from './world.ts'

export const ownAccount: Route = ({ world, params }) => {
  params.none()
  return accountOf(world, world.account)
}

/** The platform may read itself and the accounts connected to it. */
export const retrieveAccount: Route = (call) => {
  call.params.none()
  const wanted = id(call)
  if (wanted !== call.world.account && call.world.account !== PLATFORM) throw forbidden(wanted)
  return accountOf(call.world, wanted)
}

export function accountOf(world: World, accountId: string): Account {
  const platform = world.at(PLATFORM)
  if (accountId === PLATFORM) {
    return platform.store.get('account', PLATFORM) ?? newAccount({ id: PLATFORM, email: 'billing@dream.example' }, 0)
  }
  const account = platform.store.get('account', accountId)
  if (account === null || platform.store.hidden('account', accountId).connected === false) throw forbidden(accountId)
  return account
}

export interface NewAccount {
  id?: string
  email?: string
  chargesEnabled?: boolean
}

/** Connects an account; one that was there before comes back as it was. */
export function connectAccount(world: World, given: NewAccount): Account {
  const known = given.id === undefined ? null : world.at(PLATFORM).store.get('account', given.id)
  const account = known ?? newAccount({ ...given, id: given.id ?? makeId('acct', 16) }, world.now)
  return world.at(PLATFORM).create('account', account, null, { connected: true })
}

export function setChargesEnabled(world: World, accountId: string, enabled: boolean): Account {
  return emitAccount(world, accountId, { charges_enabled: enabled, payouts_enabled: enabled })
}

/** Changes an account and tells the platform, as an event of the account itself. */
export function emitAccount(world: World, accountId: string, patch: Partial<Account>): Account {
  const platform = world.at(PLATFORM)
  const before = platform.store.require('account', accountId)
  const after = platform.change('account', accountId, patch, null)
  const previous = previousAttributes(before as unknown as Json, after as unknown as Json)
  if (previous !== null) world.at(accountId).emit('account.updated', after, previous)
  return after
}

/** The developer removes us: from now on every call for the account is refused. */
export function deauthorize(world: World, accountId: string) {
  const platform = world.at(PLATFORM)
  platform.store.require('account', accountId)
  platform.store.hide('account', accountId, { connected: false })
  const application = {
    id: world.livemode ? 'ca_sandboxLive' : 'ca_sandboxTest',
    object: 'application',
    name: 'dream-api',
  }
  world.at(accountId).emit('account.application.deauthorized', application)
}

export function forbidden(accountId: string) {
  return new StripeError({
    status: 403,
    code: 'account_invalid',
    message: `The provided key 'sk_****************box' does not have access to account '${accountId}' (or that account does not exist). Application access may have been revoked.`,
  })
}

export function newAccount({ id: accountId = '', email, chargesEnabled = true }: NewAccount, now: number): Account {
  return {
    id: accountId,
    object: 'account',
    business_profile: null,
    business_type: null,
    capabilities: { card_payments: chargesEnabled ? 'active' : 'inactive', transfers: 'active' },
    charges_enabled: chargesEnabled,
    country: 'US',
    created: now,
    default_currency: 'usd',
    details_submitted: true,
    email: email ?? null,
    metadata: {},
    payouts_enabled: chargesEnabled,
    type: 'standard',
  }
}
