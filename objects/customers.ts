/** Who uses or buys from the project. A deleted customer leaves a row without a person in it, so that ids stay taken. */

import type { AfterErasure, OwnLimits } from '../sdk/schema/customer.ts'
import type { Change } from '../sdk/schema/feed.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'
import { bit } from './store.ts'

export const CUSTOMERS_SCHEMA: Step = [
  `CREATE TABLE customers (
    id TEXT PRIMARY KEY,
    email TEXT,
    first_name TEXT,
    last_name TEXT,
    origin TEXT NOT NULL CHECK (origin IN ('clerk', 'asserted')),
    granted_tier TEXT,
    stripe_customer_id TEXT UNIQUE,
    has_subscription INTEGER NOT NULL DEFAULT 0 CHECK (has_subscription IN (0, 1)),
    trialed_at INTEGER,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    revision INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  'CREATE UNIQUE INDEX customers_email ON customers (email) WHERE email IS NOT NULL',
  'CREATE INDEX customers_created ON customers (created_at, id) WHERE deleted_at IS NULL',
  'CREATE INDEX customers_revision ON customers (revision)',
]

/** Since a customer can be deleted at Stripe and made there anew. */
export const STRIPE_GENERATION_SCHEMA: Step = [
  'ALTER TABLE customers ADD COLUMN stripe_generation INTEGER NOT NULL DEFAULT 0',
]

/** How many there are, kept as they come and go: counting a million of them takes a third of a second. */
export const CUSTOMER_COUNT_SCHEMA: Step = [
  `CREATE TABLE customer_count (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    n INTEGER NOT NULL CHECK (n >= 0)
  ) STRICT`,
  'INSERT INTO customer_count (one, n) SELECT 1, count(*) FROM customers WHERE deleted_at IS NULL HAVING count(*) > 0',
  `CREATE TRIGGER customer_added AFTER INSERT ON customers WHEN NEW.deleted_at IS NULL BEGIN
     INSERT INTO customer_count (one, n) VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET n = n + 1;
   END`,
  `CREATE TRIGGER customer_removed AFTER UPDATE OF deleted_at ON customers
     WHEN (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL) BEGIN
     UPDATE customer_count SET n = n + CASE WHEN NEW.deleted_at IS NULL THEN 1 ELSE -1 END;
   END`,
]

/** Since an erasure takes several steps. */
export const LEAVING_SCHEMA: Step = [
  "ALTER TABLE customers ADD COLUMN leaving TEXT CHECK (leaving IN ('keep', 'delete'))",
]

/** Limits of one customer alone, over those of the plan. */
export const OWN_LIMITS_SCHEMA: Step = ['ALTER TABLE customers ADD COLUMN limits TEXT']

export interface Customer {
  readonly id: string
  readonly email: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  /** `clerk`: a user of the shared Clerk application. `asserted`: an id of the developer's own user table. */
  readonly origin: 'clerk' | 'asserted'
  readonly grantedTier: string | null
  /** By meter, over the plan's own; `null` when there is none. */
  readonly limits: OwnLimits | null
  readonly stripeCustomerId: string | null
  /** How often the customer was deleted at Stripe: the next one made there is another one. */
  readonly stripeGeneration: number
  readonly hasSubscription: boolean
  /** When a trial was first taken; there is no second one. */
  readonly trialedAt: number | null
  /** Under erasure, and what becomes of their record at Stripe; `null`: they stay. */
  readonly leaving: AfterErasure | null
  readonly createdAt: number
  readonly deletedAt: number | null
  readonly revision: number
}

type CustomerRow = {
  id: string
  email: string | null
  first_name: string | null
  last_name: string | null
  origin: 'clerk' | 'asserted'
  granted_tier: string | null
  limits: string | null
  stripe_customer_id: string | null
  stripe_generation: number
  has_subscription: number
  trialed_at: number | null
  leaving: AfterErasure | null
  created_at: number
  deleted_at: number | null
  revision: number
}

export interface CustomerPage {
  readonly createdAt: number
  readonly id: string
}

const toCustomer = (row: CustomerRow): Customer => ({
  id: row.id,
  email: row.email,
  firstName: row.first_name,
  lastName: row.last_name,
  origin: row.origin,
  grantedTier: row.granted_tier,
  limits: row.limits === null ? null : (JSON.parse(row.limits) as OwnLimits),
  stripeCustomerId: row.stripe_customer_id,
  stripeGeneration: row.stripe_generation,
  hasSubscription: row.has_subscription === 1,
  trialedAt: row.trialed_at,
  leaving: row.leaving,
  createdAt: row.created_at,
  deletedAt: row.deleted_at,
  revision: row.revision,
})

/** Rows kept in memory for reading: this object is their only writer, so they cannot be stale. */
const KNOWN_MAX = 10_000

export class Customers {
  readonly #store: Store
  readonly #known = new Map<string, Customer>()

  constructor(store: Store) {
    this.#store = store
  }

  /** After a rollback: what was read of undone writes must go. */
  forget(): void {
    this.#known.clear()
  }

  /** Any customer, deleted ones included. */
  find(id: string): Customer | null {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const row = this.#store.maybe<CustomerRow>('SELECT * FROM customers WHERE id = ?', id)
    if (row === null) return null
    const customer = toCustomer(row)
    if (this.#known.size >= KNOWN_MAX) this.#known.clear()
    this.#known.set(id, customer)
    return customer
  }

  /** The customer, unless deleted. */
  get(id: string): Customer | null {
    const customer = this.find(id)
    return customer && customer.deletedAt === null ? customer : null
  }

  byEmail(email: string): Customer | null {
    const row = this.#store.maybe<CustomerRow>('SELECT * FROM customers WHERE email = ?', email)
    return row && toCustomer(row)
  }

  byStripeId(stripeCustomerId: string): Customer | null {
    const row = this.#store.maybe<CustomerRow>('SELECT * FROM customers WHERE stripe_customer_id = ?', stripeCustomerId)
    return row && toCustomer(row)
  }

  /** Adds a customer; one that was deleted before starts anew under its id. */
  add(customer: {
    id: string
    email: string | null
    firstName: string | null
    lastName: string | null
    origin: 'clerk' | 'asserted'
    grantedTier: string | null
    now: number
    revision: number
  }): Customer {
    this.#known.delete(customer.id)
    const row = this.#store.one<CustomerRow>(
      `INSERT INTO customers (id, email, first_name, last_name, origin, granted_tier, created_at, revision)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         email = excluded.email, first_name = excluded.first_name, last_name = excluded.last_name,
         origin = excluded.origin, granted_tier = excluded.granted_tier, limits = NULL, created_at = excluded.created_at,
         deleted_at = NULL, revision = excluded.revision
       WHERE customers.deleted_at IS NOT NULL
       RETURNING *`,
      customer.id,
      customer.email,
      customer.firstName,
      customer.lastName,
      customer.origin,
      customer.grantedTier,
      customer.now,
      customer.revision,
    )
    return toCustomer(row)
  }

  save(customer: Customer, revision: number): void {
    this.#known.delete(customer.id)
    this.#store.run(
      `UPDATE customers SET email = ?, first_name = ?, last_name = ?, origin = ?, granted_tier = ?, limits = ?,
         stripe_customer_id = ?, stripe_generation = ?, has_subscription = ?, trialed_at = ?, leaving = ?,
         deleted_at = ?, revision = ?
       WHERE id = ?`,
      customer.email,
      customer.firstName,
      customer.lastName,
      customer.origin,
      customer.grantedTier,
      customer.limits === null ? null : JSON.stringify(customer.limits),
      customer.stripeCustomerId,
      customer.stripeGeneration,
      bit(customer.hasSubscription),
      customer.trialedAt,
      customer.leaving,
      customer.deletedAt,
      revision,
      customer.id,
    )
  }

  /** Forgets who everybody is at Stripe. */
  unlink(revision: number): void {
    this.forget()
    this.#store.run(
      `UPDATE customers SET stripe_customer_id = NULL, stripe_generation = stripe_generation + 1, revision = ?
       WHERE stripe_customer_id IS NOT NULL`,
      revision,
    )
  }

  /** Newest first, after the cursor. */
  page(after: CustomerPage | null, limit: number): Customer[] {
    const { createdAt, id } = after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: '' }
    return this.#store
      .all<CustomerRow>(
        `SELECT * FROM customers
         WHERE deleted_at IS NULL AND (created_at, id) < (?, ?)
         ORDER BY created_at DESC, id DESC
         LIMIT ?`,
        createdAt,
        id,
        limit,
      )
      .map(toCustomer)
  }

  /** Ids of those who have an account at the identity provider, after a place. */
  atClerk(after: string, limit: number): string[] {
    return this.#store
      .all<{ id: string }>(
        "SELECT id FROM customers WHERE id > ? AND origin = 'clerk' AND deleted_at IS NULL ORDER BY id LIMIT ?",
        after,
        limit,
      )
      .map(({ id }) => id)
  }

  count(): number {
    return this.#store.maybe<{ n: number }>('SELECT n FROM customer_count')?.n ?? 0
  }

  /** Changed rows, oldest first; of one customer, if one is named. */
  since(revision: number, limit: number, customerId: string | null = null): Change[] {
    const whose = customerId === null ? { sql: '', ids: [] } : { sql: 'id = ? AND', ids: [customerId] }
    return this.#store
      .all<CustomerRow>(
        `SELECT * FROM customers WHERE ${whose.sql} revision > ? ORDER BY revision LIMIT ?`,
        ...whose.ids,
        revision,
        limit,
      )
      .map(toCustomer)
      .map((customer) => ({
        kind: 'customer',
        id: customer.id,
        revision: customer.revision,
        row:
          customer.deletedAt === null
            ? {
                email: customer.email,
                firstName: customer.firstName,
                lastName: customer.lastName,
                grantedTier: customer.grantedTier,
                limits: customer.limits,
                stripeCustomerId: customer.stripeCustomerId,
                createdAt: customer.createdAt,
                deletedAt: null,
              }
            : { createdAt: customer.createdAt, deletedAt: customer.deletedAt },
      }))
  }
}
