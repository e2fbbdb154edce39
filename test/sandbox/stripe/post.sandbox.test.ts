/** Events and their delivery in the sandbox: signatures, retries, disorder, faults, and what survives a restart. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startSandbox } from '../../support/sandbox.ts'
import { aShop, refusal } from '../../support/shop.ts'
import type { RunningSandbox } from '../../support/sandbox.ts'

const HOUR_MS = 3_600_000

let sandbox: RunningSandbox
beforeAll(async () => void (sandbox = await startSandbox()))
afterAll(() => sandbox.stop())
beforeEach(async () => void (await sandbox.forget()))
afterEach(async () => {
  await sandbox.control('POST', '/stripe/delivery', {})
  await sandbox.control('DELETE', '/faults')
  await sandbox.answerWith(200)
})

const ids = (events: { id: string }[]) => events.map(({ id }) => id)

interface Shown {
  events: { id: string; type: string; deliveries: { state: string; attempts: number }[] }[]
}

test('an event carries the whole envelope, and its account only if it is a connected one', async () => {
  const shop = await aShop(sandbox)
  const customer = await shop.stripe.customers.create({ email: 'a@b.co' }, { idempotencyKey: 'k1' })
  await sandbox.stripe().customers.create()
  const told = (await sandbox.heard()).filter(({ type }) => type === 'customer.created')
  expect(told.map(({ path, account }) => [path, account])).toEqual([
    ['/webhook/stripe', shop.account],
    ['/webhook/stripe/platform', undefined],
  ])
  expect(told[0]).toMatchObject({
    object: 'event',
    api_version: '2026-10-28.endive',
    livemode: false,
    data: { object: { id: customer.id, object: 'customer' } },
    request: { idempotency_key: 'k1' },
  })
})

test('an update names the old values, and no update means no event', async () => {
  const shop = await aShop(sandbox)
  const { id } = await shop.stripe.customers.create({ name: 'A', metadata: { a: '1', b: '2' } })
  await shop.stripe.customers.update(id, { name: 'B', metadata: { a: '3' } })
  await shop.stripe.customers.update(id, { name: 'B' })
  const updates = (await shop.heard()).filter(({ type }) => type === 'customer.updated')
  expect(updates.map((event) => event.data.previous_attributes)).toEqual([{ name: 'A', metadata: { a: '1' } }])
})

test('live events are signed with the live secret', async () => {
  const { account } = await aShop(sandbox)
  await sandbox.stripe({ account, mode: 'live' }).customers.create()
  const told = (await sandbox.heard()).filter((event) => event.account === account && event.livemode)
  expect(told).toHaveLength(1)
})

test('a refused delivery is repeated after 5 seconds, 5 minutes, 30 minutes … and given up after three days', async () => {
  const shop = await aShop(sandbox)
  await sandbox.settle()
  await sandbox.answerWith(500)
  await sandbox.forget()
  await shop.stripe.customers.create()
  const attempts = async () => (await shop.heard()).length
  const steps: [ms: number, attempts: number][] = [
    [0, 1],
    [5100, 2],
    [5 * 60_000, 3],
    [30 * 60_000, 4],
    [2 * HOUR_MS, 5],
    [5 * HOUR_MS, 6],
    [10 * HOUR_MS, 7],
    [12 * HOUR_MS, 8],
  ]
  for (const [ms, expected] of steps) {
    await sandbox.advance(ms)
    expect(await attempts()).toBe(expected)
  }
  await sandbox.advance(10 * 24 * HOUR_MS)
  const final = await attempts()
  await sandbox.advance(10 * 24 * HOUR_MS)
  expect(await attempts()).toBe(final)
  expect((await shop.stripe.events.list({ delivery_success: false })).data).toHaveLength(1)
})

test('a delivery that failed arrives when the app is well again, and counts as delivered', async () => {
  const shop = await aShop(sandbox)
  await sandbox.settle()
  await sandbox.answerWith(503)
  await shop.stripe.customers.create()
  await sandbox.settle()
  await sandbox.answerWith(200)
  await sandbox.advance(6000)
  expect((await shop.stripe.events.list({ delivery_success: false })).data).toEqual([])
  const [event] = (await shop.stripe.events.list({ type: 'customer.created' })).data
  expect(event?.pending_webhooks).toBe(0)
})

test('chaos is deterministic: the same seed doubles and drops the same events', async () => {
  const rounds: number[][] = []
  for (let round = 0; round < 2; round++) {
    const shop = await aShop(sandbox)
    await sandbox.settle()
    await sandbox.control('POST', '/stripe/delivery', { duplicate: 0.4, drop: 0.3, seed: 7 })
    const made: string[] = []
    for (let count = 0; count < 12; count++) made.push((await shop.stripe.customers.create()).id)
    const told = (await shop.heard()).filter(({ type }) => type === 'customer.created')
    rounds.push(made.map((id) => told.filter((event) => (event.data.object as { id: string }).id === id).length))
  }
  expect(rounds[0]).toEqual(rounds[1])
  expect(new Set(rounds[0])).toEqual(new Set([0, 1, 2]))
})

test('paused post waits, reordered post comes in another order, and nothing is lost', async () => {
  const shop = await aShop(sandbox)
  await sandbox.settle()
  await sandbox.forget()
  await sandbox.control('POST', '/stripe/delivery', { paused: true })
  for (let count = 0; count < 8; count++) await shop.stripe.customers.create()
  await sandbox.advance(HOUR_MS)
  expect(await shop.heard()).toEqual([])
  await sandbox.control('POST', '/stripe/delivery', { reorder: true, seed: 3 })
  const told = ids(await shop.heard())
  const made = ids((await shop.stripe.events.list({ limit: 100, type: 'customer.created' })).data).toReversed()
  expect([...told].sort()).toEqual([...made].sort())
  expect(told).not.toEqual(made)
})

test('an event can be delivered again, with the same id and body', async () => {
  const shop = await aShop(sandbox)
  await shop.stripe.customers.create()
  const [event] = (await shop.heard()).filter(({ type }) => type === 'customer.created')
  await sandbox.control('POST', `/stripe/events/${event?.id}/redeliver`, { times: 2 })
  expect(ids(await shop.heard()).filter((id) => id === event?.id)).toHaveLength(3)
  const { body } = await sandbox.control<Shown>('GET', `/stripe/events?account=${shop.account}&type=customer.created`)
  expect(body.events[0]?.deliveries).toHaveLength(3)
})

test('events are listed by type and account, and belong to nobody else', async () => {
  const [shop, other] = [await aShop(sandbox), await aShop(sandbox)]
  await shop.stripe.customers.create()
  const { data } = await shop.stripe.events.list({ types: ['customer.created'] })
  expect(data).toHaveLength(1)
  expect((await refusal(other.stripe.events.retrieve(data[0]?.id ?? ''))).statusCode).toBe(404)
})

test('a planned refusal strikes the planned number of times, in the shape stripe-node retries', async () => {
  const { account, stripe } = await aShop(sandbox)
  await sandbox.control('POST', '/faults', {
    service: 'stripe',
    path: '/v1/customers',
    kind: 'status',
    status: 500,
    times: 2,
  })
  expect((await refusal(stripe.customers.create())).statusCode).toBe(500)
  await sandbox.stripe({ account, retries: 2 }).customers.create()
  await sandbox.control('POST', '/faults', { service: 'stripe', kind: 'status', status: 429 })
  expect((await refusal(stripe.customers.list())).type).toBe('StripeRateLimitError')
})

test('an answer lost after the commit is learnt by asking again with the same key', async () => {
  const { stripe } = await aShop(sandbox)
  await sandbox.control('POST', '/faults', {
    service: 'stripe',
    method: 'POST',
    path: '/v1/customers',
    kind: 'timeout_after_commit',
  })
  const ask = () => stripe.customers.create({ email: 'a@b.co' }, { idempotencyKey: 'lost' })
  await refusal(ask())
  const found = await ask()
  expect(ids((await stripe.customers.list()).data)).toEqual([found.id])
})

test('a lost connection before the commit leaves nothing behind', async () => {
  const { stripe } = await aShop(sandbox)
  await sandbox.control('POST', '/faults', { service: 'stripe', path: '^/v1/cust', kind: 'network' })
  await refusal(stripe.customers.create())
  expect((await stripe.customers.list()).data).toEqual([])
})

test('a key that is in flight is refused with 409', async () => {
  const { stripe } = await aShop(sandbox)
  await sandbox.control('POST', '/faults', { service: 'stripe', path: '/v1/customers', kind: 'delay', delayMs: 300 })
  const ask = () => stripe.customers.create({}, { idempotencyKey: 'twice' })
  const slow = ask()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect((await refusal(ask())).statusCode).toBe(409)
  expect((await slow).object).toBe('customer')
})

test('clerk can fail too, in its own shape', async () => {
  await sandbox.control('POST', '/faults', { service: 'clerk', kind: 'status', status: 429 })
  const response = await sandbox.toService('https://api.clerk.com/v1/users')
  const body = (await response.json()) as { errors: { code: string }[] }
  expect([response.status, body.errors[0]?.code]).toEqual([429, 'too_many_requests'])
})

test('time, objects and undelivered events survive a restart', async () => {
  const persist = await mkdtemp(join(tmpdir(), 'sandbox-'))
  const before = await startSandbox({ persist })
  await before.answerWith(500)
  const shop = await aShop(before)
  const { id } = await shop.stripe.customers.create()
  await before.settle()
  await before.advance(1000 * HOUR_MS)
  await shop.stripe.customers.update(id, { name: 'still here' })
  await before.settle()
  const offset = await before.clock()
  await before.stop()

  const after = await startSandbox({ persist })
  expect(await after.clock()).toBe(offset)
  await after.advance(10_000)
  const told = (await after.heard()).filter(({ type }) => type === 'customer.updated')
  expect(told.map((event) => (event.data.object as { id: string }).id)).toEqual([id])
  await after.stop()
  await rm(persist, { recursive: true, force: true })
})
