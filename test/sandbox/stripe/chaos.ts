/** How badly the post behaves: duplicates, drops, delays, disorder. Deterministic by seed; kept in one row. */

export interface Chaos {
  duplicate: number
  drop: number
  delayMs: number
  reorder: boolean
  paused: boolean
  seed: number
}

const CALM: Chaos = { duplicate: 0, drop: 0, delayMs: 0, reorder: false, paused: false, seed: 1 }

export function createChaos(sql: SqlStorage) {
  sql.exec('CREATE TABLE IF NOT EXISTS stripe_chaos (id INTEGER PRIMARY KEY, settings TEXT, state INTEGER) STRICT')
  sql.exec('INSERT OR IGNORE INTO stripe_chaos VALUES (1, ?, ?)', JSON.stringify(CALM), CALM.seed)
}

export function chaosOf(sql: SqlStorage): Chaos {
  const row = sql.exec<{ settings: string }>('SELECT settings FROM stripe_chaos').one()
  return JSON.parse(row.settings) as Chaos
}

/** Replaces the settings; what is not given becomes calm again. The dice start over from the seed. */
export function setChaos(sql: SqlStorage, given: Partial<Chaos>): Chaos {
  const chaos = { ...CALM, ...given }
  sql.exec('UPDATE stripe_chaos SET settings = ?, state = ?', JSON.stringify(chaos), chaos.seed)
  return chaos
}

/** The next number in [0, 1) of the seeded dice (mulberry32). */
export function draw(sql: SqlStorage): number {
  const { state } = sql.exec<{ state: number }>('SELECT state FROM stripe_chaos').one()
  const next = (state + 0x6d2b79f5) >>> 0
  sql.exec('UPDATE stripe_chaos SET state = ?', next)
  let mixed = Math.imul(next ^ (next >>> 15), next | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
}

export function shuffle<T>(sql: SqlStorage, items: T[]): T[] {
  const mixed = [...items]
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(draw(sql) * (last + 1))
    ;[mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T]
  }
  return mixed
}
