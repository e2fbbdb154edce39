/** What the reports say of all projects of an account. Read from D1 alone, in one round trip, however many projects. */

import type { HeldSubscriptions } from '../objects/subscriptions.ts'
import type { Discount } from '../objects/metrics.ts'
import type { Mode, ProjectType } from '../sdk/schema/common.ts'
import type { Env } from './env.ts'

const DAY_MS = 86_400_000
const PROJECTS_MAX = 1_000

/** Which account's projects, and since when what happened on a day is counted. */
export interface Span {
  readonly platformId: string
  readonly mode: Mode
  /** `null`: all of them. */
  readonly projectId: string | null
  readonly from: number
  readonly now: number
}

export interface ProjectReport {
  readonly projectId: string
  readonly name: string
  readonly type: ProjectType
  readonly createdAt: number
  readonly customers: number
  /** When its mirror was told last. What is written reaches it within seconds, so an old one is of a quiet project. */
  readonly asOf: number
}

export interface Sales {
  readonly currency: string
  readonly orders: number
  /** What was paid, what went back of it later, what disputes took away, and what is left. */
  readonly paid: number
  readonly refunded: number
  readonly lost: number
  readonly revenue: number
}

export interface CustomersOfDay {
  readonly day: string
  readonly created: number
  readonly deleted: number
  /** At the end of the day. */
  readonly total: number
}

export interface UsageOfDay {
  readonly day: string
  readonly meter: string
  readonly used: number
  readonly calls: number
}

export interface Reports {
  readonly projects: readonly ProjectReport[]
  readonly subscriptions: readonly (HeldSubscriptions & { projectId: string })[]
  readonly sales: readonly (Sales & { projectId: string })[]
  readonly salesByDay: readonly (Sales & { day: string })[]
  readonly customersByDay: readonly CustomersOfDay[]
  readonly usageByDay: readonly UsageOfDay[]
}

/** The account's projects in the mode, by the mirrors' own index; everything else is found from there. */
const OURS = `FROM project_mirrors AS m JOIN project_rows AS p ON p.project_id = m.project_id AND p.mode = m.mode`
const AMONG_OURS =
  'WHERE m.platform_id = ?1 AND m.mode = ?2 AND (?3 IS NULL OR m.project_id = ?3) AND p.deleted_at IS NULL'
const rowsOf = (table: string) => `JOIN ${table} AS r ON r.project_id = m.project_id AND r.mode = m.mode`

const PROJECTS = `SELECT m.project_id, m.customers, m.as_of, p.name, p.type, p.created_at
  ${OURS} ${AMONG_OURS} ORDER BY p.created_at, m.project_id LIMIT ${PROJECTS_MAX}`

/** Alike ones are counted together: so many rows as there are prices, however many subscribers. */
const SUBSCRIPTIONS = `SELECT m.project_id, r.status, r.currency, r.monthly_amount, r.discounts,
    min(r.cancel_at) AS cancel_at, count(*) AS n
  ${OURS} ${rowsOf('subscription_rows')} ${AMONG_OURS} AND r.access = 1
    AND (r.ended_at IS NULL OR r.ended_at > ?4) AND (r.cancel_at IS NULL OR r.cancel_at > ?4)
  GROUP BY m.project_id, r.status, r.currency, r.monthly_amount, r.discounts, r.cancel_at IS NULL`

const SALES = `count(*) AS orders, sum(r.total) AS paid, sum(r.refunded) AS refunded, sum(r.lost) AS lost,
  sum(max(r.total - r.refunded - r.lost, 0)) AS revenue`
const SOLD = `${OURS} ${rowsOf('order_rows')} ${AMONG_OURS} AND r.paid_at >= ?4 AND r.status <> 'unfillable'`

const SALES_BY_PROJECT = `SELECT m.project_id, r.currency, ${SALES} ${SOLD} GROUP BY m.project_id, r.currency`
const SALES_BY_DAY = `SELECT r.paid_at / ${DAY_MS} AS day, r.currency, ${SALES} ${SOLD}
  GROUP BY day, r.currency ORDER BY day, r.currency`

