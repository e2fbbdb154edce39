/** The lines of a checkout session: read from the call, kept with the session. */
import { invalid, missingParam, notSimulated } from './error.ts'
import { makeId } from './id.ts'
import { checkQuantity, isMetered, newPrice, readAmount } from './prices.ts'
import { newProduct } from './products.ts'
import type { Params } from './params.ts'
import type { LineItem, Price } from './types.ts'
import type { World } from './world.ts'

export function readLineItems(world: World, params: Params, mode: 'payment' | 'subscription'): LineItem[] {
  const entries = params.objects('line_items')
  if (entries === undefined || entries.length === 0) throw missingParam('line_items')
  if (entries.length > (mode === 'payment' ? 100 : 20)) throw invalid('Too many line items.', 'line_items')
  const lines = entries.map((entry) => readLine(world, entry, mode))
  const currencies = new Set(lines.map((line) => line.currency))
  if (currencies.size > 1) throw invalid('All prices on a Checkout Session must use the same currency.', 'line_items')
  if (mode === 'subscription' && !lines.some((line) => line.price?.recurring)) {
    throw invalid(
      'You must provide at least one recurring price in `subscription` mode when using prices.',
      'line_items',
    )
  }
  return lines
}

function readLine(world: World, entry: Params, mode: 'payment' | 'subscription'): LineItem {
  const price = readPrice(world, entry)
  const quantity = entry.int('quantity', { min: 1 })
  checkQuantity(price, quantity, entry.name('quantity'))
  if (quantity === undefined && !isMetered(price)) throw missingParam(entry.name('quantity'))
  if (!price.active) {
    throw invalid('The price specified is inactive. This field only accepts active prices.', entry.name('price'))
  }
  if (entry.has('price') && !world.store.require('product', price.product).active) {
    throw invalid('The price specified belongs to a product that is not active.', entry.name('price'))
  }
  if (mode === 'payment' && price.recurring) {
    throw invalid(
      'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.',
      entry.name('price'),
    )
  }
  if (mode === 'subscription' && !price.recurring) {
    throw notSimulated('one-time prices in subscription mode', entry.name('price'))
  }
  if (entry.object('adjustable_quantity')?.bool('enabled')) {
    throw notSimulated('adjustable quantities', entry.name('adjustable_quantity'))
  }
  const amount = (price.unit_amount ?? 0) * (quantity ?? 0)
  return {
    id: makeId('li'),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: price.currency,
    description: world.store.require('product', price.product).name,
    metadata: entry.metadata(),
    price,
    quantity: quantity ?? null,
  }
}

/** Exactly one of `price` and `price_data`; the latter makes a hidden price, and a product when it names none. */
function readPrice(world: World, entry: Params): Price {
  const price = entry.string('price')
  const data = entry.object('price_data')
  if ((price === undefined) === (data === undefined)) {
    throw invalid(
      'You must specify either `price` or `price_data` when using line_items, and not both.',
      entry.name('price'),
    )
  }
  if (price !== undefined) return world.store.require('price', price, entry.name('price'))
  if (data === undefined) throw missingParam(entry.name('price_data'))
  const named = data.string('product')
  const productData = data.object('product_data')
  if ((named === undefined) === (productData === undefined)) {
    throw invalid('You must pass exactly one of product and product_data.', data.name('product'))
  }
  const product = named
    ? world.store.require('product', named, data.name('product')).id
    : inlineProduct(world, productData)
  return newPrice(world, { ...readAmount(data), product, active: true })
}

function inlineProduct(world: World, data: Params | undefined): string {
  const name = data?.required('name') ?? ''
  const description = data?.string('description') ?? null
  const images = data?.strings('images') ?? []
  return newProduct(world, { name, description, images, metadata: data?.metadata() ?? {}, active: false }).id
}

export function lineItems(world: World, session: string): LineItem[] {
  return world.store.hidden('checkout_session', session).lines ?? []
}
