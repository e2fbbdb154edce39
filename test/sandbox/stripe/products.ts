/** Products: create, read, change, list, delete while they have no price. */
import { absoluteUrl, createdFilter, given, id, list, pageOf } from './call.ts'
import { invalid } from './error.ts'
import { makeId } from './id.ts'
import { newPrice, readAmount } from './prices.ts'
import type { Route } from './call.ts'
import type { Params } from './params.ts'
import type { Product } from './types.ts'
import type { World } from './world.ts'

export const createProduct: Route = ({ world, params }) => {
  const name = params.required('name')
  const wanted = params.string('id')
  const type = params.oneOf('type', ['service', 'good'])
  const metadata = params.metadata()
  const fields = readFields(params)
  const price = params.object('default_price_data')
  if (wanted !== undefined && world.store.get('product', wanted)) {
    throw invalid('Product already exists.', 'id', 'resource_already_exists')
  }
  const product = newProduct(world, { ...fields, name, metadata, type: type ?? 'service' }, wanted)
  const made = price && newPrice(world, { ...readAmount(price), product: product.id, metadata: price.metadata() })
  params.done()
  if (!made) return product
  return world.change('product', product.id, { default_price: made.id }, 'product.updated')
}

export const retrieveProduct: Route = (call) => {
  call.params.none()
  return call.world.store.require('product', id(call))
}

export const updateProduct: Route = (call) => {
  const { world, params } = call
  const product = world.store.require('product', id(call))
  const name = params.string('name')
  const metadata = params.metadata(product.metadata)
  const fields = readFields(params)
  const price = params.string('default_price')
  if (price !== undefined && world.store.require('price', price, 'default_price').product !== product.id) {
    throw invalid('The default price must belong to the product.', 'default_price')
  }
  params.done()
  const patch = { ...fields, ...given({ name, default_price: price }), metadata, updated: world.now }
  return world.change('product', product.id, patch, 'product.updated')
}

export const deleteProduct: Route = (call) => {
  const { world, params } = call
  params.none()
  const product = world.store.require('product', id(call))
  if (world.store.find('price', { product: product.id }).length > 0) {
    throw invalid('This product cannot be deleted because it has one or more user-created prices.')
  }
  world.store.remove('product', product.id)
  world.emit('product.deleted', product)
  return { id: product.id, object: 'product', deleted: true }
}

export const listProducts: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const active = params.bool('active')
  const type = params.string('type')
  const ids = params.strings('ids')
  const created = createdFilter(params)
  params.done()
  const keep = (product: Product) => created(product) && (ids?.includes(product.id) ?? true)
  return list(call, world.store.page('product', page, { active, type }, keep))
}

export function newProduct(world: World, fields: Partial<Product> & { name: string }, wanted?: string): Product {
  const product: Product = {
    id: wanted ?? makeId('prod', 14),
    object: 'product',
    active: true,
    created: world.now,
    default_price: null,
    description: null,
    images: [],
    livemode: world.livemode,
    marketing_features: [],
    metadata: {},
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: world.now,
    url: null,
    ...fields,
  }
  return world.create('product', product, 'product.created')
}

function readFields(params: Params): Partial<Product> {
  const images = params.strings('images')
  if (images && images.length > 8) throw invalid('You can have up to 8 images.', 'images')
  images?.forEach((image, index) => absoluteUrl(image, `images[${index}]`))
  const url = params.text('url')
  absoluteUrl(url, 'url')
  return given({
    active: params.bool('active'),
    description: params.text('description'),
    images,
    shippable: params.bool('shippable'),
    statement_descriptor: params.text('statement_descriptor'),
    tax_code: params.text('tax_code'),
    unit_label: params.text('unit_label'),
    url,
  })
}
