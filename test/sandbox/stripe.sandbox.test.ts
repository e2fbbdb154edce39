/** What every Stripe call of the sandbox guarantees: who may ask, what is refused, what is remembered, what is kept apart. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox } from '../support/sandbox.ts'
import type Stripe from 'stripe'
import type { RunningSandbox } from '../support/sandbox.ts'

let sandbox: RunningSandbox
beforeAll(async () => void (sandbox = await startSandbox()))
afterAll(() => sandbox.stop())

async function anAccount() {
  const { body } = await sandbox.control<{ id: string }>('POST', '/stripe/accounts', {})
  return { account: body.id, stripe: sandbox.stripe({ account: body.id }) }
}

/** The error a call is refused with; fails when it is not refused. */
async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call
  } catch (error) {
    return error as Stripe.errors.StripeError
  }
  throw new Error('the call was not refused')
}

const raw = (path: string, init: RequestInit = {}, key = 'sk_test_sandbox') =>
  sandbox.toService(`https://api.stripe.com${path}`, {
    ...init,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded', ...init.headers },
  })

test('refuses every key but its own two, and shows no more of a key than Stripe does', async () => {
  const response = await raw('/v1/customers', {}, 'sk_live_51abcdefghijkl')
  const { error } = (await response.json()) as { error: { type: string; message: string } }
  expect(response.status).toBe(401)
  expect(error.type).toBe('invalid_request_error')
  expect(error.message).not.toContain('abcdefgh')
  expect((await raw('/v1/customers', { headers: { authorization: '' } })).status).toBe(401)
})

test('refuses unknown addresses, parameters and enum words in the shape that stripe-node takes for an error', async () => {
  const { stripe } = await anAccount()
  const wrong = { mode: 'subscripton', success_url: 'https://a.example', line_items: [] }
  expect((await refusal(stripe.checkout.sessions.create(wrong))).param).toBe('mode')
  const misnamed = { emial: 'a@b.co' } as Stripe.CustomerCreateParams
  expect((await refusal(stripe.customers.create(misnamed))).code).toBe('parameter_unknown')
  const nowhere = await refusal(stripe.rawRequest('GET', '/v1/nowhere'))
  expect(nowhere.statusCode).toBe(404)
  expect(nowhere.message).toContain('Unrecognized request URL')
})

test('refuses what Stripe has and the sandbox has not, instead of ignoring it', async () => {
  const { stripe } = await anAccount()
  const shipping = { address: { line1: 'x' }, name: 'x' }
  expect((await refusal(stripe.customers.create({ shipping }))).code).toBe('sandbox_not_simulated')
  expect((await refusal(stripe.paymentIntents.create({ amount: 1, currency: 'usd' }))).statusCode).toBe(404)
})

test('refuses another API version and a body that is not a form', async () => {
  expect((await raw('/v1/customers', { headers: { 'stripe-version': '2024-06-20' } })).status).toBe(400)
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"email":"a@b.co"}' }
  expect((await raw('/v1/customers', json)).status).toBe(400)
})

test('keeps accounts apart: an object of one is missing in another, and an unknown account is forbidden', async () => {
  const [ours, theirs] = [await anAccount(), await anAccount()]
  const customer = await ours.stripe.customers.create({ email: 'a@b.co' })
  expect((await refusal(theirs.stripe.customers.retrieve(customer.id))).code).toBe('resource_missing')
  expect((await refusal(sandbox.stripe().customers.retrieve(customer.id))).statusCode).toBe(404)
  const nobody = await refusal(sandbox.stripe({ account: 'acct_nobody' }).customers.list())
  expect([nobody.statusCode, nobody.code]).toEqual([403, 'account_invalid'])
})

test('keeps test and live apart', async () => {
  const { account, stripe } = await anAccount()
  const customer = await stripe.customers.create({ email: 'a@b.co' })
  expect(customer.livemode).toBe(false)
  const live = sandbox.stripe({ account, mode: 'live' })
  expect((await refusal(live.customers.retrieve(customer.id))).statusCode).toBe(404)
})

test('forbids every call for an account that disconnected, and tells us once a mode', async () => {
  const { account, stripe } = await anAccount()
  await sandbox.control('POST', `/stripe/accounts/${account}/deauthorize`, { mode: 'test' })
  expect((await refusal(stripe.customers.list())).statusCode).toBe(403)
  await sandbox.stripe({ account, mode: 'live' }).customers.list()
  const told = (await sandbox.heard()).filter((event) => event.account === account)
  expect(told.map((event) => event.type)).toEqual(['account.application.deauthorized'])
})

