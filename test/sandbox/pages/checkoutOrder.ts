/** The left half of the checkout: the lines, the promotion code and what it all comes to. */
import { formatAmount } from '../stripe/amount.ts'
import { subscriptionData } from '../stripe/checkoutSubscription.ts'
import { lineItems } from '../stripe/checkoutLines.ts'
import { TAX_PERCENT } from '../stripe/checkoutTotals.ts'
import { isMetered } from '../stripe/prices.ts'
import { money } from '../stripe/lines.ts'
import { priceText } from '../stripe/usage.ts'
import { date, html } from './html.ts'
import type { Quote } from '../stripe/checkout.ts'
import type { CheckoutSession, LineItem } from '../stripe/types.ts'
import type { World } from '../stripe/world.ts'
import type { Html } from './html.ts'

export interface Offer {
  quote: Quote
  code: string | null
  codeProblem: string | null
}

export function showOrder(world: World, session: CheckoutSession, offer: Offer): Html {
  const { trialEnd } = subscriptionData(world, session.id)
  const total = formatAmount(offer.quote.amount_total ?? 0, session.currency ?? 'usd')
  return html`<div>
    ${session.cancel_url !== null && html`<p><a href="${session.cancel_url}">&larr; Back to the shop</a></p>`}
    <h1 class="lead">${session.mode === 'subscription' ? 'Subscribe' : 'Your order'}</h1>
    <p class="total">${total}</p>
    <p class="soft">due today${trialEnd !== null && `; free trial until ${date(trialEnd)}`}</p>
    <table class="goods">
      ${lineItems(world, session.id).map((line) => showLine(world, line))}
    </table>
    ${session.allow_promotion_codes === true && codeForm(session, offer)}
    <table class="sums">
      ${sums(session, offer.quote)}
    </table>
  </div>`
}

function showLine(world: World, { description, quantity, price, currency, amount_subtotal: amount }: LineItem): Html {
  if (price !== null && isMetered(price)) return showMetered(description, priceText(world, price))
  const count = quantity ?? 1
  const each = count > 1 && price !== null
  return html`<tr>
    <td>
      <strong>${description}</strong>
      <span class="soft"
        >${each ? `Quantity ${count}, ${money(price)} each` : price?.recurring ? 'Billed until you cancel' : 'Quantity 1'}</span
      >
    </td>
    <td>${price?.recurring && count === 1 ? money(price) : formatAmount(amount, currency)}</td>
  </tr>`
}

/** What a meter counts costs nothing today. */
function showMetered(description: string | null, price: string): Html {
  return html`<tr>
    <td>
      <strong>${description}</strong>
      <span class="soft">Billed after each period for what was used: ${price}</span>
    </td>
    <td></td>
  </tr>`
}

/** A form of its own: the code is tried before anything is paid, and Enter never pays here. */
function codeForm(session: CheckoutSession, { quote, code, codeProblem }: Offer): Html {
  const action = `/sandbox/checkout/${session.id}`
  if (code !== null && codeProblem === null && quote.discount !== null) {
    return html`<p class="applied"><code>${code.toUpperCase()}</code> <a href="${action}">Remove</a></p>`
  }
  return html`<form method="get" action="${action}">
    ${codeProblem !== null && html`<p class="bad" role="alert">${codeProblem}</p>`}
    <div class="joined">
      <input
        type="text"
        name="promotion_code"
        placeholder="Promotion code"
        aria-label="Promotion code"
        autocomplete="off"
        value="${code}"
        required
      />
      <button>Apply</button>
    </div>
  </form>`
}

function sums(session: CheckoutSession, quote: Quote): Html[] {
  const show = (amount: number) => formatAmount(amount, session.currency ?? 'usd')
  const { amount_discount: off = 0, amount_tax: tax = 0 } = quote.total_details ?? {}
  const included = quote.amount_total === (quote.amount_subtotal ?? 0) - off
  const rows = off > 0 || tax > 0 ? [['Subtotal', show(quote.amount_subtotal ?? 0)]] : []
  if (off > 0) rows.push(['Discount', `−${show(off)}`])
  if (tax > 0) rows.push([`Tax (${TAX_PERCENT} %${included ? ', included' : ''})`, show(tax)])
  rows.push(['Due today', show(quote.amount_total ?? 0)])
  return rows.map(
    ([name, amount]) =>
      html`<tr>
        <td>${name}</td>
        <td>${amount}</td>
      </tr>`,
  )
}
