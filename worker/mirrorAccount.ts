/** Copies an account's row to D1, by revision, and counts its customers there from the mirrors of its projects. */

import type { Env } from './env.ts'
import { accountAt } from './stub.ts'

export async function mirrorAccount(platformId: string, env: Env): Promise<null> {
  const report = await accountAt(env, platformId).toReport()
  if (report === null) return null
  const { revision, profile, counted } = report
  const { subscription } = profile
  const row = {
    platform_id: platformId,
    revision,
    name: profile.deletedAt === null ? profile.name : null,
    email: profile.deletedAt === null ? profile.email : null,
    created_at: profile.createdAt,
    status: subscription?.status ?? null,
    trial_end: subscription?.trialEnd ?? null,
    current_period_end: subscription?.currentPeriodEnd ?? null,
    cancel_at: subscription?.cancelAt ?? null,
    ended_at: profile.endedAt,
    deleting_at: profile.deletingAt,
    deleted_at: profile.deletedAt,
    counted_day: counted?.day ?? null,
    counted_customers: counted?.customers ?? null,
  }
  const names = Object.keys(row)
  const updates = names.slice(1).map((name) => `${name} = excluded.${name}`)
  const upsert = env.DB.prepare(
    `INSERT INTO account_rows (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
     ON CONFLICT (platform_id) DO UPDATE SET ${updates.join(', ')} WHERE excluded.revision > revision`,
  ).bind(...Object.values(row))
  await env.DB.batch([upsert, countCustomers(platformId, env)])
  return null
}

/** An account's customers as the mirrors of its projects have them. Nothing is written when the numbers are right. */
export const countCustomers = (platformId: string, env: Env): D1PreparedStatement =>
  env.DB.prepare(
    `UPDATE account_rows SET live_customers = counted.live, test_customers = counted.test
     FROM (SELECT coalesce(sum(customers) FILTER (WHERE mode = 'live'), 0) AS live,
                  coalesce(sum(customers) FILTER (WHERE mode = 'test'), 0) AS test
           FROM project_mirrors WHERE platform_id = ?1) AS counted
     WHERE platform_id = ?1 AND (live_customers, test_customers) <> (counted.live, counted.test)`,
  ).bind(platformId)
