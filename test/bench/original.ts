/**
 * The counted call of the original dream-api, statement by statement, in its order: each waits for the one before. It is
 * the kindest reading: schemas already checked, the token taken as verified, the e-mail known, and the rate limiter left
 * out because the original never bound it.
 */

interface Env {
  readonly ORIGINAL_KV: KVNamespace
  readonly ORIGINAL_DB: D1Database
}

const PERIOD_MS = 30 * 86_400_000

const TABLES = [
  `CREATE TABLE end_users (platformId TEXT, publishableKey TEXT, clerkUserId TEXT, email TEXT, status TEXT,
     createdAt INTEGER, updatedAt INTEGER, PRIMARY KEY (platformId, publishableKey, clerkUserId))`,
  `CREATE TABLE subscriptions (platformId TEXT, publishableKey TEXT, userId TEXT, plan TEXT, status TEXT,
     PRIMARY KEY (platformId, publishableKey, userId))`,
  `CREATE TABLE tiers (platformId TEXT, publishableKey TEXT, name TEXT, displayName TEXT, price INTEGER, "limit" INTEGER,
     features TEXT, popular INTEGER, priceId TEXT, productId TEXT, mode TEXT, PRIMARY KEY (publishableKey, name))`,
  `CREATE TABLE usage_counts (platformId TEXT, publishableKey TEXT, userId TEXT, plan TEXT, usageCount INTEGER,
     periodStart TEXT, periodEnd TEXT, updatedAt INTEGER, PRIMARY KEY (platformId, userId))`,
]

const KEY = 'pk_test_original'
const PLATFORM = 'plt_original'

export async function prepareOriginal({ ORIGINAL_KV: kv, ORIGINAL_DB: db }: Env): Promise<void> {
  await kv.put(`publishablekey:${KEY}:platformId`, PLATFORM)
  await kv.put(`platform:${PLATFORM}:subscription`, JSON.stringify({ status: 'active', currentPeriodEnd: 4e12 }))
  await db.batch(TABLES.map((table) => db.prepare(table)))
  await db
    .prepare(`INSERT INTO tiers VALUES (?, ?, 'free', 'Free', 0, 1000000000, '[]', 0, NULL, NULL, 'test')`)
    .bind(PLATFORM, KEY)
    .run()
}

export const original = {
  async fetch(request, env) {
    const user = request.headers.get('X-User-Id') ?? 'nobody'
    const platform = await env.ORIGINAL_KV.get(`publishablekey:${KEY}:platformId`)
    const standing = await env.ORIGINAL_KV.get<{ status: string }>(`platform:${platform}:subscription`, 'json')
    if (platform === null || standing?.status !== 'active')
      return Response.json({ error: 'Forbidden' }, { status: 403 })
    return Response.json(await count({ db: env.ORIGINAL_DB, platform, user }))
  },
} satisfies ExportedHandler<Env>

async function count({ db, platform, user }: { db: D1Database; platform: string; user: string }): Promise<object> {
  const now = Date.now()
  const day = (at: number) => new Date(at).toISOString().slice(0, 10)
  const known = await db
    .prepare('SELECT email FROM end_users WHERE platformId = ? AND publishableKey = ? AND clerkUserId = ?')
    .bind(platform, KEY, user)
    .first<{ email: string }>()
  await db
    .prepare(
      `INSERT INTO end_users VALUES (?, ?, ?, ?, 'active', ?, ?)
       ON CONFLICT (platformId, publishableKey, clerkUserId) DO UPDATE SET
         email = coalesce(excluded.email, email), status = excluded.status, updatedAt = excluded.updatedAt`,
    )
    .bind(platform, KEY, user, known?.email ?? `${user}@example.com`, now, now)
    .run()
  const subscription = await db
    .prepare(
      `SELECT plan, status FROM subscriptions
       WHERE platformId = ? AND userId = ? AND (publishableKey = ? OR publishableKey IS NULL)`,
    )
    .bind(platform, user, KEY)
    .first<{ plan: string }>()
  const { results: tiers } = await db
    .prepare('SELECT * FROM tiers WHERE platformId = ? AND (publishableKey = ? OR publishableKey IS NULL)')
    .bind(platform, KEY)
    .all<{ name: string; limit: number | null }>()
  const plan = subscription?.plan ?? 'free'
  const limit = tiers.find((tier) => tier.name === plan)?.limit ?? 0
  await db
    .prepare('INSERT OR IGNORE INTO usage_counts VALUES (?, ?, ?, ?, 0, ?, ?, ?)')
    .bind(platform, KEY, user, plan, day(now), day(now + PERIOD_MS), now)
    .run()
  const usage = await db
    .prepare('SELECT usageCount, periodStart, periodEnd FROM usage_counts WHERE platformId = ? AND userId = ?')
    .bind(platform, user)
    .first<{ usageCount: number }>()
  const used = usage?.usageCount ?? 0
  if (used >= limit) return { error: 'Tier limit reached', usageCount: used, limit }
  await db
    .prepare('UPDATE usage_counts SET usageCount = usageCount + 1, updatedAt = ? WHERE platformId = ? AND userId = ?')
    .bind(now, platform, user)
    .run()
  return { success: true, usage: { count: used + 1, limit, plan } }
}