test('says when an account may no longer charge', async () => {
  const { account, stripe } = await anAccount()
  await sandbox.control('POST', `/stripe/accounts/${account}`, { charges_enabled: false })
  expect((await stripe.accounts.retrieveCurrent()).charges_enabled).toBe(false)
  const told = (await sandbox.heard()).filter((event) => event.account === account && !event.livemode)
  expect(told.map((event) => event.type)).toEqual(['account.updated'])
})

test('replays the first answer to an idempotency key, and refuses the key for other parameters', async () => {
  const { account, stripe } = await anAccount()
  const first = await stripe.customers.create({ email: 'a@b.co' }, { idempotencyKey: 'order-1' })
  const second = await stripe.customers.create({ email: 'a@b.co' }, { idempotencyKey: 'order-1' })
  expect(second.id).toBe(first.id)
  const key = { 'stripe-account': account, 'idempotency-key': 'order-1' }
  const third = await raw('/v1/customers', { method: 'POST', body: 'email=a%40b.co', headers: key })
  expect([third.status, third.headers.get('idempotent-replayed')]).toEqual([200, 'true'])
  const other = await refusal(stripe.customers.create({ email: 'c@d.co' }, { idempotencyKey: 'order-1' }))
  expect(other.rawType).toBe('idempotency_error')
  expect((await stripe.customers.list()).data).toHaveLength(1)
})

test('remembers no refusal of wrong parameters: the key may be used again', async () => {
  const { stripe } = await anAccount()
  await refusal(stripe.customers.create({ email: 'nonsense' }, { idempotencyKey: 'k' }))
  expect((await stripe.customers.create({ email: 'a@b.co' }, { idempotencyKey: 'k' })).email).toBe('a@b.co')
})

test('forgets an idempotency key after a day', async () => {
  const { stripe } = await anAccount()
  const first = await stripe.customers.create({}, { idempotencyKey: 'k' })
  await sandbox.advance(24 * 3600_000 + 1000)
  expect((await stripe.customers.create({}, { idempotencyKey: 'k' })).id).not.toBe(first.id)
})

test('an idempotency key belongs to its account', async () => {
  const [ours, theirs] = [await anAccount(), await anAccount()]
  const first = await ours.stripe.customers.create({}, { idempotencyKey: 'k' })
  expect((await theirs.stripe.customers.create({}, { idempotencyKey: 'k' })).id).not.toBe(first.id)
})

test('merges metadata, removes a key by an empty value and all by an empty metadata', async () => {
  const { stripe } = await anAccount()
  const { id } = await stripe.customers.create({ metadata: { a: '1', b: '2' } })
  expect((await stripe.customers.update(id, { metadata: { b: '', c: '3' } })).metadata).toEqual({ a: '1', c: '3' })
  expect((await stripe.customers.update(id, { metadata: '' })).metadata).toEqual({})
})

test('lists newest first, in pages, forwards and backwards', async () => {
  const { stripe } = await anAccount()
  const ids: string[] = []
  for (let count = 0; count < 5; count++) ids.unshift((await stripe.customers.create()).id)
  const first = await stripe.customers.list({ limit: 2 })
  expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2))
  expect(first.has_more).toBe(true)
  const last = await stripe.customers.list({ limit: 3, starting_after: ids[1] })
  expect([last.data.map(({ id }) => id), last.has_more]).toEqual([ids.slice(2), false])
  const back = await stripe.customers.list({ limit: 2, ending_before: ids[3] })
  expect([back.data.map(({ id }) => id), back.has_more]).toEqual([ids.slice(1, 3), true])
  const everyone = await stripe.customers.list({ limit: 2 }).autoPagingToArray({ limit: 100 })
  expect(everyone.map(({ id }) => id)).toEqual(ids)
  expect((await refusal(stripe.customers.list({ limit: 101 }))).param).toBe('limit')
})

test('expands on request, and refuses to expand what is no reference', async () => {
  const { stripe } = await anAccount()
  const product = await stripe.products.create({ name: 'Pro' })
  await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 500 })
  const { data } = await stripe.prices.list({ expand: ['data.product'] })
  expect(data[0]?.product).toMatchObject({ object: 'product', name: 'Pro' })
  expect((await refusal(stripe.prices.list({ expand: ['data.id'] }))).param).toBe('expand')
  expect((await refusal(stripe.prices.list({ expand: ['data.invoice'] }))).param).toBe('expand')
})

test('a deleted customer stays known as deleted and can be used no more', async () => {
  const { stripe } = await anAccount()
  const { id } = await stripe.customers.create()
  await stripe.customers.del(id)
  expect((await stripe.customers.retrieve(id)).deleted).toBe(true)
  expect((await refusal(stripe.customers.update(id, { name: 'x' }))).code).toBe('resource_missing')
})

