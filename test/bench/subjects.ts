/** What is measured: the floor, our path in its variants, and the original's. */

import { mintToken } from '../sandbox/clerk/token.ts'
import { customerId } from './customer.ts'
import { UNIQUE } from './load.ts'
import type { Made } from './setup.ts'
import { SIGN_IN_ORIGIN, type Entrypoint } from './server.ts'

export interface Subject {
  readonly name: string
  readonly title: string
  readonly entrypoint: Entrypoint
  /** At most so many at a time. */
  readonly connections: number
  /** Uses counted by one request. */
  readonly items: number
  /** Whose afterwork counts. */
  readonly projectId: string | null
  /** Anew for each round. */
  requests(): string[]
}

export const CUSTOMERS = 1_000
export const MANY_CUSTOMERS = 1_000_000
const TOKEN_SECONDS = 3_600
/** More than one round can send, so that no customer is met much more often than another. */
const SAMPLE = 30_000
const BATCHES = 20
const BATCH_CONNECTIONS = 4

export async function allSubjects(small: Made, large: Made | null): Promise<Subject[]> {
  const tokens = await Promise.all(Array.from({ length: CUSTOMERS }, (_, n) => tokenOf(n, small.publishableKey)))
  const everyone = Array.from({ length: CUSTOMERS }, (_, n) => n)
  const [first = ''] = tokens
  return [
    subject('hello', 'bare Worker', 'hello', () => [get({})]),
    subject('naive', 'naive floor: Worker → object, one upsert and one commit a call', 'naive', () =>
      everyone.map((n) => get({ 'X-User-Id': customerId(n) })),
    ),
    ours('secret', 'secret key, 1,000 customers', small, () => everyone.map((n) => bySecret(small, n))),
    ours('secret hot', 'secret key, 1 customer', small, () => [bySecret(small, 0)]),
    ours('token', 'customer token, 1,000 customers', small, () => tokens.map((token) => byToken(small, token))),
    ours('token hot', 'customer token, 1 customer', small, () => [byToken(small, first)]),
    ours('idempotent', 'secret key and Idempotency-Key', small, () =>
      everyone.map((n) => bySecret(small, n, { 'Idempotency-Key': UNIQUE })),
    ),
    ...(large === null
      ? []
      : [
          ours('million', 'secret key, 1,000,000 customers', large, () =>
            Array.from({ length: SAMPLE }, () => bySecret(large, Math.floor(Math.random() * MANY_CUSTOMERS))),
          ),
        ]),
    batch('batch 100', small, 100),
    batch('batch 1000', small, 1_000),
    subject('original', 'the original’s path: 2 KV reads and 7 D1 statements', 'original', () =>
      everyone.map((n) => get({ 'X-User-Id': customerId(n) })),
    ),
  ]
}

const subject = (name: string, title: string, entrypoint: Entrypoint, requests: () => string[]): Subject => ({
  name,
  title,
  entrypoint,
  connections: Infinity,
  items: 1,
  projectId: null,
  requests,
})

const ours = (name: string, title: string, { projectId }: Made, requests: () => string[]): Subject => ({
  ...subject(name, title, 'default', requests),
  projectId,
})

const batch = (name: string, made: Made, items: number): Subject => ({
  ...ours(name, `batches of ${items.toLocaleString('en')} items, ${BATCH_CONNECTIONS} connections`, made, () =>
    Array.from({ length: BATCHES }, (_, part) => batchRequest(made, { items, part })),
  ),
  connections: BATCH_CONNECTIONS,
  items,
})

const bySecret = (made: Made, n: number, headers: Record<string, string> = {}) =>
  post('/api/data', { Authorization: `Bearer ${made.secretKey}`, 'X-User-Id': customerId(n), ...headers }, '{}')

const byToken = (made: Made, token: string) =>
  post('/api/data', { 'X-Publishable-Key': made.publishableKey, 'X-Clerk-Token': token }, '{}')

function batchRequest(made: Made, { items, part }: { items: number; part: number }): string {
  const list = Array.from({ length: items }, (_, index) => ({
    customerId: customerId((part * items + index) % CUSTOMERS),
  }))
  return post('/api/usage/batch', { Authorization: `Bearer ${made.secretKey}` }, JSON.stringify({ items: list }))
}

function tokenOf(n: number, publishableKey: string): Promise<string> {
  const now = Date.now()
  return mintToken({
    instance: 'test',
    user: {
      id: customerId(n),
      email_addresses: [],
      primary_email_address_id: null,
      public_metadata: { publishableKey, plan: 'bench' },
    } as unknown as Parameters<typeof mintToken>[0]['user'],
    sessionId: `sess_2${String(n).padStart(26, '0')}`,
    azp: SIGN_IN_ORIGIN,
    issuedAt: now,
    expiresIn: TOKEN_SECONDS,
  })
}

const get = (headers: Record<string, string>) => request('GET /', headers)

const post = (path: string, headers: Record<string, string>, body: string) =>
  request(`POST ${path}`, { ...headers, 'Content-Type': 'application/json', 'Content-Length': String(body.length) }) +
  body

const request = (line: string, headers: Record<string, string>): string =>
  [`${line} HTTP/1.1`, 'Host: localhost', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join(
    '\r\n',
  ) + '\r\n\r\n'
