/** Fills the tables of a project with customers who have used something this month, faster than any call could. */

import { CUSTOMER_ID } from './customer.ts'

const NUMBERS = 'WITH RECURSIVE numbers (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?2)'

/** Rows of revision 0: the reports already have them. */
export function seed(sql: SqlStorage, { from, to }: { from: number; to: number }): void {
  const now = new Date()
  const start = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)
  const end = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)
  sql
    .exec(
      `${NUMBERS} INSERT INTO customers (id, email, origin, created_at, revision)
       SELECT ${CUSTOMER_ID}, printf('customer%d@example.com', n), 'clerk', ?3 - n * 1000, 0 FROM numbers`,
      from,
      to,
      now.getTime(),
    )
    .toArray()
  sql
    .exec(
      `${NUMBERS} INSERT INTO usage (customer_id, meter, period_start, period_end, used, updated_at, revision)
       SELECT ${CUSTOMER_ID}, 'requests', ?3, ?4, 1, ?5, 0 FROM numbers`,
      from,
      to,
      start,
      end,
      now.getTime(),
    )
    .toArray()
}
