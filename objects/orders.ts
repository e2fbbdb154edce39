/** Orders with their lines, what each holds of the stock, and every state with its time. */

import type { OrderStatus } from '../sdk/schema/order.ts'
import type { Change } from '../sdk/schema/feed.ts'
import type { Step } from './migrations.ts'
import {
  ORDER_COLUMNS,
  statusOf,
  toLine,
  toOrder,
  toRow,
  type HoldState,
  type LineRow,
  type Order,
  type OrderLine,
  type OrderRow,
} from './order.ts'
import type { Store } from './store.ts'

export const ORDERS_SCHEMA: Step = [
  `CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    state TEXT NOT NULL
      CHECK (state IN ('pending', 'processing', 'paid', 'canceled', 'expired', 'unfillable')),
    customer_id TEXT,
    email TEXT,
    name TEXT,
    phone TEXT,
    shipping TEXT,
    currency TEXT NOT NULL,
    subtotal INTEGER NOT NULL CHECK (subtotal >= 0),
    discount INTEGER NOT NULL DEFAULT 0 CHECK (discount >= 0),
    tax INTEGER NOT NULL DEFAULT 0 CHECK (tax >= 0),
    shipping_amount INTEGER NOT NULL DEFAULT 0 CHECK (shipping_amount >= 0),
    total INTEGER NOT NULL CHECK (total >= 0),
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    terms TEXT NOT NULL,
    attempt TEXT UNIQUE,
    request TEXT NOT NULL,
    address TEXT,
    success_url TEXT NOT NULL,
    cancel_url TEXT NOT NULL,
    session_id TEXT UNIQUE,
    url TEXT,
    payment_intent TEXT UNIQUE,
    stripe_customer_id TEXT,
    hold_ends_at INTEGER NOT NULL,
    session_ends_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    processing_at INTEGER,
    paid_at INTEGER,
    ended_at INTEGER,
    fulfilled_at INTEGER,
    refunded_at INTEGER,
    disputed_at INTEGER,
    dispute_status TEXT,
    tracking_number TEXT,
    carrier TEXT,
    revision INTEGER NOT NULL
  ) STRICT`,
  'CREATE INDEX orders_created ON orders (created_at, id)',
  'CREATE INDEX orders_customer ON orders (customer_id, state)',
  "CREATE INDEX orders_open_address ON orders (address) WHERE state = 'pending'",
  'CREATE INDEX orders_revision ON orders (revision)',
  `CREATE TABLE order_lines (
    order_id TEXT NOT NULL,
    variant_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    sku TEXT,
    options TEXT NOT NULL,
    unit_amount INTEGER NOT NULL CHECK (unit_amount > 0),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    refunded_quantity INTEGER NOT NULL DEFAULT 0,
    grant_of TEXT,
    hold TEXT NOT NULL CHECK (hold IN ('held', 'consumed', 'released', 'expired', 'unfilled')),
    PRIMARY KEY (order_id, variant_id),
    CHECK (refunded_quantity BETWEEN 0 AND quantity)
  ) STRICT, WITHOUT ROWID`,
  "CREATE INDEX order_lines_held ON order_lines (variant_id) WHERE hold = 'held'",
  'CREATE INDEX order_lines_product ON order_lines (product_id)',
]

const SAVE = `INSERT INTO orders (${ORDER_COLUMNS.join(', ')}) VALUES (${ORDER_COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (id) DO UPDATE SET ${ORDER_COLUMNS.slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`

/** Since a busy variant may be held by thousands of carts: the first hold to end is one seek away. */
export const HOLD_ENDS_SCHEMA: Step = [
  'ALTER TABLE order_lines ADD COLUMN hold_ends_at INTEGER NOT NULL DEFAULT 0',
  `UPDATE order_lines SET hold_ends_at = (SELECT hold_ends_at FROM orders WHERE orders.id = order_lines.order_id)`,
  "CREATE INDEX order_lines_hold_ends ON order_lines (variant_id, hold_ends_at) WHERE hold = 'held'",
]

/** Since a project may come to be paid to another Stripe account while older orders stay where they were paid. */
export const ORDER_ACCOUNT_SCHEMA: Step = ['ALTER TABLE orders ADD COLUMN stripe_account TEXT']

/** Since a lost dispute is taken off what was earned. */
export const ORDER_LOSS_SCHEMA: Step = [
  'ALTER TABLE orders ADD COLUMN lost INTEGER NOT NULL DEFAULT 0 CHECK (lost >= 0)',
]

/** What revenue is made of, side by side, so that it is read without the orders. */
export const REVENUE_SCHEMA: Step = [
  "CREATE INDEX orders_revenue ON orders (currency, total, refunded, lost) WHERE state = 'paid'",
]

