/** Reports over days: which mode, how many days back from today (UTC), and one table of them as CSV. */

import * as v from 'valibot'
import { line, MODES } from './common.ts'

export const REPORT_TABLES = ['projects', 'customers', 'revenue', 'usage'] as const
export type ReportTable = (typeof REPORT_TABLES)[number]

const DAYS_MAX = 366
const PROBLEM = `must be a whole number from 1 to ${DAYS_MAX}`

export const Days = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^\d{1,3}$/, PROBLEM),
    v.transform(Number),
    v.minValue(1, PROBLEM),
    v.maxValue(DAYS_MAX, PROBLEM),
  ),
  '30',
)

export const ReportQuery = v.pipe(
  v.strictObject({
    mode: v.optional(v.picklist(MODES), 'live'),
    days: Days,
    /** One project only. */
    projectId: v.optional(line(40)),
    /** One table only. */
    table: v.optional(v.picklist(REPORT_TABLES)),
    format: v.optional(v.picklist(['json', 'csv']), 'json'),
  }),
  v.check(
    ({ table, format }) => (table === undefined) === (format === 'json'),
    'must name a table when the format is csv, and only then',
  ),
)
