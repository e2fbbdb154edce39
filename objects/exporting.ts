/**
 * Everything that the project has stored, table by table and page by page, for its owner to take away. Rows are as of
 * their reading; what opens something (keys, pages where something can be paid) stays.
 */

import type { ExportTable } from '../sdk/schema/export.ts'
import { laneOf } from './announcing.ts'
import type { Books } from './books.ts'
import type { Caller } from './caller.ts'
import type { Gate } from './gate.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Row, Store } from './store.ts'

/** What of a table stays, and which of its columns hold JSON. */
interface Rule {
  readonly without?: readonly string[]
  readonly json?: readonly string[]
  /** As many rows as one page reads, where rows are large. */
  readonly atOnce?: number
}

export const EXPORTED: Readonly<Record<ExportTable, Rule>> = {
  settings: { without: ['one', 'watched', 'mirrored', 'published'], json: ['allowed_origins', 'shop'] },
  keys: { without: ['hash'] },
  tiers: { json: ['features', 'limits'] },
  tier_prices: {},
  customers: { json: ['limits'] },
  subscriptions: { json: ['discounts'] },
  checkouts: { without: ['url'] },
  usage: {},
  receipts: { json: ['properties', 'spent'] },
  declined: {},
  milestones: {},
  credits: {},
  products: { json: ['features', 'images', 'options', 'grant_of'] },
  variant_prices: {},
  variants: { json: ['options'] },
  stock_ledger: {},
  images: {},
  orders: { without: ['url', 'attempt', 'request'], json: ['shipping', 'terms'] },
  order_lines: { json: ['options', 'grant_of'] },
  refunds: { without: ['attempt', 'request'], json: ['lines', 'restocked'] },
  disputes: {},
  events: { json: ['payload'], atOnce: 10 },
  webhook_endpoints: { without: ['secret', 'previous_secret'], json: ['events'] },
  webhook_messages: { json: ['body'], atOnce: 100 },
  webhook_attempts: {},
  sessions: { without: ['current_hash', 'previous_hash'] },
}

const ROWS_AT_ONCE = 500
const PAGE_BYTES = 256 * 1024
/** More of one person in one table than a week of counted calls makes. */
const OF_A_PERSON_MAX = 20_000

/** A place in a table: the values of its primary key. */
export type ExportPlace = readonly (string | number)[]

export interface ExportPage {
  readonly columns: readonly string[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** `null` when the table has no more. */
  readonly next: ExportPlace | null
}

type Shown = Readonly<Record<string, unknown>>

/** Everything about one person, table by table. */
export interface CustomerExport {
  readonly at: number
  readonly customer: Shown
  /** What they are called elsewhere. */
  readonly identities: Shown
  readonly [table: string]: number | Shown | readonly Shown[]
}

export class Exporting {
  readonly #store: Store
  readonly #books: Books
  readonly #gate: Gate

  constructor(store: Store, books: Books, gate: Gate) {
    this.#store = store
    this.#books = books
    this.#gate = gate
  }

