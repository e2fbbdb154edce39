/** Which of a tier's prices Stripe must open or close. One that an open payment page asks for is closed after the page is done with. */

import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'

export function unsettled(books: Books, slug: string): { toOpen: string[]; toClose: string[] } {
  const { toOpen, toClose } = books.catalog.unsettled(slug)
  const ids = (prices: typeof toOpen) => prices.flatMap(({ stripePriceId }) => stripePriceId ?? [])
  return { toOpen: ids(toOpen), toClose: ids(toClose.filter((price) => !books.checkouts.asks(price))) }
}

/** A page of this tier is done with, or a price was made that is sold no more: what waited for that is closed now. */
export function retirePrices(
  slug: string,
  { ledger, books }: { ledger: Ledger; books: Books },
  decision: Decision,
): void {
  if (unsettled(books, slug).toClose.length > 0) ledger.owe({ kind: 'stripe.tier', key: slug }, decision)
}