/** Since orders are looked for by where they stand. */
export const ORDER_STATUS_SCHEMA: Step = [
  "ALTER TABLE orders ADD COLUMN status TEXT NOT NULL DEFAULT 'pending'",
  `UPDATE orders SET status = CASE
     WHEN state <> 'paid' THEN state
     WHEN dispute_status IN ('needs_response', 'under_review', 'warning_needs_response', 'warning_under_review', 'lost')
       THEN 'disputed'
     WHEN refunded > 0 THEN iif(refunded >= total, 'refunded', 'partially_refunded')
     ELSE iif(fulfilled_at IS NULL, 'paid', 'fulfilled') END`,
  'CREATE INDEX orders_status ON orders (status, created_at, id)',
]

export class Orders {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get(id: string): Order | null {
    return this.#find('id', id)
  }

  bySession(sessionId: string): Order | null {
    return this.#find('session_id', sessionId)
  }

  byPayment(paymentIntent: string): Order | null {
    return this.#find('payment_intent', paymentIntent)
  }

  /** Newest first. */
  ofCustomer(customerId: string, limit: number): Order[] {
    return this.#store
      .all<OrderRow>('SELECT * FROM orders WHERE customer_id = ? ORDER BY created_at DESC LIMIT ?', customerId, limit)
      .map(toOrder)
  }

  byAttempt(attempt: string): Order | null {
    return this.#find('attempt', attempt)
  }