  /** The rows of a table after a place, as many as a page holds. */
  page(caller: Caller, at: { table: ExportTable; after: ExportPlace | null; now: number }): Outcome<ExportPage> {
    const refusal = this.#gate.admit(caller, 'admin', at.now)
    if (refusal) return refusal
    const { table, after } = at
    const { without = [], atOnce = ROWS_AT_ONCE } = EXPORTED[table]
    const info = this.#columns(table)
    const keys = info.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk)
    const columns = info.map(({ name }) => name).filter((name) => !without.includes(name))
    const place = `(${keys.map(({ name }) => name).join(', ')})`
    const found = this.#store.all<Row>(
      `SELECT * FROM ${table}
       ${after === null ? '' : `WHERE ${place} > (${keys.map(() => '?').join(', ')})`}
       ORDER BY ${place.slice(1, -1)}
       LIMIT ?`,
      ...(after ?? []),
      atOnce,
    )
    const rows: Record<string, unknown>[] = []
    let bytes = 0
    for (const row of found) {
      if (bytes >= PAGE_BYTES) break
      rows.push(shown(table, row))
      bytes += JSON.stringify(row).length
    }
    const last = found[rows.length - 1]
    const isCut = rows.length < found.length || found.length === atOnce
    const next = isCut && last !== undefined ? keys.map(({ name }) => last[name] as string | number) : null
    return ok({ columns: columns.map(camel), rows, next })
  }

  #columns(table: ExportTable): { name: string; pk: number }[] {
    return this.#store.all<{ name: string; pk: number }>('SELECT name, pk FROM pragma_table_info(?)', table)
  }

  /** All that is stored about one person. */
  customer(caller: Caller, id: string, now: number): Outcome<CustomerExport> {
    const refusal = this.#gate.admit(caller, 'admin', now)
    if (refusal) return refusal
    const customer = this.#books.customers.get(id)
    if (customer === null) return no('customer_not_found')
    const { stripeAccount } = this.#books.settings.require()
    const orders = this.#books.orders.ofPerson(id, customer.email)
    const orderIds = JSON.stringify(orders.map((order) => order.id))
    const words = [
      customer.stripeCustomerId,
      customer.email,
      ...this.#books.subscriptions.ofCustomer(id).map((subscription) => subscription.id),
      ...this.#books.checkouts.sessionsOf(id),
      ...orders.flatMap((order) => [order.id, order.sessionId, order.paymentIntent]),
    ].filter((word) => word !== null)
    const theirs = (table: ExportTable) => this.#where(table, 'customer_id = ?', id)
    const ofOrders = (table: ExportTable, column: string) =>
      this.#where(table, `${column} IN (SELECT value FROM json_each(?))`, orderIds)
    const named = 'EXISTS (SELECT 1 FROM json_each(?) WHERE instr(lower(payload), lower(value)) > 0)'
    return ok({
      at: now,
      customer: this.#where('customers', 'id = ?', id)[0] ?? {},
      identities: {
        clerkUserId: customer.origin === 'clerk' ? id : null,
        stripeAccount,
        stripeCustomerId: customer.stripeCustomerId,
      },
      subscriptions: theirs('subscriptions'),
      checkouts: theirs('checkouts'),
      usage: theirs('usage'),
      receipts: theirs('receipts'),
      declined: theirs('declined'),
      milestones: theirs('milestones'),
      credits: theirs('credits'),
      sessions: theirs('sessions'),
      orders: ofOrders('orders', 'id'),
      orderLines: ofOrders('order_lines', 'order_id'),
      refunds: ofOrders('refunds', 'order_id'),
      disputes: ofOrders('disputes', 'order_id'),
      events: this.#where('events', named, JSON.stringify(words)),
      messages: this.#where(
        'webhook_messages',
        'lane IN (SELECT value FROM json_each(?))',
        JSON.stringify([laneOf(id), ...orders.map((order) => `order:${order.id}`)]),
      ),
    })
  }

  #where(table: ExportTable, condition: string, bound: string): Record<string, unknown>[] {
    const keys = this.#columns(table).filter(({ pk }) => pk > 0)
    return this.#store
      .all<Row>(
        `SELECT * FROM ${table} WHERE ${condition} ORDER BY ${keys.map(({ name }) => name).join(', ')} LIMIT ?`,
        bound,
        OF_A_PERSON_MAX,
      )
      .map((row) => shown(table, row))
  }
}

/** A row as it leaves. */
function shown(table: ExportTable, row: Row): Record<string, unknown> {
  const { without = [], json = [] } = EXPORTED[table]
  const kept = Object.entries(row).filter(([name]) => !without.includes(name))
  return Object.fromEntries(kept.map(([name, value]) => [camel(name), valueOf(value, json.includes(name))]))
}

const camel = (name: string): string => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const valueOf = (value: unknown, isJson: boolean): unknown =>
  isJson && typeof value === 'string' ? (JSON.parse(value) as unknown) : value
