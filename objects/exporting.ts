/**
 * Everything that the project has stored, table by table and page by page, for its owner to take away. Rows are as of
 * their reading; what opens something (keys, pages where something can be paid) stays.
 */

import type { ExportTable } from '../sdk/schema/export.ts'
import type { Caller } from './caller.ts'
import type { Gate } from './gate.ts'
import { ok, type Outcome } from './outcome.ts'
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
  customers: {},
  subscriptions: {},
  checkouts: { without: ['url'] },
  usage: {},
  receipts: { json: ['properties', 'spent'] },
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
}

const ROWS_AT_ONCE = 500
const PAGE_BYTES = 256 * 1024

/** A place in a table: the values of its primary key. */
export type ExportPlace = readonly (string | number)[]

export interface ExportPage {
  readonly columns: readonly string[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** `null` when the table has no more. */
  readonly next: ExportPlace | null
}

export class Exporting {
  readonly #store: Store
  readonly #gate: Gate

  constructor(store: Store, gate: Gate) {
    this.#store = store
    this.#gate = gate
  }

  /** The rows of a table after a place, as many as a page holds. */
  page(caller: Caller, at: { table: ExportTable; after: ExportPlace | null; now: number }): Outcome<ExportPage> {
    const refusal = this.#gate.admit(caller, 'admin', at.now)
    if (refusal) return refusal
    const { table, after } = at
    const { without = [], json = [], atOnce = ROWS_AT_ONCE } = EXPORTED[table]
    const info = this.#store.all<{ name: string; pk: number }>('SELECT name, pk FROM pragma_table_info(?)', table)
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
      rows.push(Object.fromEntries(columns.map((name) => [camel(name), valueOf(row[name], json.includes(name))])))
      bytes += JSON.stringify(row).length
    }
    const last = found[rows.length - 1]
    const isCut = rows.length < found.length || found.length === atOnce
    const next = isCut && last !== undefined ? keys.map(({ name }) => last[name] as string | number) : null
    return ok({ columns: columns.map(camel), rows, next })
  }
}

const camel = (name: string): string => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const valueOf = (value: unknown, isJson: boolean): unknown =>
  isJson && typeof value === 'string' ? (JSON.parse(value) as unknown) : value
