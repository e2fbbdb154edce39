/** A list that can be awaited for its first page, or walked to its end. */

/** `await` gives the first page, as a plain call would; `for await` walks every item of every page. */
export type List<Page, Item> = Promise<Page> & AsyncIterable<Item>

interface Paged {
  readonly nextCursor?: string | null
}

export function toList<Page extends Paged, Item>(
  load: (cursor: string | undefined) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): List<Page, Item> {
  const first = load(undefined)
  async function* walk(): AsyncGenerator<Item, void> {
    let page = await first
    for (;;) {
      yield* itemsOf(page)
      if (!page.nextCursor) return
      page = await load(page.nextCursor)
    }
  }
  return Object.assign(first, { [Symbol.asyncIterator]: walk })
}
