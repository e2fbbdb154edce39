/** The hosted checkout: shows what is bought, takes the buyer's form, and leads back to the shop. */
import { payCheckout, quoteOf, settleCheckout, waitsForBank } from '../stripe/checkout.ts'
import { worldOfObject } from '../stripe/control.ts'
import { showClosed } from './checkoutClosed.ts'
import { buyerForm, readForm } from './checkoutForm.ts'
import { showOrder } from './checkoutOrder.ts'
import { html, page, redirect } from './html.ts'
import type { CheckoutSession } from '../stripe/types.ts'
import type { World } from '../stripe/world.ts'
import type { Visit } from './pages.ts'

export function checkoutPage({ api, id, fields }: Visit): Response {
  const world = worldOfObject(api, 'checkout_session', id)
  return show(world, world.store.require('checkout_session', id), { fields, problem: null })
}

/** Pays. A decline, or something missing, shows the form again with the reason; success leads back to the shop. */
export function payPage({ api, id, fields }: Visit): Response {
  const world = worldOfObject(api, 'checkout_session', id)
  const session = world.store.require('checkout_session', id)
  if (session.status !== 'open') return show(world, session, { fields, problem: null })
  const buyer = readForm(fields)
  if (buyer === null) return show(world, session, { fields, problem: 'Please choose how to pay.' })
  const bought = payCheckout(world, id, buyer)
  if (!bought.paid) return show(world, session, { fields, problem: bought.reason })
  return redirect(backToShop(session))
}

/** The bank's answer to a delayed payment, decided by the visitor. */
export function settlePage({ api, id, fields }: Visit): Response {
  const world = worldOfObject(api, 'checkout_session', id)
  const session = settleCheckout(world, id, fields.get('outcome') === 'succeed')
  return show(world, session, { fields, problem: null })
}

interface Shown {
  /** What was typed so far. */
  fields: URLSearchParams
  problem: string | null
}

function show(world: World, session: CheckoutSession, { fields, problem }: Shown): Response {
  if (session.status !== 'open') {
    const body = showClosed(session, { waits: waitsForBank(world, session), back: backToShop(session) })
    return page({ title: `Checkout: ${session.status}`, body })
  }
  const code = fields.get('promotion_code')?.trim() || null
  const asked = quoteOf(world, session, code)
  const codeProblem = 'reason' in asked ? asked.reason : null
  const quote = 'reason' in asked ? quoteOf(world, session, null) : asked
  if ('reason' in quote) throw new Error(`a session without a price: ${quote.reason}`)
  const shown = { quote, code, codeProblem }
  const body = html`<div class="split">
    ${showOrder(world, session, shown)}
    ${buyerForm(session, { quote, fields, problem: problem === codeProblem ? null : problem, code: codeProblem === null ? code : null })}
  </div>`
  return page({ title: 'Checkout', body, wide: true, status: (problem ?? codeProblem) === null ? 200 : 402 })
}

const backToShop = ({ success_url, id }: CheckoutSession) => (success_url ?? '').replaceAll('{CHECKOUT_SESSION_ID}', id)
