/** The billing portal: plan, card and invoices of one customer, within what the configuration allows. */
import { worldOfObject } from '../stripe/control.ts'
import { formatAmount } from '../stripe/amount.ts'
import { money } from '../stripe/lines.ts'
import { isMetered } from '../stripe/prices.ts'
import { priceText } from '../stripe/usage.ts'
import { actions, targets } from '../stripe/portalActions.ts'
import { date, html, page, redirect, wordOf } from './html.ts'
import type { PaymentMethod, PortalConfiguration, PortalSession, Subscription } from '../stripe/types.ts'
import type { World } from '../stripe/world.ts'
import type { Html } from './html.ts'
import type { Visit } from './pages.ts'

export function portalPage({ api, id, fields }: Visit): Response {
  const world = worldOfObject(api, 'portal_session', id)
  const session = world.store.require('portal_session', id)
  return show(world, session, fields.get('problem'))
}

/** Does what a button asks for, then shows the page again. */
export function actPortal({ api, id, fields }: Visit): Response {
  const world = worldOfObject(api, 'portal_session', id)
  const session = world.store.require('portal_session', id)
  const act = actions.get(fields.get('action') ?? '')
  const problem = act ? act(world, session, fields) : 'There is no such button.'
  if (problem !== null) return show(world, session, problem)
  return redirect(`/sandbox/portal/${id}`)
}

function show(world: World, session: PortalSession, problem: string | null): Response {
  const configuration = world.store.require('portal_configuration', session.configuration)
  const running = world.store
    .find('subscription', { customer: session.customer })
    .filter(({ status }) => !['canceled', 'incomplete_expired'].includes(status))
  const body = html`
    <h1>${configuration.business_profile.headline ?? 'Billing'}</h1>
    ${problem !== null && html`<p class="bad" role="alert">${problem}</p>`}
    ${running.map((subscription) => showPlan(world, session, configuration, subscription))}
    ${running.length === 0 && html`<section><p>There is no subscription.</p></section>`}
    ${configuration.features.payment_method_update.enabled && showCard(world, session)}
    ${configuration.features.invoice_history.enabled && showInvoices(world, session)}
    ${session.return_url !== null && html`<p><a href="${session.return_url}">&larr; Back to the app</a></p>`}
  `
  return page({ title: 'Billing', body, status: problem === null ? 200 : 409 })
}

function showPlan(
  world: World,
  session: PortalSession,
  configuration: PortalConfiguration,
  subscription: Subscription,
): Html {
  const [item, ...others] = subscription.items.data
  const counted = others.filter(({ price }) => isMetered(price))
  const product = item && world.store.get('product', item.price.product)
  const { subscription_cancel: cancel } = configuration.features
  const cancelling = subscription.cancel_at !== null
  const { schedule } = subscription
  return html`<section>
    <h2>${product?.name ?? 'Subscription'}</h2>
    <p class="total plan">${item ? priceText(world, item.price) : ''}</p>
    ${counted.map(({ price }) => html`<p class="soft">${world.store.get('product', price.product)?.name}: ${priceText(world, price)}</p>`)}
    <p class="soft">
      <span class="badge">${wordOf(subscription.status)}</span>
      ${cancelling ? `Ends on ${date(subscription.cancel_at ?? 0)}` : item && `Renews on ${date(item.current_period_end)}`}
    </p>
    ${schedule !== null && html`<p>A change of plan is scheduled for the end of the period.</p>`}
    <div class="buttons">
      ${schedule !== null && button(session, subscription, 'release', 'Keep the present plan')}
      ${targets(world, configuration, subscription).map((price) =>
        button(
          session,
          subscription,
          'switch',
          `Switch to ${world.store.get('product', price.product)?.name ?? ''} ${money(price)}`,
          price.id,
        ),
      )}
      ${cancel.enabled && !cancelling && schedule === null && button(session, subscription, 'cancel', 'Cancel plan')}
      ${cancel.enabled && cancelling && button(session, subscription, 'resume', 'Do not cancel')}
    </div>
  </section>`
}

function button(session: PortalSession, subscription: Subscription, action: string, text: string, price = ''): Html {
  return html`<form method="post" action="/sandbox/portal/${session.id}">
    <input type="hidden" name="action" value="${action}" />
    <input type="hidden" name="subscription" value="${subscription.id}" />
    <input type="hidden" name="price" value="${price}" />
    <button>${text}</button>
  </form>`
}

function showCard(world: World, session: PortalSession): Html {
  const customer = world.store.require('customer', session.customer)
  const subscription = world.store.find('subscription', { customer: session.customer }).at(-1)
  const id = subscription?.default_payment_method ?? customer.invoice_settings.default_payment_method
  const method = id ? world.store.get('payment_method', id) : null
  return html`<section>
    <h2>Payment method</h2>
    <p>${method ? nameOf(method) : 'None yet'}</p>
    <form class="buttons" method="post" action="/sandbox/portal/${session.id}">
      <input type="hidden" name="action" value="card" />
      <button name="card" value="ok">Use a card that works</button>
      <button name="card" value="decline">Use a card that fails later</button>
    </form>
  </section>`
}

function nameOf({ card, us_bank_account: bank, sepa_debit: debit }: PaymentMethod): string {
  if (card) return `${wordOf(card.brand)} ···· ${card.last4}`
  return `Bank account ···· ${bank?.last4 ?? debit?.last4 ?? ''}`
}

function showInvoices(world: World, session: PortalSession): Html {
  const invoices = world.store
    .find('invoice', { customer: session.customer })
    .filter(({ status }) => status !== 'draft')
  const rows = invoices.toReversed().map(
    (invoice) =>
      html`<tr>
        <td>
          <strong>${date(invoice.created)}</strong>
          <span class="soft"><a href="/sandbox/invoice/${invoice.id}">${invoice.number}</a></span>
        </td>
        <td><span class="badge">${wordOf(invoice.status ?? '')}</span></td>
        <td>${formatAmount(invoice.amount_due, invoice.currency)}</td>
      </tr>`,
  )
  return html`<section>
    <h2>Invoices</h2>
    <table class="goods">
      ${rows}
    </table>
  </section>`
}
