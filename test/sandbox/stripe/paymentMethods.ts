/** Test cards and bank accounts. Each remembers whether it will pay. */
import { id, list, pageOf } from './call.ts'
import { makeId } from './id.ts'
import type { Route } from './call.ts'
import type { Card, PaymentMethod } from './types.ts'
import type { World } from './world.ts'

const NUMBER = { ok: '4242424242424242', decline: '4000000000000341' }
const BANK_LAST4 = '6789'

const BRANDS: Record<string, string> = { 3: 'amex', 4: 'visa', 5: 'mastercard', 6: 'discover' }

/** The bank debit of a currency: confirmed at once, paid days later. */
const DEBITS: Record<string, 'us_bank_account' | 'sepa_debit'> = { usd: 'us_bank_account', eur: 'sepa_debit' }

export function debitOf(currency: string): string | null {
  return DEBITS[currency] ?? null
}

/** How something in this currency may be paid, of what the caller allows. */
export function methodTypes(currency: string, allowed: readonly string[] | null): string[] {
  const offered = ['card', 'link', debitOf(currency)].filter((type) => type !== null)
  return allowed === null ? offered : offered.filter((type) => allowed.includes(type))
}

export interface NewMethod {
  customer: string | null
  card: Card
  /** Another number than the usual one: the same number is the same card, by its fingerprint. */
  number?: string | null
  currency?: string
  billing?: Partial<PaymentMethod['billing_details']>
}

export function newPaymentMethod(
  world: World,
  { customer, card, number, currency = 'usd', billing }: NewMethod,
): PaymentMethod {
  const method: PaymentMethod = {
    id: makeId('pm'),
    object: 'payment_method',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null, ...billing },
    created: world.now,
    customer,
    customer_account: null,
    livemode: world.livemode,
    metadata: {},
    ...(card !== 'delayed' ? plastic(number ?? NUMBER[card]) : currency === 'eur' ? iban() : bank()),
  }
  return world.create('payment_method', method, customer === null ? null : 'payment_method.attached', { card })
}

/** How the payment method will answer a charge; null when there is none. */
export function cardOf(world: World, methodId: string | null): Card | null {
  return methodId === null ? null : (world.store.hidden('payment_method', methodId).card ?? null)
}

/** Makes this card the one that pays for everything the customer has. */
export function useForAll(world: World, customer: string, method: PaymentMethod) {
  const before = world.store.require('customer', customer)
  const invoice_settings = { ...before.invoice_settings, default_payment_method: method.id }
  world.change('customer', customer, { invoice_settings }, 'customer.updated')
  for (const subscription of world.store.find('subscription', { customer })) {
    if (subscription.default_payment_method === null || subscription.ended_at !== null) continue
    world.change(
      'subscription',
      subscription.id,
      { default_payment_method: method.id },
      'customer.subscription.updated',
    )
  }
}

export const retrievePaymentMethod: Route = (call) => {
  call.params.none()
  return call.world.store.require('payment_method', id(call))
}

export const listPaymentMethods: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const fields = { customer: params.string('customer'), type: params.string('type') }
  params.done()
  return list(call, world.store.page('payment_method', page, fields))
}

/** The digits of a card number that could be one; null when it could not. */
export function readCardNumber(text: string): string | null {
  const digits = text.replaceAll(/[\s-]/g, '')
  if (!/^\d{12,19}$/.test(digits)) return null
  const sum = [...digits].toReversed().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return sum % 10 === 0 ? digits : null
}

/** Sixteen letters that are the same for the same number, whoever pays with it. */
function fingerprintOf(number: string): string {
  let hash = 0xcbf29ce484222325n
  for (const digit of number) hash = ((hash ^ BigInt(digit.charCodeAt(0))) * 0x100000001b3n) & 0xffffffffffffffffn
  return hash.toString(36).padStart(16, '0').slice(-16)
}

function plastic(number: string): Pick<PaymentMethod, 'type' | 'card'> {
  const brand = BRANDS[number[0] ?? ''] ?? 'unknown'
  return {
    type: 'card',
    card: {
      brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: brand,
      exp_month: 12,
      exp_year: 2034,
      fingerprint: fingerprintOf(number),
      funding: 'credit',
      generated_from: null,
      last4: number.slice(-4),
      networks: { available: [brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
  }
}

function bank(): Pick<PaymentMethod, 'type' | 'us_bank_account'> {
  return {
    type: 'us_bank_account',
    us_bank_account: {
      account_holder_type: 'individual',
      account_type: 'checking',
      bank_name: 'STRIPE TEST BANK',
      financial_connections_account: null,
      fingerprint: fingerprintOf(BANK_LAST4),
      last4: BANK_LAST4,
      networks: { preferred: 'ach', supported: ['ach'] },
      routing_number: '110000000',
      status_details: {},
    },
  }
}

function iban(): Pick<PaymentMethod, 'type' | 'sepa_debit'> {
  return {
    type: 'sepa_debit',
    sepa_debit: {
      bank_code: '19043',
      branch_code: '',
      country: 'AT',
      fingerprint: fingerprintOf(BANK_LAST4),
      generated_from: null,
      last4: BANK_LAST4,
    },
  }
}