  /** An open order of the same customer for the same cart. */
  openLike(customerId: string, request: string): Order | null {
    const row = this.#store.maybe<OrderRow>(
      "SELECT * FROM orders WHERE customer_id = ? AND state = 'pending' AND request = ? ORDER BY created_at DESC",
      customerId,
      request,
    )
    return row && toOrder(row)
  }

  lines(orderId: string): OrderLine[] {
    return this.#store
      .all<LineRow>('SELECT * FROM order_lines WHERE order_id = ? ORDER BY position', orderId)
      .map(toLine)
  }

  nextNumber(): number {
    return this.#store.one<{ n: number }>('SELECT coalesce(max(number), 1000) + 1 AS n FROM orders').n
  }

  save(order: Order, revision: number): void {
    const row = toRow({ ...order, revision })
    this.#store.run(SAVE, ...ORDER_COLUMNS.map((column) => row[column]))
  }

  /** The project leaves this Stripe account: orders that do not say so yet were made on it. */
  keepAccount(stripeAccount: string): void {
    this.#store.run('UPDATE orders SET stripe_account = ? WHERE stripe_account IS NULL', stripeAccount)
  }

  addLine(line: OrderLine, holdEndsAt: number): void {
    this.#store.run(
      `INSERT INTO order_lines (order_id, variant_id, product_id, position, name, sku, options, unit_amount, quantity,
         grant_of, hold, hold_ends_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      line.orderId,
      line.variantId,
      line.productId,
      line.position,
      line.name,
      line.sku,
      JSON.stringify(line.options),
      line.unitAmount,
      line.quantity,
      line.grant === null ? null : JSON.stringify(line.grant),
      line.hold,
      holdEndsAt,
    )
  }

  setHold(orderId: string, variantId: string, hold: HoldState): void {
    this.#store.run('UPDATE order_lines SET hold = ? WHERE order_id = ? AND variant_id = ?', hold, orderId, variantId)
  }

  /** How many units of a line are given back, or on their way. */
  setRefunded(orderId: string, variantId: string, quantity: number): void {
    this.#store.run(
      'UPDATE order_lines SET refunded_quantity = min(quantity, ?) WHERE order_id = ? AND variant_id = ?',
      quantity,
      orderId,
      variantId,
    )
  }

  openHolds(of: { customerId: string | null; address: string | null }): { customer: number; address: number } {
    return this.#store.one<{ customer: number; address: number }>(
      `SELECT
         (SELECT count(*) FROM orders WHERE customer_id = ? AND state = 'pending') AS customer,
         (SELECT count(*) FROM orders WHERE address = ? AND state = 'pending') AS address`,
      of.customerId,
      of.address,
    )
  }

  /** Ids of those that could still be paid, after a place. */
  pending(after: string, limit: number): string[] {
    return this.#store
      .all<{ id: string }>("SELECT id FROM orders WHERE id > ? AND state = 'pending' ORDER BY id LIMIT ?", after, limit)
      .map(({ id }) => id)
  }

  /** When the earliest hold on a variant ends; `null` when nothing holds it. */
  nextRelease(variantId: string): number | null {
    return this.#store.one<{ at: number | null }>(
      "SELECT min(hold_ends_at) AS at FROM order_lines WHERE variant_id = ? AND hold = 'held'",
      variantId,
    ).at
  }

  /** Is there an order that may still be paid at this price? */
  asks(price: { variantId: string; currency: string; unitAmount: number }): boolean {
    return (
      this.#store.maybe(
        `SELECT 1 AS x FROM order_lines l JOIN orders o ON o.id = l.order_id
         WHERE l.variant_id = ? AND l.hold = 'held' AND l.unit_amount = ? AND o.currency = ? LIMIT 1`,
        price.variantId,
        price.unitAmount,
        price.currency,
      ) !== null
    )
  }

  /** Does an open order hold this variant? */
  holds(variantId: string): boolean {
    return (
      this.#store.maybe("SELECT 1 AS x FROM order_lines WHERE variant_id = ? AND hold = 'held' LIMIT 1", variantId) !==
      null
    )
  }

  /** How much the open orders hold of each variant. */
  held(): Map<string, number> {
    return new Map(
      this.#store
        .all<{ variant_id: string; n: number }>(
          "SELECT variant_id, sum(quantity) AS n FROM order_lines WHERE hold = 'held' GROUP BY variant_id",
        )
        .map((row) => [row.variant_id, row.n]),
    )
  }

  /** Orders whose lines are not all in a state that the order allows: always none. */
  disagreements(): string[] {
    return this.#store
      .all<{ id: string; state: string; hold: string }>(
        `SELECT o.id, o.state, l.hold FROM orders o JOIN order_lines l ON l.order_id = o.id
         WHERE NOT (
           (o.state IN ('pending', 'processing') AND l.hold = 'held')
           OR (o.state = 'paid' AND l.hold = 'consumed')
           OR (o.state IN ('canceled', 'expired') AND l.hold IN ('released', 'expired'))
           OR (o.state = 'unfillable' AND l.hold = 'unfilled'))`,
      )
      .map(({ id, state, hold }) => `order ${id} is ${state} but a line of it is ${hold}`)
  }

  /** Newest first, after the cursor. */
  page(query: {
    after: { createdAt: number; id: string } | null
    limit: number
    status: OrderStatus | null
    email: string | null
    productId: string | null
    since: number | null
    until: number | null
  }): Order[] {
    const { status } = query
    const after = query.after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: '' }
    return this.#store
      .all<OrderRow>(
        `SELECT * FROM orders o
         WHERE (created_at, id) < (?, ?) AND created_at >= ? AND created_at < ?${status === null ? '' : ' AND status = ?'}
           AND (? IS NULL OR lower(email) = ?)
           AND (? IS NULL OR EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.product_id = ?))
         ORDER BY created_at DESC, id DESC
         LIMIT ?`,
        after.createdAt,
        after.id,
        query.since ?? 0,
        query.until ?? Number.MAX_SAFE_INTEGER,
        ...(status === null ? [] : [status]),
        query.email,
        query.email,
        query.productId,
        query.productId,
        query.limit,
      )
      .map(toOrder)
  }

  /** Sales and revenue of one currency each, refunds and lost disputes taken off. */
  revenue(): { currency: string; sales: number; revenue: number }[] {
    return this.#store.all<{ currency: string; sales: number; revenue: number }>(
      `SELECT currency, count(*) AS sales, sum(max(total - refunded - lost, 0)) AS revenue
       FROM orders INDEXED BY orders_revenue WHERE state = 'paid' GROUP BY currency
       ORDER BY sales DESC`,
    )
  }

  /** Those of a customer, and those a guest made with the same address. */
  ofPerson(customerId: string, email: string | null): Order[] {
    return this.#store
      .all<OrderRow>(
        'SELECT * FROM orders WHERE customer_id = ?1 OR (?2 IS NOT NULL AND lower(email) = lower(?2))',
        customerId,
        email,
      )
      .map(toOrder)
  }

  /** Who bought goes; number, lines and amounts stay. An open one keeps what its page needs to be paid. */
  forgetPerson(customerId: string, email: string | null, revision: number): void {
    this.#store.run(
      `UPDATE orders SET email = NULL, name = NULL, phone = NULL, shipping = NULL, request = '', attempt = NULL,
         address = NULL, stripe_customer_id = NULL, tracking_number = NULL,
         url = iif(state = 'pending', url, NULL),
         success_url = iif(state = 'pending', success_url, ''), cancel_url = iif(state = 'pending', cancel_url, ''),
         revision = ?3
       WHERE customer_id = ?1 OR (?2 IS NOT NULL AND lower(email) = lower(?2))`,
      customerId,
      email,
      revision,
    )
  }

  since(revision: number, limit: number): Change[] {
    return this.#store
      .all<OrderRow>('SELECT * FROM orders WHERE revision > ? ORDER BY revision LIMIT ?', revision, limit)
      .map(toOrder)
      .map((order) => ({
        kind: 'order',
        id: order.id,
        revision: order.revision,
        row: {
          number: order.number,
          status: statusOf(order),
          customerId: order.customerId,
          email: order.email,
          name: order.name,
          currency: order.currency,
          total: order.total,
          tax: order.tax,
          discount: order.discount,
          refunded: order.refunded,
          lost: order.lost,
          createdAt: order.createdAt,
          paidAt: order.paidAt,
          fulfilledAt: order.fulfilledAt,
        },
      }))
  }

  #find(column: 'id' | 'session_id' | 'payment_intent' | 'attempt', value: string): Order | null {
    const row = this.#store.maybe<OrderRow>(`SELECT * FROM orders WHERE ${column} = ?`, value)
    return row && toOrder(row)
  }
}
