/** The hosted page of one invoice: its lines, and a way to pay it while it is open. */
import { collect } from '../stripe/collect.ts'
import { worldOfObject } from '../stripe/control.ts'
import { formatAmount } from '../stripe/amount.ts'
import { newPaymentMethod, useForAll } from '../stripe/paymentMethods.ts'
import { date, html, page, wordOf } from './html.ts'
import type { Visit } from './pages.ts'

export function invoicePage({ api, id }: Visit): Response {
  return show({ api, id, fields: new URLSearchParams() }, null)
}

/** Pays with a new test card, which from then on pays for everything. */
export function payInvoicePage(visit: Visit): Response {
  const world = worldOfObject(visit.api, 'invoice', visit.id)
  const invoice = world.store.require('invoice', visit.id)
  if (invoice.status !== 'open' || invoice.customer === null) return show(visit, null)
  const method = newPaymentMethod(world, {
    customer: invoice.customer,
    card: visit.fields.get('card') === 'decline' ? 'decline' : 'ok',
  })
  useForAll(world, invoice.customer, method)
  const outcome = collect(world, visit.id, method.id)
  return show(visit, outcome === 'failed' ? 'Your card was declined.' : null)
}

function show({ api, id }: Visit, problem: string | null): Response {
  const world = worldOfObject(api, 'invoice', id)
  const invoice = world.store.require('invoice', id)
  const lines = invoice.lines.data.map(
    (line) =>
      html`<tr>
        <td>
          <strong>${line.description}</strong>
          <span class="soft">${date(line.period.start)} to ${date(line.period.end)}</span>
        </td>
        <td>${formatAmount(line.amount, line.currency)}</td>
      </tr>`,
  )
  const body = html`
    <h1>Invoice ${invoice.number}</h1>
    <section>
      <p class="total">${formatAmount(invoice.amount_due, invoice.currency)}</p>
      <p class="soft"><span class="badge">${wordOf(invoice.status ?? '')}</span></p>
      <table class="goods">
        ${lines}
      </table>
    </section>
    ${problem !== null && html`<p class="bad" role="alert">${problem}</p>`}
    ${
      invoice.status === 'open' &&
      html`<form method="post" action="/sandbox/invoice/${id}">
        <button class="main" name="card" value="ok">Pay with a card that works</button>
        <button class="wide" name="card" value="decline">Pay with a card that is declined</button>
      </form>`
    }
  `
  return page({ title: `Invoice ${invoice.number ?? ''}`, body, status: problem === null ? 200 : 402 })
}
