/** What is on sale, and how much of it is left at this moment. */

import type { Product, Variant } from '@dream-api/sdk'
import { dream } from './dream'
import { money } from './words'

/** Tells of everything on sale, and again whenever stock moves. Answers what stops it. */
export function watchShop(tell: (products: readonly Product[]) => void, fail: (error: unknown) => void): () => void {
  const feed = dream.feed.open()
  let products: readonly Product[] = []
  const list = async (): Promise<void> => {
    const all: Product[] = []
    for await (const product of dream.products.list()) all.push(product)
    products = all
    tell(products)
  }
  const listen = async (): Promise<void> => {
    for await (const { kind, id, row } of feed)
      if (kind === 'variant') {
        products = products.map((product) => withStock(product, id, row['available'] as number | null))
        tell(products)
      }
  }
  list().catch(fail)
  listen().catch(() => {}) // without the feed the shop stays as it was when it was opened
  return () => feed.close()
}

function withStock(product: Product, id: string, available: number | null): Product {
  const variants = product.variants.map((variant) =>
    variant.id === id ? { ...variant, available, soldOut: available === 0 } : variant,
  )
  return { ...product, variants, soldOut: variants.every(({ soldOut }) => soldOut) }
}

export const priceOf = ({ price, currency }: Variant): string => money(price, currency)

/** What tells a variant from the others: `Small, blue`. */
export const nameOf = ({ options }: Variant): string => Object.values(options).join(', ')

export function findVariant(products: readonly Product[], id: string): { product: Product; variant: Variant } | null {
  for (const product of products) {
    const variant = product.variants.find((variant) => variant.id === id)
    if (variant !== undefined) return { product, variant }
  }
  return null
}