const byDay = (moment: 'created_at' | 'deleted_at') => `SELECT r.${moment} / ${DAY_MS} AS day, count(*) AS n
  ${OURS} ${rowsOf('customer_rows')} ${AMONG_OURS} AND r.${moment} >= ?4 GROUP BY day`

/** Meters of one name are one meter, in whichever project. */
const USAGE_BY_DAY = `SELECT r.day, r.meter, sum(r.used) AS used, sum(r.calls) AS calls
  ${OURS} ${rowsOf('usage_days')} ${AMONG_OURS} AND r.day >= ?4 / ${DAY_MS} GROUP BY r.day, r.meter ORDER BY r.day, r.meter`

type Row = Readonly<Record<string, unknown>>

export async function readReports({ platformId, mode, projectId, from, now }: Span, env: Env): Promise<Reports> {
  const ask = (sql: string, ...more: readonly number[]) =>
    env.DB.prepare(sql).bind(platformId, mode, projectId, ...more)
  const answers = await env.DB.batch<Row>([
    ask(PROJECTS),
    ask(SUBSCRIPTIONS, now),
    ask(SALES_BY_PROJECT, from),
    ask(SALES_BY_DAY, from),
    ask(byDay('created_at'), from),
    ask(byDay('deleted_at'), from),
    ask(USAGE_BY_DAY, from),
  ])
  const [projectRows = [], held = [], sales = [], salesByDay = [], created = [], deleted = [], usage = []] =
    answers.map(({ results }) => results)
  const projects = projectRows.map(toProject)
  const customers = projects.reduce((sum, project) => sum + project.customers, 0)
  return {
    projects,
    subscriptions: held.map(toHeld),
    sales: sales.map((row) => ({ projectId: row['project_id'] as string, ...toSales(row) })),
    salesByDay: salesByDay.map((row) => ({ day: dayOf(Number(row['day']) * DAY_MS), ...toSales(row) })),
    customersByDay: customersByDay(
      { customers, created: countsOf(created), deleted: countsOf(deleted) },
      { from, now },
    ),
    usageByDay: usage.map((row) => ({
      day: dayOf(Number(row['day']) * DAY_MS),
      meter: row['meter'] as string,
      used: Number(row['used']),
      calls: Number(row['calls']),
    })),
  }
}

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** The first moment of the day that begins a span of so many days, today being the last. */
export const startOf = (days: number, now: number): number => (Math.floor(now / DAY_MS) - days + 1) * DAY_MS

const countsOf = (rows: readonly Row[]): Map<number, number> =>
  new Map(rows.map(({ day, n }) => [Number(day), Number(n)]))

/** Every day has a row, also when nothing happened. Totals are counted back from today's. */
export function customersByDay(
  { customers, created, deleted }: { customers: number; created: Map<number, number>; deleted: Map<number, number> },
  { from, now }: { from: number; now: number },
): CustomersOfDay[] {
  const days: CustomersOfDay[] = []
  let total = customers
  for (let day = Math.floor(now / DAY_MS); day >= from / DAY_MS; day -= 1) {
    const came = created.get(day) ?? 0
    const went = deleted.get(day) ?? 0
    days.push({ day: dayOf(day * DAY_MS), created: came, deleted: went, total })
    total += went - came
  }
  return days.toReversed()
}

const toProject = (row: Row): ProjectReport => ({
  projectId: row['project_id'] as string,
  name: row['name'] as string,
  type: row['type'] as ProjectType,
  createdAt: row['created_at'] as number,
  customers: row['customers'] as number,
  asOf: row['as_of'] as number,
})

const toHeld = (row: Row): HeldSubscriptions & { projectId: string } => ({
  projectId: row['project_id'] as string,
  status: row['status'] as string,
  access: true,
  currency: row['currency'] as string,
  monthlyAmount: row['monthly_amount'] as number,
  discounts: JSON.parse(row['discounts'] as string) as Discount[],
  cancelAt: row['cancel_at'] as number | null,
  endedAt: null,
  count: row['n'] as number,
})

const toSales = (row: Row): Sales => ({
  currency: row['currency'] as string,
  orders: row['orders'] as number,
  paid: row['paid'] as number,
  refunded: row['refunded'] as number,
  lost: row['lost'] as number,
  revenue: row['revenue'] as number,
})
