/** What is really stored, read from the files; while the product is down there is nothing else to ask. Never writes. */

import { readdirSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface StoredReceipt {
  readonly id: number
  readonly customerId: string
  readonly meter: string
  readonly periodStart: number
  readonly quantity: number
  readonly deed: string | null
  readonly reversedAt: number | null
}

export interface StoredUsage {
  readonly customerId: string
  readonly meter: string
  readonly periodStart: number
  readonly used: number
}

export interface StoredCustomer {
  readonly id: string
  readonly email: string | null
  readonly firstName: string | null
  readonly origin: 'clerk' | 'asserted'
  readonly stripeCustomerId: string | null
}

export interface StoredCheckout {
  readonly id: string
  readonly customerId: string
  readonly state: string
  readonly sessionId: string | null
}

export interface StoredSubscription {
  readonly id: string
  readonly customerId: string
  readonly status: string
  readonly tier: string
}

/** A project's object as its file says. */
export interface Stored {
  readonly projectId: string
  readonly revision: number
  readonly mirrored: number
  readonly receipts: readonly StoredReceipt[]
  readonly usage: readonly StoredUsage[]
  readonly customers: readonly StoredCustomer[]
  readonly checkouts: readonly StoredCheckout[]
  readonly subscriptions: readonly StoredSubscription[]
  readonly events: readonly { readonly id: string; readonly outcome: string }[]
  readonly replies: ReadonlySet<string>
  readonly keyHashes: ReadonlySet<string>
  readonly owed: readonly { readonly kind: string; readonly key: string; readonly nextAt: number }[]
  /** When the next timer or delivery is due. */
  readonly dueAt: number | null
  /** When the platform will wake the object by itself. */
  readonly alarmAt: number | null
}

type Row = Record<string, string | number | null>

/** The rows of a statement; the file is opened and closed around it. */
function rows<T>(file: string, ...statements: string[]): T[][] {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return statements.map((sql) => db.prepare(sql).all() as T[])
  } finally {
    db.close()
  }
}

function databases(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
    .map((name) => join(folder, name))
}

export class Disk {
  readonly #stateDir: string

  constructor(stateDir: string) {
    this.#stateDir = stateDir
  }

