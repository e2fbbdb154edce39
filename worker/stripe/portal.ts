/** Stripe's billing portal for a customer of a project. */

import type { Settings } from '../../objects/settings.ts'
import { need, refuse } from '../http.ts'
import { projectAt } from '../stub.ts'
import type { Place } from './catalog.ts'
import { assertObject, onAccount, stripeFailure, stripeFor, toStripeRefusal } from './client.ts'

/** The address of a portal session. It opens the customer's billing to whoever holds it: never log it. */
export async function openPortal(
  visit: { settings: Settings; stripeAccount: string; stripeCustomerId: string },
  returnUrl: string,
  place: Place,
): Promise<string> {
  try {
    const configuration = await ensureConfiguration(visit, place)
    const session = await stripeFor(place.address.mode, place.env).billingPortal.sessions.create(
      { customer: visit.stripeCustomerId, return_url: returnUrl, configuration },
      onAccount(visit.stripeAccount),
    )
    return assertObject(session).url
  } catch (error) {
    if (stripeFailure(error).customerGone) return refuse('no_subscription')
    throw toStripeRefusal(error)
  }
}

/** Before the first visit, where a promotion owes it. */
export async function makePortal(place: Place): Promise<null> {
  const settings = await projectAt(place.env, place.address).settings()
  const { stripeAccount } = settings
  if (stripeAccount !== null) await ensureConfiguration({ settings, stripeAccount }, place)
  return null
}

/** Connected accounts have no portal settings of their own: one configuration a project, made on first use. */
async function ensureConfiguration(
  visit: { settings: Settings; stripeAccount: string },
  { env, address }: Place,
): Promise<string> {
  if (visit.settings.portalConfiguration !== null) return visit.settings.portalConfiguration
  const configuration = assertObject(
    await stripeFor(address.mode, env).billingPortal.configurations.create(
      {
        features: {
          customer_update: { enabled: true, allowed_updates: ['email', 'address', 'tax_id'] },
          invoice_history: { enabled: true },
          payment_method_update: { enabled: true },
          subscription_cancel: { enabled: true, mode: 'at_period_end' },
        },
        metadata: { dream_project: address.projectId },
      },
      onAccount(visit.stripeAccount, `portal:${address.projectId}:${address.mode}`),
    ),
  )
  need(await projectAt(env, address).linkPortal(configuration.id, visit.stripeAccount))
  return configuration.id
}
