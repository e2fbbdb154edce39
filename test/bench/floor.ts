/** What the platform itself costs: a Worker that only answers, and one that counts in the most naive way that is right. */

import { DurableObject } from 'cloudflare:workers'

export const hello = { fetch: () => Response.json({ hello: 'world' }) } satisfies ExportedHandler

/** One statement and one commit a call: nothing is checked, nobody is known, nothing is kept but the count. */
export class Counter extends DurableObject<unknown> {
  readonly #sql: SqlStorage

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec('CREATE TABLE IF NOT EXISTS counts (customer TEXT PRIMARY KEY, used INTEGER) STRICT, WITHOUT ROWID')
  }

  count(customer: string): number {
    const { used } = this.#sql
      .exec<{ used: number }>(
        'INSERT INTO counts VALUES (?, 1) ON CONFLICT (customer) DO UPDATE SET used = used + 1 RETURNING used',
        customer,
      )
      .one()
    return used
  }
}

export const naive = {
  async fetch(request, env) {
    const customer = request.headers.get('X-User-Id') ?? 'nobody'
    return Response.json({ used: await env.COUNTER.getByName('counter').count(customer) })
  },
} satisfies ExportedHandler<{ COUNTER: DurableObjectNamespace<Counter> }>
