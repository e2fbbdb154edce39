/** What an owner makes, asked for again under its Idempotency-Key [D2]: made once, and shown again with its secret. */

import { expect, it } from 'vitest'
import { secret, useApp, type Answer, type Body, type TestProject } from '../support/app.ts'
import { LADDER, tier } from '../support/billing.ts'

const app = useApp()

const heard = () => ({ url: `${app().server.url}/sandbox/receivers/repeated`, events: ['order.paid'] })
const keyList = async (project: TestProject) => (await app().ok('GET', '/api/keys', { headers: secret(project) })).keys
const endpointList = async (project: TestProject) =>
  (await app().ok('GET', '/api/webhook-endpoints', { headers: secret(project) })).endpoints

interface Made {
  readonly path: string
  readonly body: object
  readonly other: object
  /** How many there are of what it makes. */
  readonly count: (project: TestProject) => Promise<number>
}

const makings: readonly (readonly [string, (project: TestProject) => Promise<Made>])[] = [
  [
    'a key',
    async () => ({
      path: '/api/keys',
      body: { name: 'ci', scopes: ['read'] },
      other: { name: 'ci', scopes: ['usage'] },
      count: async (project) => (await keyList(project)).length,
    }),
  ],
  [
    'another key in place of one',
    async (project) => {
      await app().ok('POST', '/api/keys', { headers: secret(project), body: { name: 'old', scopes: ['read'] } })
      return {
        path: '/api/keys/old/rotate',
        body: { overlap: '1h' },
        other: { overlap: '0' },
        count: async () => (await keyList(project)).length,
      }
    },
  ],
  [
    'an endpoint of webhooks',
    async () => ({
      path: '/api/webhook-endpoints',
      body: heard(),
      other: { ...heard(), events: ['order.refunded'] },
      count: async (project) => (await endpointList(project)).length,
    }),
  ],
  [
    'another secret of an endpoint',
    async (project) => {
      const made = await app().ok('POST', '/api/webhook-endpoints', { headers: secret(project), body: heard() })
      return {
        path: `/api/webhook-endpoints/${made.endpoint.id}/rotate`,
        body: { overlap: '1h' },
        other: { overlap: '0' },
        count: async () => (await endpointList(project)).length,
      }
    },
  ],
  [
    'a tier',
    async () => ({
      path: '/api/tiers',
      body: tier({ slug: 'team', displayName: 'Team', unitAmount: 9000 }),
      other: tier({ slug: 'team', displayName: 'Team', unitAmount: 1 }),
      count: async (project) => (await app().ok('GET', '/api/tiers/all', { headers: secret(project) })).tiers.length,
    }),
  ],
]

it.each(makings)('%s', async (_, begin) => {
  const project = await app().project({ tiers: LADDER })
  const { path, body, other, count } = await begin(project)
  const before = await count(project)
  const ask = (key: string, asked: object): Promise<Answer<Body>> =>
    app().call('POST', path, { headers: { ...secret(project), 'Idempotency-Key': key }, body: asked })
  const answers = await Promise.all(['one', 'one', 'one'].map((key) => ask(key, body)))
  const [first, ...again] = answers.map(({ status, body: answered }) => ({ status, answered }))
  expect(first?.status).toBe(201)
  for (const answer of again) expect(answer).toEqual(first)
  expect((await ask('one', body)).body).toEqual(first?.answered)
  expect((await count(project)) - before).toBe(path.includes('webhook-endpoints/') ? 0 : 1)
  expect((await ask('one', other)).body.code).toBe('idempotency_mismatch')
  if (!path.endsWith('/rotate')) return
  const second = await ask('two', body)
  expect([second.status, second.body.secretKey ?? second.body.secret]).not.toEqual([
    201,
    first?.answered.secretKey ?? first?.answered.secret,
  ])
})
