/** Customers: create, read, change, delete, list by e-mail. */
import { createdFilter, given, id, list, pageOf } from './call.ts'
import { invalid } from './error.ts'
import { makeId } from './id.ts'
import { cancelNow } from './cancel.ts'
import type { Route } from './call.ts'
import type { Params } from './params.ts'
import type { Customer } from './types.ts'
import type { World } from './world.ts'

export const createCustomer: Route = ({ world, params }) => {
  const metadata = params.metadata()
  const fields = readFields(params)
  const payment = params.string('payment_method')
  if (payment !== undefined) throw invalid(`No such PaymentMethod: '${payment}'`, 'payment_method', 'resource_missing')
  params.done()
  return newCustomer(world, { ...fields, metadata })
}

export const retrieveCustomer: Route = (call) => {
  call.params.none()
  return call.world.store.require('customer', id(call))
}

export const updateCustomer: Route = (call) => {
  const { world, params } = call
  const customer = requireCustomer(world, id(call), 'id')
  const metadata = params.metadata(customer.metadata)
  const fields = readFields(params)
  const settings = params.object('invoice_settings')
  const card = settings?.text('default_payment_method')
  if (typeof card === 'string') {
    const method = world.store.require('payment_method', card, 'invoice_settings[default_payment_method]')
    if (method.customer !== customer.id) {
      throw invalid('The customer does not have a payment method with this ID.', 'invoice_settings', 'resource_missing')
    }
  }
  params.done()
  const invoice_settings = { ...customer.invoice_settings, ...(card !== undefined && { default_payment_method: card }) }
  return world.change('customer', customer.id, { ...fields, metadata, invoice_settings }, 'customer.updated')
}

/** Deletes the customer and, as Stripe does, ends the customer's subscriptions at once. */
export const deleteCustomer: Route = (call) => {
  const { world, params } = call
  params.none()
  const customer = requireCustomer(world, id(call), 'id')
  for (const subscription of world.store.find('subscription', { customer: customer.id })) {
    if (!['canceled', 'incomplete_expired'].includes(subscription.status)) cancelNow(world, subscription.id)
  }
  const deleted = { id: customer.id, object: 'customer' as const, deleted: true as const }
  world.emit('customer.deleted', customer)
  world.store.put('customer', deleted as unknown as Customer)
  return deleted
}

export const listCustomers: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const email = params.string('email')
  const created = createdFilter(params)
  params.done()
  const keep = (customer: Customer) => !isDeleted(customer) && created(customer)
  return list(call, world.store.page('customer', page, { email }, keep))
}

export function newCustomer(world: World, fields: Partial<Customer>): Customer {
  const customer: Customer = {
    id: makeId('cus', 14),
    object: 'customer',
    address: null,
    balance: 0,
    created: world.now,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    email: null,
    invoice_prefix: makeId('x', 8).slice(2).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: world.livemode,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
    ...fields,
  }
  return world.create('customer', customer, 'customer.created')
}

/** A customer that exists and was not deleted. */
export function requireCustomer(world: World, customerId: string, param = 'customer'): Customer {
  const customer = world.store.require('customer', customerId, param)
  if (isDeleted(customer)) throw invalid(`No such customer: '${customerId}'`, param, 'resource_missing')
  return customer
}

export function isDeleted(customer: Customer): boolean {
  return 'deleted' in customer
}

function readFields(params: Params): Partial<Customer> {
  const email = params.text('email')
  if (typeof email === 'string' && !/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw invalid(`Invalid email address: ${email}`, 'email', 'email_invalid')
  }
  return given({
    email,
    name: params.text('name'),
    phone: params.text('phone'),
    description: params.text('description'),
    address: readAddress(params),
  })
}

export function readAddress(params: Params): Customer['address'] | undefined {
  if (!params.has('address')) return undefined
  const address = params.object('address')
  if (address === undefined) return null
  const line = (key: string) => address.text(key) ?? null
  return {
    city: line('city'),
    country: line('country'),
    line1: line('line1'),
    line2: line('line2'),
    postal_code: line('postal_code'),
    state: line('state'),
  }
}
