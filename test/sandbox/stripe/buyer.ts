/** Who buys on the hosted page: what is typed there, and what is still missing before the session can be paid. Pure. */
import { readCardNumber } from './paymentMethods.ts'
import type { Address, Card, CheckoutSession, Customer } from './types.ts'

export interface Recipient {
  name: string | null
  address: Partial<Address>
}

export interface Buyer {
  card: Card
  /** As typed; null for the usual test card. */
  cardNumber: string | null
  email: string | null
  name: string | null
  phone: string | null
  shipping: Recipient | null
  promotionCode: string | null
}

export interface Shipping {
  name: string
  address: Address
}

/** What became of the buyer's words: complete, and only what the session asks for. */
export interface Details {
  email: string | null
  name: string | null
  phone: string | null
  shipping: Shipping | null
  /** The digits alone. */
  cardNumber: string | null
}

export type Checked = { details: Details } | { reason: string }

export function checkBuyer(session: CheckoutSession, buyer: Buyer): Checked {
  if (buyer.cardNumber !== null && readCardNumber(buyer.cardNumber) === null) {
    return { reason: 'Your card number is incorrect.' }
  }
  const email = session.customer_email ?? session.customer_details?.email ?? buyer.email
  if (session.customer === null && email === null) return { reason: 'Please enter your e-mail address.' }
  if (email !== null && !/^[^\s@]+@[^\s@]+$/.test(email)) return { reason: `${email} is not an e-mail address.` }
  const phone = session.phone_number_collection?.enabled ? (buyer.phone ?? '') : null
  if (phone === '') return { reason: 'Please enter your phone number.' }
  if (phone !== null && !/^\+?[\d\s().-]{6,24}$/.test(phone)) return { reason: 'This phone number is not complete.' }
  const shipping = checkShipping(session, buyer)
  if (shipping !== null && 'reason' in shipping) return shipping
  const name = buyer.name ?? shipping?.name ?? null
  const cardNumber = readCardNumber(buyer.cardNumber ?? '')
  return { details: { email, name, phone: phone?.replaceAll(/[\s().-]/g, '') ?? null, shipping, cardNumber } }
}

function checkShipping(session: CheckoutSession, { name, shipping }: Buyer): Shipping | { reason: string } | null {
  const countries = session.shipping_address_collection?.allowed_countries as string[] | undefined
  if (countries === undefined) return null
  const { line1, line2, city, state, postal_code, country } = shipping?.address ?? {}
  const recipient = shipping?.name ?? name
  if (!recipient || !line1 || !city || !country) {
    const wanted = { 'your name': recipient, 'the street': line1, 'the city': city, 'the country': country }
    const missing = Object.keys(wanted).filter((word) => !wanted[word as keyof typeof wanted])
    return { reason: `Please enter the address to ship to; missing: ${missing.join(', ')}.` }
  }
  if (!countries.includes(country)) return { reason: `This shop does not ship to ${countryName(country)}.` }
  const address = { line1, line2: line2 || null, city, state: state || null, postal_code: postal_code || null, country }
  return { name: recipient, address }
}

const NAMES = new Intl.DisplayNames('en', { type: 'region' })

export function countryName(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (NAMES.of(code) ?? code) : code
}

/** `customer_details`: the customer that was given or made, or the guest in his own words. */
export function detailsOf(
  customer: Customer | null,
  buyer: Partial<Details> | null,
): CheckoutSession['customer_details'] {
  const email = customer?.email ?? buyer?.email ?? null
  if (email === null && customer === null) return null
  return {
    address: customer?.address ?? buyer?.shipping?.address ?? null,
    business_name: null,
    email,
    individual_name: null,
    name: customer?.name ?? buyer?.name ?? null,
    phone: customer?.phone ?? buyer?.phone ?? null,
    tax_exempt: 'none',
    tax_ids: [],
  }
}
