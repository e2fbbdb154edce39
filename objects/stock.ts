/**
 * The shelf: how many of each variant are on hand and how many of those are reserved. Reserving checks and takes in one
 * statement; every change of what is on hand is a row of the ledger, so that onHand = Σ deltas can be checked at any time.
 */

import type { Change } from '../sdk/schema/feed.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const STOCK_SCHEMA: Step = [
  `CREATE TABLE variants (
    id TEXT PRIMARY KEY,
    product_id TEXT NOT NULL,
    sku TEXT UNIQUE,
    options TEXT NOT NULL,
    on_hand INTEGER CHECK (on_hand >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    position INTEGER NOT NULL,
    archived_at INTEGER,
    revision INTEGER NOT NULL,
    CHECK (on_hand IS NULL OR reserved <= on_hand)
  ) STRICT`,
  'CREATE INDEX variants_product ON variants (product_id, position)',
  'CREATE INDEX variants_revision ON variants (revision)',
  `CREATE TABLE stock_ledger (
    id INTEGER PRIMARY KEY,
    variant_id TEXT NOT NULL,
    delta INTEGER NOT NULL,
    after INTEGER NOT NULL CHECK (after >= 0),
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    order_id TEXT,
    note TEXT,
    at INTEGER NOT NULL
  ) STRICT`,
  'CREATE INDEX stock_ledger_variant ON stock_ledger (variant_id, id)',
]

export interface Variant {
  readonly id: string
  readonly productId: string
  readonly sku: string | null
  readonly options: Readonly<Record<string, string>>
  /** `null` is without limit. */
  readonly onHand: number | null
  readonly reserved: number
  readonly position: number
  readonly archivedAt: number | null
  readonly revision: number
}

type VariantRow = {
  id: string
  product_id: string
  sku: string | null
  options: string
  on_hand: number | null
  reserved: number
  position: number
  archived_at: number | null
  revision: number
}

/** As few of a variant as to be worth a warning. */
export const LOW_STOCK = 5

export type StockReason = 'initial' | 'adjustment' | 'count' | 'sale' | 'restock' | 'restock undone'

/** Why a stock moved, and who moved it. */
export interface Movement {
  readonly id: number
  readonly reason: StockReason
  readonly actor: string
  readonly orderId: string | null
  readonly note: string | null
  readonly now: number
  readonly revision: number
}

export interface LedgerEntry {
  readonly id: number
  readonly variantId: string
  readonly delta: number
  readonly after: number
  readonly reason: StockReason
  readonly actor: string
  readonly orderId: string | null
  readonly note: string | null
  readonly at: number
}

type LedgerRow = {
  id: number
  variant_id: string
  delta: number
  after: number
  reason: StockReason
  actor: string
  order_id: string | null
  note: string | null
  at: number
}

const toVariant = (row: VariantRow): Variant => ({
  id: row.id,
  productId: row.product_id,
  sku: row.sku,
  options: JSON.parse(row.options) as Record<string, string>,
  onHand: row.on_hand,
  reserved: row.reserved,
  position: row.position,
  archivedAt: row.archived_at,
  revision: row.revision,
})

export const availableOf = (variant: Variant): number | null =>
  variant.onHand === null ? null : variant.onHand - variant.reserved

export class Stock {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get(id: string): Variant | null {
    const row = this.#store.maybe<VariantRow>('SELECT * FROM variants WHERE id = ?', id)
    return row && toVariant(row)
  }

  bySku(sku: string): Variant | null {
    const row = this.#store.maybe<VariantRow>('SELECT * FROM variants WHERE sku = ?', sku)
    return row && toVariant(row)
  }

  /** What a decision moved, by its revision. */
  movedAt(revision: number): Variant[] {
    return this.#store.all<VariantRow>('SELECT * FROM variants WHERE revision = ?', revision).map(toVariant)
  }

  /** In the order shown, archived ones last. */
  ofProduct(productId: string): Variant[] {
    return this.#store
      .all<VariantRow>(
        'SELECT * FROM variants WHERE product_id = ? ORDER BY archived_at IS NOT NULL, position, id',
        productId,
      )
      .map(toVariant)
  }

  onSale(productId: string): Variant[] {
    return this.ofProduct(productId).filter((variant) => variant.archivedAt === null)
  }

