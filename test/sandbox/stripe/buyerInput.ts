/** Reads the buyer of a control call. Who is not described is a buyer who fills in all that the page asks for. */
import { badInput } from './controlInput.ts'
import type { Buyer, Recipient } from './buyer.ts'
import type { Input } from './controlInput.ts'
import type { Card, CheckoutSession } from './types.ts'

export const CARDS = ['ok', 'decline', 'delayed'] as const satisfies Card[]

export const BUYER_FIELDS = ['card', 'card_number', 'email', 'name', 'phone', 'shipping', 'promotion_code']

const ADDRESS_FIELDS = ['line1', 'line2', 'city', 'state', 'postal_code', 'country']

/** `null` leaves a field of the page empty; what is left out is filled in. */
export function readBuyer(input: Input, session: CheckoutSession): Buyer {
  return {
    card: input.oneOf('card', CARDS) ?? 'ok',
    cardNumber: input.nullable('card_number'),
    email: input.has('email') ? input.nullable('email') : 'buyer@example.com',
    name: input.has('name') ? input.nullable('name') : 'Robin Buyer',
    phone: input.has('phone') ? input.nullable('phone') : '+15555550123',
    shipping: readShipping(input, session),
    promotionCode: input.nullable('promotion_code'),
  }
}

function readShipping(input: Input, session: CheckoutSession): Recipient | null {
  if (!input.has('shipping')) return { name: null, address: { ...HOME, country: firstCountry(session) } }
  const shipping = input.object('shipping', ['name', 'address'])
  if (shipping === null) return null
  const address = shipping.object('address', ADDRESS_FIELDS)
  if (address === null) throw badInput('"shipping.address" is missing')
  const fields = ADDRESS_FIELDS.map((field) => [field, address.nullable(field)])
  return { name: shipping.nullable('name'), address: Object.fromEntries(fields) as Recipient['address'] }
}

const HOME = { line1: '1 Test Street', city: 'Springfield', postal_code: '12345' }

const firstCountry = ({ shipping_address_collection: asked }: CheckoutSession): string =>
  asked?.allowed_countries[0] ?? 'US'