  /**
   * Looks at a copy while the product runs, because a reader's lock could be in its way. A copy taken in the middle of a
   * write may not be readable: then the answer is `null`, and the next one may be.
   */
  async glance<T>(look: (disk: Disk) => T): Promise<T | null> {
    const folder = await mkdtemp(join(tmpdir(), 'dream-api-crash-glance-'))
    try {
      await cp(this.#stateDir, folder, { recursive: true, filter: (file) => !file.endsWith('-shm') })
      return look(new Disk(folder))
    } catch {
      return null
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  project(projectId: string): Stored {
    return readProject(projectId, this.fileOf(projectId), this.#alarms('app-Project'))
  }

  /** Rows of a project's object. */
  object(projectId: string, sql: string): Row[] {
    return rows<Row>(this.fileOf(projectId), sql)[0]!
  }

  /** The file of a project's object. */
  fileOf(projectId: string): string {
    const found = databases(join(this.#stateDir, 'do/app-Project')).find((file) => ownerOf(file) === projectId)
    if (found === undefined) throw new Error(`no object of the project ${projectId} is stored`)
    return found
  }

  /** The alarms of a class, by object id. */
  #alarms(name: string): ReadonlyMap<string, number> {
    const file = join(this.#stateDir, 'do', name, 'metadata.sqlite')
    const [alarms] = rows<{ id: string; at: number }>(
      file,
      'SELECT actor_id AS id, scheduled_time / 1000000 AS at FROM _cf_ALARM',
    )
    return new Map(alarms!.map(({ id, at }) => [id, at]))
  }

  /** Rows of the reports' database. */
  reports(sql: string): Row[] {
    const [file] = databases(join(this.#stateDir, 'd1/miniflare-D1DatabaseObject'))
    return rows<Row>(file!, sql)[0]!
  }

  /** Objects of the Stripe stand-in on one connected account. */
  stripe<T>(account: string, kind: string): T[] {
    const sql = `SELECT body FROM stripe_objects WHERE account = '${account}' AND kind = '${kind}'`
    return this.#sandbox<{ body: string }>(sql).map(({ body }) => JSON.parse(body) as T)
  }

  clerkUsers(): { id: string; email: string; publicMetadata: Record<string, unknown> }[] {
    const sql = "SELECT id, email_address AS email, user FROM clerk_users WHERE instance = 'test'"
    return this.#sandbox<{ id: string; email: string; user: string }>(sql).map(({ id, email, user }) => {
      const { public_metadata: publicMetadata } = JSON.parse(user) as { public_metadata: Record<string, unknown> }
      return { id, email, publicMetadata }
    })
  }

  #sandbox<T>(sql: string): T[] {
    const [file] = databases(join(this.#stateDir, 'do/sandbox-Sandbox'))
    return rows<T>(file!, sql)[0]!
  }
}

function ownerOf(file: string): string | null {
  try {
    return rows<{ id: string }>(file, 'SELECT project_id AS id FROM settings')[0]![0]?.id ?? null
  } catch {
    return null // killed before its first commit: a file without tables
  }
}

function readProject(projectId: string, file: string, alarms: ReadonlyMap<string, number>): Stored {
  const [receipts, usage, customers, checkouts, subscriptions, events, replies, keys, owed, timers, clock] = rows<Row>(
    file,
    `SELECT id, customer_id AS customerId, meter, period_start AS periodStart, quantity,
       properties ->> 'deed' AS deed, reversed_at AS reversedAt FROM receipts r
     WHERE NOT EXISTS (
       SELECT 1 FROM forgotten f WHERE f.customer_id = r.customer_id AND r.id <= f.last_receipt)`,
    'SELECT customer_id AS customerId, meter, period_start AS periodStart, used FROM usage',
    `SELECT id, email, first_name AS firstName, origin, stripe_customer_id AS stripeCustomerId FROM customers`,
    'SELECT id, customer_id AS customerId, state, session_id AS sessionId FROM checkouts',
    'SELECT id, customer_id AS customerId, status, tier FROM subscriptions',
    'SELECT id, outcome FROM events',
    'SELECT key FROM replies',
    'SELECT hash FROM keys',
    'SELECT kind, key, next_at AS nextAt FROM outbox',
    'SELECT min(at) AS at FROM timers',
    'SELECT clock.revision, settings.mirrored FROM clock, settings',
  ) as Row[][]
  const due = [...owed!.map(({ nextAt }) => nextAt), timers![0]!['at']].filter((at) => typeof at === 'number')
  // The platform keeps an alarm twice and acts when both say so: the later of the two is when the object wakes.
  const ownAlarm = ownAlarmOf(file)
  const objectId = file.slice(-'.sqlite'.length - 64, -'.sqlite'.length)
  return {
    projectId,
    receipts: receipts as unknown as StoredReceipt[],
    usage: usage as unknown as StoredUsage[],
    customers: customers as unknown as StoredCustomer[],
    checkouts: checkouts as unknown as StoredCheckout[],
    subscriptions: subscriptions as unknown as StoredSubscription[],
    events: events as unknown as Stored['events'],
    replies: new Set(replies!.map(({ key }) => String(key))),
    keyHashes: new Set(keys!.map(({ hash }) => String(hash))),
    owed: owed as unknown as Stored['owed'],
    dueAt: due.length === 0 ? null : Math.min(...due),
    alarmAt: later(alarms.get(objectId) ?? null, ownAlarm),
    revision: Number(clock![0]!['revision']),
    mirrored: Number(clock![0]!['mirrored']),
  }
}

/** The alarm in the object's own file; an object that never set one has no table for it. */
function ownAlarmOf(file: string): number | null {
  const [tables] = rows<Row>(file, "SELECT name FROM sqlite_master WHERE name = '_cf_METADATA'")
  if (tables!.length === 0) return null
  const [alarms] = rows<{ at: number }>(file, 'SELECT value / 1000000 AS at FROM _cf_METADATA WHERE key = 1')
  return alarms![0]?.at ?? null
}

const later = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : Math.max(a, b))
