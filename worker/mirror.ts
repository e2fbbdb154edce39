/** Copies changed rows to D1, by revision. A report, never a source: dropped and mirrored again it says the same. */

import type { Change } from '../sdk/schema/feed.ts'
import type { DeliveryFailure } from '../objects/actor.ts'
import type { MirrorPage } from '../objects/reported.ts'
import { countCustomers } from './mirrorAccount.ts'
import type { Place } from './stripe/catalog.ts'
import { projectAt } from './stub.ts'

const ROWS_AT_ONCE = 500
const RESTORE_MS = 5_000
const DAY_MS = 86_400_000

export async function mirror({ env, address }: Place): Promise<DeliveryFailure | null> {
  const project = projectAt(env, address)
  for (;;) {
    const page = await project.startMirror()
    if (page === null) return { reason: 'what happened before a restore is being gathered', retryAfterMs: RESTORE_MS }
    const { changes, revision, more, platformId, customers, used } = page
    const owner = { projectId: address.projectId, mode: address.mode, platformId }
    await forget(changes, { env, ...owner })
    for (const statement of statementsOf(changes)) {
      for (let at = 0; at < statement.rows.length; at += ROWS_AT_ONCE) {
        const rows = statement.rows.slice(at, at + ROWS_AT_ONCE)
        await env.DB.prepare(statement.sql).bind(owner.projectId, owner.mode, JSON.stringify(rows)).run()
      }
    }
    if (used !== null) await tellDays(used, { env, revision, ...owner })
    const reached = env.DB.prepare(
      `INSERT INTO project_mirrors (project_id, mode, platform_id, revision, as_of, customers) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (project_id, mode) DO UPDATE SET
         revision = excluded.revision, as_of = excluded.as_of, customers = excluded.customers
       WHERE excluded.revision >= revision`,
    ).bind(owner.projectId, owner.mode, platformId, revision, Date.now(), customers)
    const counts = changes.some(({ kind }) => kind === 'customer')
    await env.DB.batch(counts ? [reached, countCustomers(platformId, env)] : [reached])
    await project.mirrored(revision)
    if (!more) return null
  }
}

/** The sums of all days that may have moved take the place of those that were told, unless these are newer. */
async function tellDays(
  { from, days }: NonNullable<MirrorPage['used']>,
  { env, projectId, mode, revision }: { env: Place['env']; projectId: string; mode: string; revision: number },
): Promise<void> {
  const rows = days.map(({ at, meter, used, calls }) => [at / DAY_MS, meter, used, calls])
  const statements = [
    env.DB.prepare('DELETE FROM usage_days WHERE project_id = ? AND mode = ? AND day >= ? AND revision <= ?').bind(
      projectId,
      mode,
      from / DAY_MS,
      revision,
    ),
  ]
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
    statements.push(
      env.DB.prepare(
        `INSERT INTO usage_days (project_id, mode, day, meter, used, calls, revision)
         SELECT ?1, ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?4 FROM json_each(?3) WHERE true
         ON CONFLICT (project_id, mode, day, meter) DO NOTHING`,
      ).bind(projectId, mode, JSON.stringify(rows.slice(at, at + ROWS_AT_ONCE)), revision),
    )
  await env.DB.batch(statements)
}

/** What a removed customer used goes from the reports too, up to the moment they were removed. */
async function forget(
  changes: readonly Change[],
  { env, projectId, mode }: { env: Place['env']; projectId: string; mode: string },
): Promise<void> {
  const removed = changes.filter(({ kind, row }) => kind === 'customer' && typeof row['deletedAt'] === 'number')
  if (removed.length === 0) return
  await env.DB.prepare(
    `DELETE FROM usage_rows WHERE project_id = ?1 AND mode = ?2 AND EXISTS (
       SELECT 1 FROM json_each(?3) WHERE value ->> 0 = customer_id AND usage_rows.revision <= value ->> 1)`,
  )
    .bind(projectId, mode, JSON.stringify(removed.map(({ id, revision }) => [id, revision])))
    .run()
}

/** Which columns of a changed row a report keeps; `id` and `revision` come first in every table. */
const COLUMNS = {
  project: ['name', 'type', 'platformId', 'stripeAccount', 'createdAt', 'deletedAt'],
  tier: ['displayName', 'archivedAt'],
  customer: ['email', 'createdAt', 'deletedAt'],
  subscription: [
    'customerId',
    'status',
    'access',
    'tier',
    'unitAmount',
    'currency',
    'interval',
    'quantity',
    'monthlyAmount',
    'discounts',
    'currentPeriodEnd',
    'trialEnd',
    'cancelAt',
    'endedAt',
    'createdAt',
  ],
  usage: ['customerId', 'meter', 'periodStart', 'periodEnd', 'used', 'updatedAt'],
  event: ['type', 'receivedAt', 'outcome'],
  product: ['name', 'slug', 'createdAt', 'archivedAt'],
  variant: ['productId', 'sku', 'onHand', 'reserved', 'archivedAt'],
  order: [
    'number',
    'status',
    'customerId',
    'currency',
    'total',
    'tax',
    'discount',
    'refunded',
    'lost',
    'createdAt',
    'paidAt',
    'fulfilledAt',
  ],
} as const satisfies Record<Change['kind'], readonly string[]>

/** The tables of the reports that are made of an object's rows. */
export const ROW_TABLES: readonly string[] = Object.keys(COLUMNS).map((kind) => `${kind}_rows`)

/** Every table that has rows of projects. */
export const REPORT_TABLES: readonly string[] = [...ROW_TABLES, 'project_mirrors', 'usage_days']

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** One parameter carries all rows, so that D1's limit of 100 does not matter; the revision makes a repeat harmless. */
function sqlOf(kind: Change['kind']): string {
  const names = ['id', 'revision', ...COLUMNS[kind].map(snake)]
  const values = names.map((_, index) => `value ->> ${index}`)
  const updates = names.slice(1).map((name) => `${name} = excluded.${name}`)
  return `INSERT INTO ${kind}_rows (project_id, mode, ${names.join(', ')})
    SELECT ?1, ?2, ${values.join(', ')} FROM json_each(?3) WHERE true
    ON CONFLICT (project_id, mode, id) DO UPDATE SET ${updates.join(', ')}
    WHERE excluded.revision > revision`
}

function statementsOf(changes: readonly Change[]): { sql: string; rows: unknown[][] }[] {
  const byKind = Map.groupBy(changes, (change) => change.kind)
  return [...byKind].map(([kind, rows]) => ({
    sql: sqlOf(kind),
    rows: rows.map(({ id, revision, row }) => [id, revision, ...COLUMNS[kind].map((name) => row[name] ?? null)]),
  }))
}
