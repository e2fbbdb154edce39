/** What is measured: the floor, our path in its variants, and the original's. */

import { mintToken } from '../sandbox/clerk/token.ts'
import { customerId } from './customer.ts'
import { UNIQUE } from './load.ts'
import type { Made, Shop } from './setup.ts'
import { PROJECT_HEADER, VARIANT_HEADER } from './shop.ts'
import { SIGN_IN_ORIGIN, type Entrypoint } from './server.ts'

/** What is measured together: what the platform costs belongs to all of it. */
export type Group = 'floor' | 'usage' | 'store'

export interface Subject {
  readonly name: string
  readonly group: Group
  readonly title: string
  readonly entrypoint: Entrypoint
  /** At most so many at a time. */
  readonly connections: number
  /** Uses counted by one request. */
  readonly items: number
  /** Whose afterwork counts. */
  readonly projectId: string | null
  /** What each request is answered with. */
  readonly status: number
  /** Asked of the back door after each round, unmeasured. */
  readonly afterwards: string | null
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
export const LIST_PATH = '/api/products?limit=100'

const everyone = Array.from({ length: CUSTOMERS }, (_, n) => n)

export const floors = (): Subject[] => [
  subject('hello', 'floor', 'bare Worker', 'hello', () => [get('/')]),
  subject('naive', 'floor', 'naive floor: Worker → object, one upsert and one commit a call', 'naive', () =>
    everyone.map((n) => get('/', { 'X-User-Id': customerId(n) })),
  ),
]

export async function usageSubjects(small: Made, large: Made | null): Promise<Subject[]> {
  const tokens = await Promise.all(Array.from({ length: CUSTOMERS }, (_, n) => tokenOf(n, small.publishableKey)))
  const [first = ''] = tokens
  return [
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
    subject('original', 'usage', 'the original’s path: 2 KV reads and 7 D1 statements', 'original', () =>
      everyone.map((n) => get('/', { 'X-User-Id': customerId(n) })),
    ),
  ]
}

/** Listing and reserving never share a shop: a shelf whose stock moves is never unchanged. */
export function storeSubjects(shops: { few: Listed; many: Listed; carts: Shop }): Subject[] {
  const { variantIds } = shops.carts
  return [
    list('list 6', '6 products', shops.few),
    unchanged('list 6 304', '6 products, unchanged (304)', shops.few),
    list('list 100', '100 products', shops.many),
    unchanged('list 100 304', '100 products, unchanged (304)', shops.many),
    reserve('cart 1', 'cart reserved, 1 variant hot', shops.carts, variantIds.slice(0, 1)),
    reserve('cart 100', 'cart reserved, 100 variants hot', shops.carts, variantIds),
  ]
}

/** A shop, and what its shelf was when it was last listed. */
export interface Listed extends Shop {
  readonly etag: string
}

const list = (name: string, title: string, shop: Listed): Subject =>
  subject(name, 'store', title, 'default', () => [listRequest(shop)])

const unchanged = (name: string, title: string, shop: Listed): Subject => ({
  ...subject(name, 'store', title, 'default', () => [listRequest(shop, { 'If-None-Match': shop.etag })]),
  status: 304,
})

const reserve = (name: string, title: string, { projectId }: Shop, variantIds: readonly string[]): Subject => ({
  ...subject(name, 'store', title, 'cart', () =>
    variantIds.map((id) => get('/', { [PROJECT_HEADER]: projectId, [VARIANT_HEADER]: id })),
  ),
  projectId,
  afterwards: `/release?project=${projectId}`,
})

const subject = (
  name: string,
  group: Group,
  title: string,
  entrypoint: Entrypoint,
  requests: () => string[],
): Subject => ({
  name,
  group,
  title,
  entrypoint,
  connections: Infinity,
  items: 1,
  projectId: null,
  status: 200,
  afterwards: null,
  requests,
})

const ours = (name: string, title: string, { projectId }: Made, requests: () => string[]): Subject => ({
  ...subject(name, 'usage', title, 'default', requests),
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

const listRequest = ({ publishableKey }: Made, headers: Record<string, string> = {}) =>
  get(LIST_PATH, { 'X-Publishable-Key': publishableKey, ...headers })

const get = (path: string, headers: Record<string, string> = {}) => request(`GET ${path}`, headers)

const post = (path: string, headers: Record<string, string>, body: string) =>
  request(`POST ${path}`, { ...headers, 'Content-Type': 'application/json', 'Content-Length': String(body.length) }) +
  body

const request = (line: string, headers: Record<string, string>): string =>
  [`${line} HTTP/1.1`, 'Host: localhost', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join(
    '\r\n',
  ) + '\r\n\r\n'
