/** Buying or changing a plan, and the way to the billing portal. */

import type { Checkout } from '../../objects/checkouts.ts'
import { CheckoutInput, PortalInput } from '../../sdk/schema/subscription.ts'
import { json, need, readJson } from '../http.ts'
import { randomText } from '../keys.ts'
import { carryOut, lookAtSession } from '../purchase.ts'
import { landingOf, returnUrl } from '../returnUrl.ts'
import type { KeyedCall } from '../router.ts'
import { openPortal } from '../stripe/portal.ts'
import { projectAt } from '../stub.ts'

/** Answers where to send the customer: a hosted checkout, or straight back when the plan was changed in place. */
export async function start({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const input = await readJson(request, CheckoutInput)
  const successUrl = returnUrl(request, input.successUrl, '/dashboard?success=true', 'successUrl')
  const wish = {
    ...input,
    successUrl,
    landing: landingOf(request, successUrl),
    cancelUrl: returnUrl(request, input.cancelUrl, '/dashboard?canceled=true', 'cancelUrl'),
  }
  const decide = async () =>
    need(await projectAt(env, address).startCheckout(caller, { ...wish, newId: `co_${randomText(24)}` }))
  return json(await carryOut(decide, { env, address }))
}

/** How a checkout stands. While it is open Stripe is asked, so that the page after the payment is right at once. */
export async function get({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const id = params['id'] ?? ''
  const project = projectAt(env, address)
  const before = need(await project.checkoutOf(caller, id))
  const { sessionId } = before.checkout
  if (before.checkout.state !== 'open' || sessionId === null) return json(toAnswer(before))
  await lookAtSession(sessionId, { env, address })
  return json(toAnswer(need(await projectAt(env, address).checkoutOf(caller, id))))
}

const toAnswer = ({ checkout, plan }: { checkout: Checkout; plan: string }) => ({
  checkout: {
    id: checkout.id,
    state: checkout.state,
    tier: checkout.tier,
    interval: checkout.interval,
    sessionId: checkout.sessionId,
    url: checkout.state === 'open' ? checkout.url : null,
    expiresAt: checkout.expiresAt,
    createdAt: checkout.createdAt,
  },
  plan,
})

export async function portal({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const input = await readJson(request, PortalInput)
  const back = returnUrl(request, input.returnUrl, '/dashboard', 'returnUrl')
  const visit = need(await projectAt(env, address).portalFor(caller, back))
  return json({ url: await openPortal(visit, back, { env, address }) })
}
