/** What the app asked of the API, for tests to read. Secrets never enter. */
import type { Json } from './types.ts'

const KEPT = 10_000
const SECRET = /secret|code$|token|password|card\[number\]/i

export interface Request {
  at: number
  method: string
  path: string
  account: string | null
  mode: string | null
  idempotencyKey: string | null
  params: Json
  status: number
}

export function createRequestLog(sql: SqlStorage) {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS stripe_requests (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      path TEXT NOT NULL,
      body TEXT NOT NULL
    ) STRICT`)
}

export function logRequest(sql: SqlStorage, request: Request) {
  const body = JSON.stringify({ ...request, params: redact(request.params) })
  sql.exec('INSERT INTO stripe_requests (path, body) VALUES (?, ?)', request.path, body)
  sql.exec('DELETE FROM stripe_requests WHERE seq <= (SELECT MAX(seq) FROM stripe_requests) - ?', KEPT)
}

export function readRequests(sql: SqlStorage, path: string | null, limit: number): Request[] {
  return sql
    .exec<{ body: string }>(
      'SELECT body FROM stripe_requests WHERE ?1 IS NULL OR instr(path, ?1) > 0 ORDER BY seq DESC LIMIT ?2',
      path,
      limit,
    )
    .toArray()
    .map(({ body }) => JSON.parse(body) as Request)
}

export function forgetRequests(sql: SqlStorage) {
  sql.exec('DELETE FROM stripe_requests')
}

function redact(value: Json): Json {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (key !== 'promotion_code' && SECRET.test(key)) return [key, '[redacted]']
      return [key, isHash(item) ? redact(item) : item]
    }),
  )
}

function isHash(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
