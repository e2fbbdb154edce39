/** The buyer's page of one order: what was bought, what it cost, where it stands. Plain HTML, no script. */

import type { OrderView } from '../../objects/ordering.ts'
import type { OrderStatus } from '../../sdk/schema/order.ts'
import { GUARDED } from '../http.ts'
import { escape } from './escape.ts'
import { formatMoney } from './money.ts'

const WORDS: Readonly<Record<OrderStatus, string>> = {
  pending: 'Waiting for your payment',
  processing: 'Your payment is on its way',
  paid: 'Paid. We are preparing your order',
  fulfilled: 'On its way to you',
  canceled: 'Canceled. Nothing was charged',
  expired: 'Expired. Nothing was charged',
  unfillable: 'Sold out while you were paying. Your money is on its way back',
  partially_refunded: 'Partly refunded',
  refunded: 'Refunded',
  disputed: 'In dispute with your bank',
}

const money = (amount: number, currency: string): string => escape(formatMoney(amount, currency))

const day = (at: number): string =>
  new Date(at).toLocaleDateString('en', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

const STYLE = `
:root{color-scheme:light dark;--ink:light-dark(#16181d,#eceef2);--soft:light-dark(#5b6270,#a4abb8);--line:light-dark(#e3e5ea,#2b2f37);--panel:light-dark(#fff,#15171b);--page:light-dark(#f7f8fa,#0d0e11)}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:560px;margin:48px auto;padding:0 16px}section{background:var(--panel);border:1px solid var(--line);border-radius:14px;padding:28px 28px 16px}
h1{font-size:22px;line-height:1.25;letter-spacing:-.01em;margin:0 0 4px}p{margin:0 0 16px;color:var(--soft);overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse;margin-top:24px}
td{padding:12px 0;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
td:last-child{padding-left:16px;text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;overflow-wrap:normal}
small{color:var(--soft);font-size:13px;display:block}tr.sum td{border-top:0;padding:4px 0;color:var(--soft)}
tr:not(.sum)+tr.sum td{border-top:1px solid var(--line);padding-top:14px}
tr.total td{font-weight:600;font-size:16px}tr.sum+tr.total td{border-top:0}.status{font-weight:600;color:var(--ink);margin-top:20px}
a{color:inherit;text-underline-offset:3px}footer{margin:16px 4px;color:var(--soft);font-size:13px}@media(max-width:480px){main{margin:16px auto}section{padding:20px 20px 8px}}`

export function orderPage(seen: OrderView & { shopName: string }): Response {
  const nonce = crypto.randomUUID()
  const { order } = seen
  const options = (line: OrderView['lines'][number]) => Object.values(line.options).map(escape).join(', ')
  const lines = seen.lines.map(
    (line) =>
      `<tr><td>${escape(line.name)}<small>${[options(line), `${line.quantity}&nbsp;×&nbsp;${money(line.unitAmount, order.currency)}`].filter((part) => part !== '').join(' · ')}</small></td><td>${money(line.quantity * line.unitAmount, order.currency)}</td></tr>`,
  )
  const extra = (
    [
      ['Discount', -order.discount],
      ['Shipping', order.shippingAmount],
      ['Tax', order.tax],
    ] as const
  )
    .filter(([, amount]) => amount !== 0)
    .map(([name, amount]) => `<tr class="sum"><td>${name}</td><td>${money(amount, order.currency)}</td></tr>`)
  const refunded =
    order.refunded > 0
      ? `<tr class="sum"><td>Given back</td><td>${money(-order.refunded, order.currency)}</td></tr>`
      : ''
  const pay =
    seen.status === 'pending' && order.url !== null
      ? `<p><a href="${escape(order.url)}">Go on to the payment</a></p>`
      : ''
  const tracking = order.trackingNumber
    ? `<p>Tracking: ${escape([order.carrier, order.trackingNumber].filter((part) => part !== null).join(' '))}</p>`
    : ''
  const bought = `<time datetime="${new Date(order.createdAt).toISOString()}">${day(order.createdAt)}</time>`
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>Order ${order.number} · ${escape(seen.shopName)}</title><style nonce="${nonce}">${STYLE}</style></head><body><main><section><h1>Order ${order.number}</h1><p>${escape(seen.shopName)} · ${bought}</p><p class="status">${WORDS[seen.status]}.</p>${pay}${tracking}<table>${lines.join('')}${extra.join('')}<tr class="total"><td>Total</td><td>${money(order.total, order.currency)}</td></tr>${refunded}</table></section><footer>Keep this address: it is your receipt.</footer></main></body></html>`
  return new Response(html, {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'private, no-store',
      'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${nonce}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      ...GUARDED,
    },
  })
}
