/** The hosted checkout: what is bought, how to pay, and back to the shop. */
import { payCheckout, settleCheckout, subscriptionData } from '../stripe/checkout.ts'
import { lineItems } from '../stripe/checkoutLines.ts'
import { worldOfObject } from '../stripe/control.ts'
import { formatAmount, money } from '../stripe/lines.ts'
import { date, html, page, redirect } from './html.ts'
import type { Card, CheckoutSession } from '../stripe/types.ts'
import type { World } from '../stripe/world.ts'
import type { Html } from './html.ts'
import type { Visit } from './pages.ts'

export function checkoutPage({ api, id }: Visit): Response {
  const world = worldOfObject(api, 'checkout_session', id)
  return showSession(world, world.store.require('checkout_session', id), null)
}

/** Pays. A decline shows the form again with the reason; success leads back to the shop. */
export function payPage({ api, id, fields }: Visit): Response {
  const world = worldOfObject(api, 'checkout_session', id)
  const session = world.store.require('checkout_session', id)
  if (session.status !== 'open') return showSession(world, session, null)
  const card = fields.get('card') ?? 'ok'
  if (!isCard(card)) return showSession(world, session, 'Please choose how to pay.')
  const email = fields.get('email')?.trim() || null
  const bought = payCheckout(world, id, { card, email, promotionCode: fields.get('promotion_code')?.trim() || null })
  if (!bought.paid) return showSession(world, session, bought.reason, email)
  return redirect((session.success_url ?? '').replaceAll('{CHECKOUT_SESSION_ID}', id))
}

/** The bank's answer to a delayed payment, decided by the visitor. */
export function settlePage({ api, id, fields }: Visit): Response {
  const world = worldOfObject(api, 'checkout_session', id)
  const session = settleCheckout(world, id, fields.get('outcome') === 'succeed')
  return showSession(world, session, null)
}

function showSession(
  world: World,
  session: CheckoutSession,
  problem: string | null,
  email: string | null = null,
): Response {
  const title = session.status === 'open' ? 'Checkout' : `Checkout: ${session.status}`
  const body = session.status === 'open' ? openSession(world, session, problem, email) : closedSession(session)
  return page({ title, body, status: problem === null ? 200 : 402 })
}

function openSession(world: World, session: CheckoutSession, problem: string | null, email: string | null): Html {
  const { trialEnd } = subscriptionData(world, session.id)
  const total = formatAmount(session.amount_total ?? 0, session.currency ?? 'usd')
  const off = session.total_details?.amount_discount ?? 0
  const rows = lineItems(world, session.id).map(
    (line) =>
      html`<tr>
        <td>${line.description}${(line.quantity ?? 1) > 1 && ` × ${line.quantity}`}</td>
        <td>${line.price ? money(line.price) : ''}</td>
      </tr>`,
  )
  return html`
    <h1>${session.mode === 'subscription' ? 'Subscribe' : 'Pay'}</h1>
    <section>
      <p class="total">${total}</p>
      <p class="soft">due today${trialEnd !== null && `; free trial until ${date(trialEnd)}`}</p>
      <table>
        ${rows}
        ${
          off > 0 &&
          html`<tr>
            <td>Discount</td>
            <td>-${formatAmount(off, session.currency ?? 'usd')}</td>
          </tr>`
        }
      </table>
    </section>
    <section>
      ${problem !== null && html`<p class="bad" role="alert">${problem}</p>`}
      <form method="post" action="/sandbox/checkout/${session.id}">
        ${emailField(session, email)}
        <fieldset>
          <legend>Pay with</legend>
          ${choice('ok', 'Test card that works', '4242', true)}
          ${choice('decline', 'Test card that is declined', '0341')}
          ${choice('delayed', 'Bank debit that settles later', '6789')}
        </fieldset>
        ${
          session.allow_promotion_codes === true &&
          html`<label>Promotion code <input type="text" name="promotion_code" autocomplete="off" /></label>`
        }
        <button class="main">
          ${trialEnd !== null ? 'Start trial' : session.mode === 'subscription' ? 'Subscribe' : `Pay ${total}`}
        </button>
      </form>
    </section>
    ${session.cancel_url !== null && html`<p><a href="${session.cancel_url}">Cancel and go back</a></p>`}
  `
}

function emailField(session: CheckoutSession, typed: string | null): Html {
  const known = session.customer_details?.email ?? session.customer_email
  if (known !== null) return html`<p>E-mail: ${known}</p>`
  if (session.customer !== null) return html``
  return html`<label>E-mail <input type="email" name="email" required autocomplete="email" value="${typed}" /></label>`
}

function choice(card: Card, text: string, last4: string, checked = false): Html {
  return html`<label class="choice">
    <input type="radio" name="card" value="${card}" ${checked && 'checked'} />
    <span>${text} <span class="soft">···· ${last4}</span></span>
  </label>`
}

function closedSession(session: CheckoutSession): Html {
  if (session.status === 'expired') {
    return html`<h1>This checkout has expired</h1>
      <section><p>Nothing was charged. Please go back to the shop and start again.</p></section>`
  }
  const waiting = session.payment_status === 'unpaid'
  return html`<h1>${waiting ? 'Thank you: your bank is working on it' : 'Thank you: this is done'}</h1>
    <section>
      <p>Payment: ${session.payment_status}</p>
      ${
        waiting &&
        html`<form class="row" method="post" action="/sandbox/checkout/${session.id}/settle">
            <button name="outcome" value="succeed">The bank pays</button>
          </form>
          <form class="row" method="post" action="/sandbox/checkout/${session.id}/settle">
            <button name="outcome" value="fail">The bank refuses</button>
          </form>`
      }
      <p>
        <a href="${(session.success_url ?? '').replaceAll('{CHECKOUT_SESSION_ID}', session.id)}">Back to the shop</a>
      </p>
    </section>`
}

function isCard(card: string): card is Card {
  return card === 'ok' || card === 'decline' || card === 'delayed'
}
