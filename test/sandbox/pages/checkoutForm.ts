/** The right half of the checkout: who buys, where it goes, how it is paid. Plain form fields; works without script. */
import { formatAmount } from '../stripe/amount.ts'
import { countryName } from '../stripe/buyer.ts'
import { takes } from '../stripe/checkout.ts'
import { html } from './html.ts'
import type { Buyer } from '../stripe/buyer.ts'
import type { Quote } from '../stripe/checkout.ts'
import type { Card, CheckoutSession } from '../stripe/types.ts'
import type { Html } from './html.ts'

/** The buyer as posted; null when the way to pay is none that we know. */
export function readForm(fields: URLSearchParams): Buyer | null {
  const text = (name: string) => fields.get(name)?.trim() || null
  const card = fields.get('card') ?? 'ok'
  if (!isCard(card)) return null
  const address = {
    line1: text('line1'),
    line2: text('line2'),
    city: text('city'),
    state: text('state'),
    postal_code: text('postal_code'),
    country: text('country'),
  }
  return {
    card,
    cardNumber: text('card_number'),
    email: text('email'),
    name: text('name'),
    phone: text('phone'),
    shipping: { name: text('name'), address },
    promotionCode: text('promotion_code'),
  }
}

export interface Form {
  quote: Quote
  fields: URLSearchParams
  problem: string | null
  /** The code that counts. */
  code: string | null
}

export function buyerForm(session: CheckoutSession, { quote, fields, problem, code }: Form): Html {
  const due = quote.amount_total ?? 0
  return html`<section>
    ${problem !== null && html`<p class="bad" role="alert">${problem}</p>`}
    <form method="post" action="/sandbox/checkout/${session.id}">
      ${code !== null && html`<input type="hidden" name="promotion_code" value="${code}" />`}
      <fieldset>
        <legend>Contact</legend>
        ${email(session, fields)}
        ${session.phone_number_collection?.enabled && field({ name: 'phone', label: 'Phone', type: 'tel', complete: 'tel', fields })}
        ${session.shipping_address_collection === null && session.customer === null && field({ name: 'name', label: 'Name', complete: 'name', optional: true, fields })}
      </fieldset>
      ${session.shipping_address_collection !== null && shipTo(session, fields)} ${methods(session, fields)}
      <button class="main">${buttonText(session, due)}</button>
    </form>
  </section>`
}

function buttonText(session: CheckoutSession, due: number): string {
  if (session.mode === 'subscription') return due === 0 ? 'Start trial' : 'Subscribe'
  return due === 0 ? 'Complete order' : `Pay ${formatAmount(due, session.currency ?? 'usd')}`
}

function email(session: CheckoutSession, fields: URLSearchParams): Html {
  const known = session.customer_details?.email ?? session.customer_email
  if (known !== null) return html`<p class="known"><span class="soft">E-mail</span> ${known}</p>`
  if (session.customer !== null) return html``
  return field({ name: 'email', label: 'E-mail', type: 'email', complete: 'email', fields })
}

function shipTo(session: CheckoutSession, fields: URLSearchParams): Html {
  const countries = (session.shipping_address_collection?.allowed_countries ?? []) as string[]
  const options = countries
    .map((code) => ({ code, name: countryName(code) }))
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map(
      ({ code, name }) =>
        html`<option value="${code}" ${fields.get('country') === code && html` selected`}>${name}</option>`,
    )
  return html`<fieldset>
    <legend>Ship to</legend>
    ${field({ name: 'name', label: 'Full name', complete: 'shipping name', fields })}
    <label
      >Country
      <select name="country" required autocomplete="shipping country">
        ${options}
      </select></label
    >
    ${field({ name: 'line1', label: 'Street and number', complete: 'shipping address-line1', fields })}
    ${field({ name: 'line2', label: 'Apartment, floor', complete: 'shipping address-line2', optional: true, fields })}
    <div class="pair">
      ${field({ name: 'postal_code', label: 'Postal code', complete: 'shipping postal-code', fields })}
      ${field({ name: 'city', label: 'City', complete: 'shipping address-level2', fields })}
    </div>
    ${field({ name: 'state', label: 'State or region', complete: 'shipping address-level1', optional: true, fields })}
  </fieldset>`
}

interface Field {
  name: string
  label: string
  type?: string
  complete: string
  optional?: boolean
  fields: URLSearchParams
}

function field({ name, label, type = 'text', complete, optional = false, fields }: Field): Html {
  return html`<label>
    <span>${label}${optional && html` <span class="soft">optional</span>`}</span>
    <input
      type="${type}"
      name="${name}"
      autocomplete="${complete}"
      value="${fields.get(name)}"
      ${!optional && html` required`}
    />
  </label>`
}

const METHODS: { card: Card; text: string; last4: string }[] = [
  { card: 'ok', text: 'Test card that works', last4: '4242' },
  { card: 'decline', text: 'Test card that is declined', last4: '0341' },
  { card: 'delayed', text: 'Bank debit that settles later', last4: '6789' },
]

function methods(session: CheckoutSession, fields: URLSearchParams): Html {
  const offered = METHODS.filter(({ card }) => takes(session, card))
  const chosen = offered.find(({ card }) => card === fields.get('card')) ?? offered[0]
  const choices = offered.map(
    (method) =>
      html`<label class="choice">
        <input type="radio" name="card" value="${method.card}" ${method === chosen && html` checked`} />
        <span>${method.text}</span> <span class="soft">···· ${method.last4}</span>
      </label>`,
  )
  return html`<fieldset>
    <legend>Pay with</legend>
    <div class="choices">${choices}</div>
    ${takes(session, 'ok') && field({ name: 'card_number', label: 'Another card number', complete: 'cc-number', optional: true, fields })}
  </fieldset>`
}

function isCard(card: string): card is Card {
  return METHODS.some((method) => method.card === card)
}
