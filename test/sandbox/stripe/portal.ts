/** The billing portal over the API: configurations, and sessions that lead to the hosted page. */
import { absoluteUrl, createdFilter, id, list, pageOf } from './call.ts'
import { requireCustomer } from './customers.ts'
import { invalid, missingParam, notSimulated } from './error.ts'
import { makeId } from './id.ts'
import { readFeatures } from './portalFeatures.ts'
import type { Route } from './call.ts'
import type { Params } from './params.ts'
import type { PortalConfiguration, PortalSession } from './types.ts'
import type { World } from './world.ts'

export const createConfiguration: Route = ({ world, params }) => {
  const features = params.object('features')
  if (features === undefined) throw missingParam('features')
  const configuration: PortalConfiguration = {
    id: makeId('bpc'),
    object: 'billing_portal.configuration',
    active: true,
    application: null,
    business_profile: readProfile(params, null),
    created: world.now,
    default_return_url: readReturnUrl(params, 'default_return_url') ?? null,
    features: readFeatures(world, features, null),
    is_default: false,
    livemode: world.livemode,
    login_page: { enabled: false, url: null },
    metadata: params.metadata(),
    name: params.string('name') ?? null,
    updated: world.now,
  }
  refuseLogin(params)
  params.done()
  return world.create('portal_configuration', configuration, 'billing_portal.configuration.created')
}

export const retrieveConfiguration: Route = (call) => {
  call.params.none()
  return call.world.store.require('portal_configuration', id(call))
}

export const updateConfiguration: Route = (call) => {
  const { world, params } = call
  const before = world.store.require('portal_configuration', id(call))
  const features = params.object('features')
  const patch: Partial<PortalConfiguration> = {
    active: params.bool('active') ?? before.active,
    business_profile: readProfile(params, before.business_profile),
    default_return_url: readReturnUrl(params, 'default_return_url') ?? before.default_return_url,
    features: features ? readFeatures(world, features, before.features) : before.features,
    metadata: params.metadata(before.metadata),
    name: params.string('name') ?? before.name,
    updated: world.now,
  }
  refuseLogin(params)
  params.done()
  return world.change('portal_configuration', before.id, patch, 'billing_portal.configuration.updated')
}

export const listConfigurations: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const fields = { active: params.bool('active'), is_default: params.bool('is_default') }
  params.done()
  return list(call, world.store.page('portal_configuration', page, fields, createdFilter(params)))
}

export const createPortalSession: Route = ({ world, params }) => {
  const customer = requireCustomer(world, params.required('customer'))
  const configuration = readConfiguration(world, params)
  const session: PortalSession = {
    id: makeId('bps'),
    object: 'billing_portal.session',
    configuration: configuration.id,
    created: world.now,
    customer: customer.id,
    customer_account: null,
    flow: null,
    livemode: world.livemode,
    locale: params.string('locale') ?? null,
    on_behalf_of: null,
    return_url: readReturnUrl(params, 'return_url') ?? configuration.default_return_url,
    url: '',
  }
  if (params.has('flow_data')) throw notSimulated('portal flows', 'flow_data')
  params.done()
  session.url = `${world.origin}/sandbox/portal/${session.id}`
  return world.create('portal_session', session, 'billing_portal.session.created')
}

/** Accounts of the sandbox have no default configuration until somebody makes one. */
function readConfiguration(world: World, params: Params): PortalConfiguration {
  const wanted = params.string('configuration')
  if (wanted !== undefined) {
    const configuration = world.store.require('portal_configuration', wanted, 'configuration')
    if (!configuration.active) throw invalid('This configuration is not active.', 'configuration')
    return configuration
  }
  throw invalid(
    `No configuration provided and your ${world.mode} mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in ${world.mode} mode at https://dashboard.stripe.com/${world.livemode ? '' : 'test/'}settings/billing/portal.`,
  )
}

function readProfile(params: Params, before: PortalConfiguration['business_profile'] | null) {
  const profile = params.object('business_profile')
  const read = (key: 'headline' | 'privacy_policy_url' | 'terms_of_service_url') => {
    const text = profile?.text(key)
    if (key !== 'headline') absoluteUrl(text, `business_profile[${key}]`)
    return text === undefined ? (before?.[key] ?? null) : text
  }
  return {
    headline: read('headline'),
    privacy_policy_url: read('privacy_policy_url'),
    terms_of_service_url: read('terms_of_service_url'),
  }
}

function readReturnUrl(params: Params, key: string): string | undefined {
  const url = params.text(key) ?? undefined
  absoluteUrl(url, key)
  return url
}

function refuseLogin(params: Params) {
  if (params.object('login_page')?.bool('enabled')) throw notSimulated('portal login pages', 'login_page[enabled]')
}
