/** What a shop sells once: everyone may read it, its owner keeps it. */

import * as v from 'valibot'
import { availableOf } from '../../objects/stock.ts'
import type { ShelvedProduct } from '../../objects/shelving.ts'
import type { Product } from '../../sdk/schema/answers/store.ts'
import type { Said } from '../../sdk/schema/answers/words.ts'
import {
  LedgerQuery,
  ProductInput,
  ProductPatch,
  ProductQuery,
  StockChange,
  VariantInput,
  VariantPatch,
} from '../../sdk/schema/product.ts'
import { ShopSettings } from '../../sdk/schema/order.ts'
import { fromCursor, json, need, parse, parseQuery, readJson, refuse, toCursor } from '../http.ts'
import { randomText } from '../keys.ts'
import type { KeyedCall } from '../router.ts'
import { publishProduct } from '../stripe/product.ts'
import { projectAt } from '../stub.ts'
import { attemptOf } from './usage.ts'

const BODY_MAX_BYTES = 256 * 1024

/** What is on sale, in the order shown. Answers 304 while nothing on the shelf has moved. */
export async function list({ request, url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { limit, cursor, search, archived } = parseQuery(url, ProductQuery)
  const after = cursor === undefined ? null : placeOf(cursor)
  const asked = { after, limit, search: search?.trim().toLowerCase() || null, archived: archived === 'true' }
  const shelf = need(await projectAt(env, address).listProducts(caller, { ...asked, known: knownShelf(request) }))
  const headers = {
    ETag: `"shelf-${shelf.revision}"`,
    'Cache-Control': 'private, no-cache',
    Vary: 'Authorization, X-Publishable-Key',
  }
  if (shelf.products === null) return new Response(null, { status: 304, headers })
  const last = shelf.products.length === limit ? shelf.products.at(-1) : undefined
  const nextCursor = last ? toCursor([last.product.position, last.product.id]) : null
  return json(
    { products: shelf.products.map((product) => toPublicProduct(product, url.origin)), nextCursor },
    { headers },
  )
}

const knownShelf = (request: Request): number | null => {
  const match = /"shelf-(\d{1,15})"/.exec(request.headers.get('If-None-Match') ?? '')
  return match === null ? null : Number(match[1])
}

function placeOf(cursor: string): { position: number; id: string } {
  const [position, id] = fromCursor(cursor)
  if (typeof position === 'number' && typeof id === 'string') return { position, id }
  return refuse('invalid_request', { message: 'cursor must be a cursor from an earlier answer.' })
}

/** A product as everyone may see it: what the first API answered, and its variants. */
function toPublicProduct({ product, variants }: ShelvedProduct, origin: string): Said<typeof Product> {
  const shown = variants.map(({ variant, prices }) => {
    const available = availableOf(variant)
    return {
      id: variant.id,
      sku: variant.sku,
      options: variant.options,
      price: prices[0]?.unitAmount ?? 0,
      currency: prices[0]?.currency ?? 'usd',
      prices: prices.map(({ unitAmount, currency, stripePriceId }) => ({
        unitAmount,
        currency,
        priceId: stripePriceId,
      })),
      priceId: prices[0]?.stripePriceId ?? null,
      inventory: available,
      available,
      soldOut: available === 0,
      revision: variant.revision,
    }
  })
  const first = shown[0]
  const unlimited = shown.some(({ available }) => available === null)
  const available = unlimited ? null : shown.reduce((sum, one) => sum + (one.available ?? 0), 0)
  const images = product.images.map((key) => `${origin}/api/assets/${key}`)
  return {
    id: product.id,
    key: product.slug,
    slug: product.slug,
    name: product.name,
    displayName: product.name,
    description: product.description,
    features: product.features,
    price: first?.price ?? 0,
    currency: first?.currency ?? 'usd',
    priceId: first?.priceId ?? null,
    productId: product.stripeProductId,
    imageUrl: images[0] ?? null,
    images,
    inventory: available,
    available,
    soldOut: available === 0,
    options: product.options,
    variants: shown,
    grant: product.grant,
    billingMode: 'one_off',
    archived: product.archivedAt !== null,
    createdAt: product.createdAt,
  }
}

export async function get({ params, url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const product = need(await projectAt(env, address).getProduct(caller, params['id'] ?? ''))
  return json({ product: toPublicProduct(product, url.origin) })
}

/** Adds a product and makes it at Stripe. When Stripe is away it is made as soon as it is back. */
export async function create(call: KeyedCall): Promise<Response> {
  const { request, env, caller, ...rest } = call
  const input = await readJson(request, ProductInput, BODY_MAX_BYTES)
  const ids = {
    productId: `prd_${randomText(20)}`,
    variantIds: input.variants.map(() => `var_${randomText(20)}`),
    attempt: attemptOf(request, ['product', input]),
  }
  const added = need(await projectAt(env, rest).addProduct(caller, input, ids))
  return json({ success: true, product: await published(added, call) }, { status: 201 })
}

/** The product after Stripe knows it, or as it is when Stripe does not answer: the outbox will see to it. */
async function published({ product }: ShelvedProduct, { env, url, caller: _, ...address }: KeyedCall) {
  await publishProduct(product.id, { env, address }).catch(() => {}) // owed in the same transaction: delivered later
  // Whoever may write may see what was written, also with a key that may not read.
  const fresh = need(await projectAt(env, address).getProduct({ via: 'system' }, product.id))
  return toPublicProduct(fresh, url.origin)
}

export async function update(call: KeyedCall): Promise<Response> {
  const { request, params, env, caller, url: _, ...address } = call
  const patch = await readJson(request, ProductPatch, BODY_MAX_BYTES)
  const changed = need(await projectAt(env, address).updateProduct(caller, params['id'] ?? '', patch))
  return json({ success: true, product: await published(changed, call) })
}

/** Takes a product off sale for good; its images go, its orders stay. */
export async function remove({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const id = params['id'] ?? ''
  const { product } = need(await projectAt(env, address).deleteProduct(caller, id))
  return json({ success: true, deleted: { id: product.id, slug: product.slug } })
}

export async function addVariant(call: KeyedCall): Promise<Response> {
  const { request, params, env, caller, url: _, ...address } = call
  const input = await readJson(request, VariantInput)
  const id = params['id'] ?? ''
  const made = { id: `var_${randomText(20)}`, attempt: attemptOf(request, ['variant', id, input]) }
  const changed = need(await projectAt(env, address).addVariant(caller, id, input, made))
  return json({ success: true, product: await published(changed, call) }, { status: 201 })
}

export async function updateVariant(call: KeyedCall): Promise<Response> {
  const { request, params, env, caller, url: _, ...address } = call
  const patch = await readJson(request, VariantPatch)
  const changed = need(await projectAt(env, address).updateVariant(caller, params['id'] ?? '', patch))
  return json({ success: true, product: await published(changed, call) })
}

/** Moves stock by a difference, or sets it for the revision that was looked at. */
export async function changeStock({ request, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const change = await readJson(request, StockChange)
  const id = params['id'] ?? ''
  const attempt = attemptOf(request, ['stock', id, change])
  const { variant, available } = need(await projectAt(env, address).changeStock(caller, id, change, attempt))
  return json({
    success: true,
    variant: {
      id: variant.id,
      onHand: variant.onHand,
      reserved: variant.reserved,
      available,
      revision: variant.revision,
    },
  })
}

export async function ledger({ url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { limit, cursor, variantId } = parseQuery(url, LedgerQuery)
  const before = cursor === undefined ? null : parse(v.tuple([v.number()]), fromCursor(cursor))[0]
  const entries = need(
    await projectAt(env, address).stockLedger(caller, { variantId: variantId ?? null, before, limit }),
  )
  const last = entries.length === limit ? entries.at(-1) : undefined
  return json({ entries, nextCursor: last ? toCursor([last.id]) : null })
}

export async function getShop({ env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ shop: need(await projectAt(env, address).getShop(caller)) })
}

export async function changeShop({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const change = await readJson(request, ShopSettings)
  return json({ success: true, shop: need(await projectAt(env, address).changeShop(caller, change)) })
}