  add(variant: Omit<Variant, 'reserved' | 'archivedAt' | 'revision'>, movement: Movement): void {
    this.#store.run(
      `INSERT INTO variants (id, product_id, sku, options, on_hand, reserved, position, revision)
       VALUES (?, ?, ?, ?, ?, 0, ?, ?)`,
      variant.id,
      variant.productId,
      variant.sku,
      JSON.stringify(variant.options),
      variant.onHand,
      variant.position,
      movement.revision,
    )
    if (variant.onHand !== null) this.#note(variant.id, variant.onHand, variant.onHand, movement)
  }

  describe(variant: { id: string; sku: string | null; archivedAt: number | null }, revision: number): void {
    this.#store.run(
      'UPDATE variants SET sku = ?, archived_at = ?, revision = ? WHERE id = ?',
      variant.sku,
      variant.archivedAt,
      revision,
      variant.id,
    )
  }

  /** Holds units for an order. Answers false, and changes nothing, when not all of them are available. */
  reserve(variantId: string, quantity: number, revision: number): boolean {
    return this.#changed(
      `UPDATE variants SET reserved = reserved + ?, revision = ?
       WHERE id = ? AND archived_at IS NULL AND (on_hand IS NULL OR on_hand - reserved >= ?)
       RETURNING id`,
      quantity,
      revision,
      variantId,
      quantity,
    )
  }

  /** Gives held units back. */
  release(variantId: string, quantity: number, revision: number): void {
    this.#store.run(
      'UPDATE variants SET reserved = reserved - ?, revision = ? WHERE id = ?',
      quantity,
      revision,
      variantId,
    )
  }

  /** Turns held units into sold ones. */
  consume(variantId: string, quantity: number, movement: Movement): void {
    const row = this.#store.one<{ on_hand: number | null }>(
      `UPDATE variants SET on_hand = on_hand - ?, reserved = reserved - ?, revision = ? WHERE id = ? RETURNING on_hand`,
      quantity,
      quantity,
      movement.revision,
      variantId,
    )
    if (row.on_hand !== null) this.#note(variantId, -quantity, row.on_hand, movement)
  }

  /** Sells units that nothing held. Answers false, and changes nothing, when they are not available. */
  take(variantId: string, quantity: number, movement: Movement): boolean {
    const row = this.#store.maybe<{ on_hand: number | null }>(
      `UPDATE variants SET on_hand = on_hand - ?, revision = ?
       WHERE id = ? AND (on_hand IS NULL OR on_hand - reserved >= ?)
       RETURNING on_hand`,
      quantity,
      movement.revision,
      variantId,
      quantity,
    )
    if (row === null) return false
    if (row.on_hand !== null) this.#note(variantId, -quantity, row.on_hand, movement)
    return true
  }

  /** Adds or removes units; answers the units that could not be removed because they are reserved or not there. */
  move(variantId: string, delta: number, movement: Movement): number {
    const variant = this.get(variantId)
    if (variant === null || variant.onHand === null) return 0
    const removable = Math.max(delta, -(variant.onHand - variant.reserved))
    const applied = delta < 0 ? removable : delta
    if (applied !== 0) {
      this.#store.run(
        'UPDATE variants SET on_hand = on_hand + ?, revision = ? WHERE id = ?',
        applied,
        movement.revision,
        variantId,
      )
      this.#note(variantId, applied, variant.onHand + applied, movement)
    }
    return applied - delta
  }

  /** Sets what is on hand. The caller has seen that it covers what is reserved. */
  set(variant: Variant, onHand: number | null, movement: Movement): void {
    this.#store.run('UPDATE variants SET on_hand = ?, revision = ? WHERE id = ?', onHand, movement.revision, variant.id)
    const delta = (onHand ?? 0) - (variant.onHand ?? 0)
    if (delta !== 0) this.#note(variant.id, delta, onHand ?? 0, movement)
  }

  ledger(query: { variantId: string | null; before: number | null; limit: number }): LedgerEntry[] {
    return this.#store
      .all<LedgerRow>(
        'SELECT * FROM stock_ledger WHERE variant_id = coalesce(?, variant_id) AND id < ? ORDER BY id DESC LIMIT ?',
        query.variantId,
        query.before ?? Number.MAX_SAFE_INTEGER,
        query.limit,
      )
      .map((row) => ({
        id: row.id,
        variantId: row.variant_id,
        delta: row.delta,
        after: row.after,
        reason: row.reason,
        actor: row.actor,
        orderId: row.order_id,
        note: row.note,
        at: row.at,
      }))
  }

  /** Variants whose stock is not the sum of its movements: always none. */
  disagreements(): { variantId: string; onHand: number; counted: number }[] {
    return this.#store.all<{ variantId: string; onHand: number; counted: number }>(
      `SELECT v.id AS variantId, v.on_hand AS onHand, coalesce(l.counted, 0) AS counted
       FROM variants v
       LEFT JOIN (SELECT variant_id, sum(delta) AS counted FROM stock_ledger GROUP BY variant_id) l ON l.variant_id = v.id
       WHERE v.on_hand IS NOT NULL AND v.on_hand <> coalesce(l.counted, 0)`,
    )
  }

  /** How much is reserved of each variant that has any. */
  reserved(): Map<string, number> {
    return new Map(
      this.#store
        .all<{ id: string; reserved: number }>('SELECT id, reserved FROM variants WHERE reserved > 0')
        .map((row) => [row.id, row.reserved]),
    )
  }

  /** The newest revision of any variant. */
  latest(): number {
    return this.#store.one<{ n: number }>('SELECT coalesce(max(revision), 0) AS n FROM variants').n
  }

  totals(lowAt: number): { total: number; low: number } {
    return this.#store.one<{ total: number; low: number }>(
      `SELECT coalesce(sum(on_hand), 0) AS total,
         coalesce(sum(on_hand - reserved BETWEEN 1 AND ?), 0) AS low
       FROM variants WHERE archived_at IS NULL`,
      lowAt,
    )
  }

  since(revision: number, limit: number): Change[] {
    return this.#store
      .all<VariantRow>('SELECT * FROM variants WHERE revision > ? ORDER BY revision LIMIT ?', revision, limit)
      .map(toVariant)
      .map((variant) => ({
        kind: 'variant',
        id: variant.id,
        revision: variant.revision,
        row: { ...variant, available: availableOf(variant), soldOut: availableOf(variant) === 0 },
      }))
  }

  #note(variantId: string, delta: number, after: number, movement: Movement): void {
    this.#store.run(
      `INSERT INTO stock_ledger (id, variant_id, delta, after, reason, actor, order_id, note, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      movement.id,
      variantId,
      delta,
      after,
      movement.reason,
      movement.actor,
      movement.orderId,
      movement.note,
      movement.now,
    )
  }

  #changed(sql: string, ...bound: (string | number | null)[]): boolean {
    return this.#store.maybe(sql, ...bound) !== null
  }
}