test('a lookup key moves only when told to', async () => {
  const { stripe } = await anAccount()
  const { id: product } = await stripe.products.create({ name: 'Pro' })
  const price = { product, currency: 'usd', unit_amount: 1, lookup_key: 'pro' }
  const first = await stripe.prices.create(price)
  expect((await refusal(stripe.prices.create(price))).param).toBe('lookup_key')
  const second = await stripe.prices.create({ ...price, transfer_lookup_key: true })
  expect((await stripe.prices.list({ lookup_keys: ['pro'] })).data.map(({ id }) => id)).toEqual([second.id])
  expect((await stripe.prices.retrieve(first.id)).lookup_key).toBeNull()
})

test('logs every call with its account and key, and never a secret', async () => {
  const { account, stripe } = await anAccount()
  await stripe.customers.create({ email: 'a@b.co' }, { idempotencyKey: 'k-log' })
  const { body } = await sandbox.control<{ requests: Record<string, unknown>[] }>(
    'GET',
    '/stripe/requests?path=/v1/customers&limit=1',
  )
  expect(body.requests[0]).toMatchObject({
    method: 'POST',
    path: '/v1/customers',
    account,
    idempotencyKey: 'k-log',
    params: { email: 'a@b.co' },
    status: 200,
  })
  expect(JSON.stringify(body)).not.toContain('sk_test')
})

test('blocks every other host', async () => {
  expect((await sandbox.toService('https://example.com/')).status).toBe(599)
})

test.each([
  ['POST', '/stripe/accounts', { ID: 'acct_1' }],
  ['POST', '/stripe/accounts', { id: 'nonsense' }],
  ['POST', '/stripe/delivery', { drop: 2 }],
  ['POST', '/faults', { service: 'stripe' }],
  ['POST', '/faults', { service: 'stripe', kind: 'status', path: '(' }],
  ['GET', '/stripe/requests?limit=0', undefined],
])('%s %s with %j is refused in a clear sentence', async (method, path, body) => {
  const answer = await sandbox.control<{ error: string }>(method, path, body)
  expect(answer.status).toBe(400)
  expect(answer.body.error).toMatch(/"\w+"/)
})

test('a control call for something that is not there is a 404', async () => {
  expect((await sandbox.control('POST', '/stripe/checkout/cs_none/pay', {})).status).toBe(404)
  expect((await sandbox.control('POST', '/stripe/nonsense', {})).status).toBe(404)
})

const ASKED = {
  client_id: 'ca_sandboxTest',
  response_type: 'code',
  scope: 'read_write',
  state: 's1',
  redirect_uri: 'http://localhost:8787/connected',
}

test('an account connects by OAuth with a code that works once, in its mode, and disconnects again', async () => {
  const stripe = sandbox.stripe()
  expect((await sandbox.page(`/sandbox/connect/authorize?${new URLSearchParams(ASKED).toString()}`)).status).toBe(200)
  const answer = await sandbox.page('/sandbox/connect/authorize', { ...ASKED, answer: 'connect' })
  const back = new URL(answer.headers.get('location') ?? '')
  expect(back.searchParams.get('state')).toBe('s1')
  const code = back.searchParams.get('code') ?? ''
  const token = await stripe.oauth.token({ grant_type: 'authorization_code', code })
  const account = token.stripe_user_id ?? ''
  await sandbox.stripe({ account }).customers.create()
  expect((await refusal(stripe.oauth.token({ grant_type: 'authorization_code', code }))).message).toContain(
    'does not exist',
  )
  expect((await refusal(sandbox.stripe({ account, mode: 'live' }).customers.list())).statusCode).toBe(403)
  await stripe.oauth.deauthorize({ client_id: 'ca_sandboxTest', stripe_user_id: account })
  expect((await refusal(sandbox.stripe({ account }).customers.list())).statusCode).toBe(403)
  const told = (await sandbox.heard()).filter((event) => event.account === account)
  expect(told.map(({ type }) => type)).toEqual([
    'account.application.authorized',
    'customer.created',
    'account.application.deauthorized',
  ])
})

test('an OAuth code is worth nothing after five minutes', async () => {
  const answer = await sandbox.page('/sandbox/connect/authorize', { ...ASKED, answer: 'connect' })
  const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
  await sandbox.advance(5 * 60_000)
  await refusal(sandbox.stripe().oauth.token({ grant_type: 'authorization_code', code }))
})

test('a developer may decline to connect, and nobody is sent to a foreign address', async () => {
  const denied = await sandbox.page('/sandbox/connect/authorize', { ...ASKED, answer: 'deny' })
  expect(new URL(denied.headers.get('location') ?? '').searchParams.get('error')).toBe('access_denied')
  const foreign = { ...ASKED, redirect_uri: 'https://evil.example/', answer: 'connect' }
  expect((await sandbox.page('/sandbox/connect/authorize', foreign)).status).toBe(400)
})
