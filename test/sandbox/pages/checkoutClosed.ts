/** A checkout that is over: expired, done, or waiting for the bank, whose answer the visitor decides. */
import { formatAmount } from '../stripe/amount.ts'
import { html } from './html.ts'
import type { CheckoutSession } from '../stripe/types.ts'
import type { Html } from './html.ts'

export function showClosed(session: CheckoutSession, { waits, back }: { waits: boolean; back: string }): Html {
  if (session.status === 'expired') {
    return html`<h1>This checkout has expired</h1>
      <section><p>Nothing was charged. Please go back to the shop and start again.</p></section>`
  }
  return html`<h1>${title(session, waits)}</h1>
    <section>
      <p class="total">${formatAmount(session.amount_total ?? 0, session.currency ?? 'usd')}</p>
      <p class="soft">${waits ? 'not yet arrived' : WORDS[session.payment_status]}</p>
      ${
        waits &&
        html`<form class="buttons" method="post" action="/sandbox/checkout/${session.id}/settle">
          <button name="outcome" value="succeed">The bank pays</button>
          <button name="outcome" value="fail">The bank refuses</button>
        </form>`
      }
      <p><a href="${back}">Back to the shop</a></p>
    </section>`
}

const WORDS: Record<string, string> = {
  paid: 'paid',
  unpaid: 'refused by the bank',
  no_payment_required: 'nothing was to pay',
}

function title({ payment_status }: CheckoutSession, waits: boolean): string {
  if (waits) return 'Thank you: your bank is working on it'
  return payment_status === 'unpaid' ? 'Your bank did not pay' : 'Thank you: this is done'
}
