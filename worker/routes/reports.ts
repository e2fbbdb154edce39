/** All projects of an account in figures, from D1. */

import { subscriptionFigures } from '../../objects/metrics.ts'
import type { Report } from '../../sdk/schema/answers/figures.ts'
import type { Said } from '../../sdk/schema/answers/words.ts'
import type { ProjectType } from '../../sdk/schema/common.ts'
import { ReportQuery, type ReportTable } from '../../sdk/schema/report.ts'
import { toCsv } from '../csv.ts'
import { json, parseQuery } from '../http.ts'
import { dayOf, readReports, startOf, type ProjectReport, type Reports, type Sales } from '../reports.ts'
import type { SeatedCall } from '../router.ts'
import { estimateOf } from './billing.ts'

/** The days are UTC's; the last of them is today. `asOf` is the oldest of the mirrors that it was read from. */
export async function account({ url, env, seat }: SeatedCall): Promise<Response> {
  const { mode, days, table, projectId = null } = parseQuery(url, ReportQuery)
  const now = Date.now()
  const from = startOf(days, now)
  const reports = await readReports({ platformId: seat.platformId, mode, projectId, from, now }, env)
  if (table !== undefined) return toTable(table, reports, { now, name: `${table}-${mode}-${dayOf(now)}` })
  const customers = sum(reports.projects, (project) => project.customers)
  return json({
    mode,
    from: dayOf(from),
    to: dayOf(now),
    asOf: reports.projects.length === 0 ? null : Math.min(...reports.projects.map(({ asOf }) => asOf)),
    totals: {
      projects: { total: reports.projects.length, ...countByType(reports.projects) },
      customers,
      estimate: mode === 'live' ? estimateOf(customers) : null,
      ...subscriptionFigures(reports.subscriptions, now),
      sales: salesByCurrency(reports.sales),
    },
    projects: reports.projects.map((project) => ({ ...project, ...figuresOf(project, reports, now) })),
    customersByDay: reports.customersByDay,
    salesByDay: reports.salesByDay,
    usageByDay: reports.usageByDay,
  } satisfies Said<typeof Report>)
}

const sum = <T>(list: readonly T[], of: (one: T) => number): number => list.reduce((total, one) => total + of(one), 0)

function countByType(projects: readonly ProjectReport[]): Record<ProjectType, number> {
  const countOf = (type: ProjectType) => projects.filter((project) => project.type === type).length
  return { saas: countOf('saas'), store: countOf('store'), membership: countOf('membership') }
}

function figuresOf({ projectId }: ProjectReport, { subscriptions, sales }: Reports, now: number) {
  const ofIt = <T extends { projectId: string }>(rows: readonly T[]) =>
    rows.filter((row) => row.projectId === projectId)
  return { ...subscriptionFigures(ofIt(subscriptions), now), sales: salesByCurrency(ofIt(sales)) }
}

/** Most orders first. Currencies are never added up. */
function salesByCurrency(sales: readonly Sales[]): Sales[] {
  return [...Map.groupBy(sales, ({ currency }) => currency)]
    .map(([currency, alike]) => ({
      currency,
      orders: sum(alike, ({ orders }) => orders),
      paid: sum(alike, ({ paid }) => paid),
      refunded: sum(alike, ({ refunded }) => refunded),
      lost: sum(alike, ({ lost }) => lost),
      revenue: sum(alike, ({ revenue }) => revenue),
    }))
    .toSorted((a, b) => b.orders - a.orders)
}

const SALES_COLUMNS = ['currency', 'orders', 'paid', 'refunded', 'lost', 'revenue'] as const
const COLUMNS = {
  projects: [
    'projectId',
    'name',
    'type',
    'customers',
    'activeSubs',
    'trialingSubs',
    'cancelingSubs',
    'currency',
    'mrr',
    'pastDueMrr',
    'trialMrr',
    'mrrLeaving',
    'orders',
    'revenue',
    'asOf',
  ],
  customers: ['day', 'created', 'deleted', 'total'],
  revenue: ['day', ...SALES_COLUMNS],
  usage: ['day', 'meter', 'used', 'calls'],
} as const satisfies Record<ReportTable, readonly string[]>

function toTable(table: ReportTable, reports: Reports, { now, name }: { now: number; name: string }): Response {
  const rows = {
    projects: projectLines,
    customers: () => reports.customersByDay,
    revenue: () => reports.salesByDay,
    usage: () => reports.usageByDay,
  }
  const lines = rows[table](reports, now).map((row) => ({ ...row }) as Record<string, string | number>)
  return toCsv(COLUMNS[table], lines, { name, nextCursor: null })
}

/** A line for each currency of a project, and one without for a project that has earned nothing. */
function projectLines(reports: Reports, now: number): Record<string, string | number>[] {
  return reports.projects.flatMap((project) => {
    const { mrrByCurrency, sales, activeSubs, trialingSubs, cancelingSubs } = figuresOf(project, reports, now)
    const currencies = new Set([...mrrByCurrency, ...sales].map(({ currency }) => currency))
    const facts = { ...project, asOf: new Date(project.asOf).toISOString(), activeSubs, trialingSubs, cancelingSubs }
    return (currencies.size === 0 ? [''] : [...currencies]).map((currency) => ({
      ...facts,
      ...mrrByCurrency.find((one) => one.currency === currency),
      ...sales.find((one) => one.currency === currency),
      currency,
    }))
  })
}
