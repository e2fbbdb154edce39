/**
 * What the visitor means to buy, kept in this browser and shared by its tabs. Nothing is held here: stock is held by the
 * checkout, all lines or none.
 */

import { dream, here, leaveFor } from './dream'

export interface Line {
  readonly variantId: string
  readonly quantity: number
}

export interface Cart {
  readonly lines: readonly Line[]
  /** Names the wish to buy exactly this: however often it is pressed or tried, it makes one order. */
  readonly key: string
  /** The order that was made of it, perhaps before it was changed. */
  readonly order: { readonly key: string; readonly url: string } | null
}

/** The last order, for the page after the payment. */
export interface Placed {
  readonly number: number
  readonly url: string
}

const CART = 'cart'
const PLACED = 'order'
const MOST = 99
export const EMPTY: Cart = { lines: [], key: '', order: null }
/** What nobody can pay any more. */
const OVER: readonly string[] = ['expired', 'canceled', 'unfillable']

const listeners = new Set<() => void>()
let cart: Cart | null = null

/** The same object until something changes. */
export const readCart = (): Cart => (cart ??= read<Cart>(CART) ?? EMPTY)

export function onCart(listener: () => void): () => void {
  const elsewhere = ({ key }: StorageEvent): void => {
    if (key === CART) forget()
  }
  listeners.add(listener)
  window.addEventListener('storage', elsewhere)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', elsewhere)
  }
}

/** A quantity of 0 takes the line out. */
export function putInCart(variantId: string, quantity: number): void {
  const { lines } = readCart()
  const wanted = Math.min(MOST, Math.max(0, Math.trunc(quantity)))
  const isThere = lines.some((line) => line.variantId === variantId)
  const changed = lines.map((line) => (line.variantId === variantId ? { variantId, quantity: wanted } : line))
  const wished = (isThere ? changed : [...lines, { variantId, quantity: wanted }]).filter(
    ({ quantity }) => quantity > 0,
  )
  write(wished, readCart().order)
}

export const quantityOf = ({ lines }: Cart, variantId: string): number =>
  lines.find((line) => line.variantId === variantId)?.quantity ?? 0

export const emptyCart = (): void => write([])

/** Has everything in the cart held, and leaves for the page where it is paid. Throws `sold_out` with what is left. */
export async function checkOut(): Promise<void> {
  const bought = await endEarlier()
  if (bought !== null) return leaveFor(bought)
  const order = await place()
  const { orderNumber: number, orderUrl: url } = order
  save(PLACED, { number, url } satisfies Placed)
  if (order.status !== 'pending') {
    emptyCart() // it was paid, and nobody came back to hear of it
    return leaveFor(url)
  }
  save(CART, { ...readCart(), order: { key: readCart().key, url } } satisfies Cart)
  forget()
  await leaveFor(order.url)
}

/**
 * Ends the order that was made before the cart was changed: what it holds would be in the cart's own way. One that was paid
 * stays, its lines leave the cart, and the answer is its page.
 */
async function endEarlier(): Promise<string | null> {
  const { lines, key, order: before } = readCart()
  if (before === null || before.key === key) return null
  const ended = await fetch(before.url, { method: 'DELETE' })
  const { status } = (await ended.json()) as { status?: string }
  if (ended.ok || status === undefined || OVER.includes(status)) return null // also when nobody knows it any more
  const answer = await fetch(before.url, { headers: { Accept: 'application/json' } })
  const { order } = (await answer.json()) as { order: { lines: readonly Line[] } }
  const paidFor = (id: string) => order.lines.find(({ variantId }) => variantId === id)?.quantity ?? 0
  const left = lines.map(({ variantId, quantity }) => ({ variantId, quantity: quantity - paidFor(variantId) }))
  write(left.filter(({ quantity }) => quantity > 0))
  return before.url
}

async function place() {
  const { lines, key } = readCart()
  const wish = { items: [...lines], successUrl: here('/thanks'), cancelUrl: here('/') }
  const order = await dream.products.cartCheckout(wish, { idempotencyKey: key })
  if (!OVER.includes(order.status)) return order
  write(lines) // the answer to a wish of long ago, whose order has ended: this is another one
  return dream.products.cartCheckout(wish, { idempotencyKey: readCart().key })
}

export const lastOrder = (): Placed | null => read<Placed>(PLACED)

function write(lines: readonly Line[], order: Cart['order'] = null): void {
  save(CART, { lines, key: crypto.randomUUID(), order } satisfies Cart)
  forget()
}

function forget(): void {
  cart = null
  for (const listener of listeners) listener()
}

const save = (name: string, value: unknown): void => localStorage.setItem(name, JSON.stringify(value))

function read<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(name) ?? 'null') as T | null
  } catch {
    return null // not ours, or storage is switched off
  }
}
