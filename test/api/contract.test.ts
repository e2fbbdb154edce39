/** What the wire promises: shapes, statuses, errors and manners. */

import { beforeAll, describe, expect, it } from 'vitest'
import { as, page, secret, useApp, type Answer, type Body } from '../support/app.ts'
import { LADDER, RETURNS } from '../support/billing.ts'
import { Wire } from '../support/wire.ts'
import { aWorld, EXAMPLES, nameOf, pathOf, routesInSource, type Things } from './routes.ts'

const app = useApp()
let things: Things
beforeAll(async () => {
  things = await aWorld(app())
})

const asServer = () => as(things.project, things.customerId)
const text = expect.any(String) as unknown
const number = expect.any(Number) as unknown

/** Every error has this shape, whatever else it says [M1]. */
function expectError(answer: Answer<Body> | null, status: number, code: string): void {
  if (answer === null) throw new Error('the connection ended without an answer')
  expect([answer.status, answer.body.code]).toEqual([status, code])
  expect(answer.body).toMatchObject({ error: text, message: text, code, requestId: text })
  expect(answer.body.message.length).toBeGreaterThan(5)
  expect(answer.headers.get('Content-Type')).toBe('application/json')
}

const ENTITLEMENT = {
  userId: text,
  plan: text,
  meter: 'requests',
  used: number,
  usageCount: number,
  count: number,
  limit: number,
  remaining: number,
  periodStart: text,
  periodEnd: text,
  resetsAt: number,
}
const TIER = {
  id: text,
  name: text,
  displayName: text,
  price: number,
  limit: number,
  features: expect.any(Array) as unknown,
  description: text,
  billingMode: 'subscription',
  imageUrl: null,
  inventory: null,
  soldOut: false,
  popular: false,
}
const CUSTOMER = { id: text, email: text, plan: text, publishableKey: text, createdAt: number }

/** The shape of each success: at least these fields. */
const SHAPES: Record<string, unknown> = {
  'GET /health': { status: 'ok' },
  'GET /api/tiers': { tiers: expect.arrayContaining([expect.objectContaining(TIER)]) as unknown },
  'POST /api/data': {
    success: true,
    allowed: true,
    id: text,
    data: { message: 'Request processed successfully' },
    usage: ENTITLEMENT,
  },
  'GET /api/usage': { ...ENTITLEMENT, meters: { requests: ENTITLEMENT } },
  'POST /api/create-checkout': { url: text, changed: false },
  'GET /api/checkouts/:id': { checkout: { id: text, state: 'complete', tier: 'pro', sessionId: text }, plan: 'pro' },
  'POST /api/customer-portal': { url: text },
  'POST /api/usage/batch': { success: true, results: [{ success: true, allowed: true, id: text, usage: ENTITLEMENT }] },
  'POST /api/usage/:id/reverse': { success: true, reversed: true, usage: ENTITLEMENT },
  'POST /api/customers': { success: true, customer: CUSTOMER },
  'GET /api/customers': { customers: expect.arrayContaining([expect.objectContaining(CUSTOMER)]) as unknown },
  'GET /api/customers/:id': { customer: CUSTOMER },
  'PATCH /api/customers/:id': { success: true, customer: { id: text, email: text, plan: text } },
  'DELETE /api/customers/:id': {
    success: true,
    message: 'Customer deleted successfully',
    deleted: { id: text, email: text },
  },
  'GET /api/dashboard': {
    metrics: {
      activeSubs: 1,
      cancelingSubs: 0,
      mrr: 1000,
      usageThisPeriod: number,
      storeSalesCount: number,
      storeTotalRevenue: number,
      lowStockProducts: number,
      totalInventory: number,
    },
    activeSubscriptions: 1,
    cancelingSubscriptions: 0,
    mrr: 1000,
    totalRevenue: number,
    totalSales: number,
    avgOrderValue: number,
    usageThisPeriod: number,
    customers: expect.arrayContaining([
      expect.objectContaining({
        id: text,
        userId: text,
        email: text,
        plan: 'pro',
        status: 'active',
        usage: number,
        usageCount: number,
        limit: 50,
        periodStart: text,
        periodEnd: text,
        currentPeriodEnd: number,
        renewsAt: number,
        canceledAt: null,
        subscriptionId: text,
        stripeCustomerId: text,
        priceId: text,
        productId: text,
        amount: 1000,
        currency: 'usd',
        publishableKey: text,
      }),
    ]) as unknown,
    tiers: expect.arrayContaining([expect.objectContaining(TIER)]) as unknown,
    products: expect.any(Array) as unknown,
    orders: expect.any(Array) as unknown,
    keys: {
      publishableKey: text,
      secretKeyMasked: '********',
      platformId: text,
      apiKeys: expect.arrayContaining([
        expect.objectContaining({ publishableKey: text, createdAt: number, status: 'active', mode: 'test' }),
      ]) as unknown,
      stripeAccountId: text,
    },
    webhook: { lastEventAt: text, recent: expect.any(Array) as unknown },
    webhookStatus: { url: text, lastEvent: text, recentEvents: expect.any(Array) as unknown },
    filters: { platformId: text, publishableKey: text, mode: 'test' },
  },
  'GET /api/dashboard/totals': {
    totals: { mrr: 1000, activeSubs: 1, cancelingSubs: 0, totalProducts: number, liveProjects: 0 },
    platformId: text,
    totalRevenue: number,
    totalCustomers: number,
    totalMRR: 1000,
  },
  'GET /api/events': { events: expect.any(Array) as unknown },
  'GET /api/events/:id': {
    event: { id: text, type: 'customer.subscription.created', outcome: text, payload: { object: 'event' } },
  },
  'POST /api/events/:id/replay': { success: true, event: { id: text, outcome: 'pending' } },
  'POST /api/feed/tickets': { ticket: text, expiresAt: number, url: expect.stringMatching(/^ws/) as unknown },
}

/** What may be kept, and by whom. */
const CACHED: Readonly<Record<string, string>> = {
  'GET /api/products': 'private, no-cache',
  'GET /.well-known/jwks.json': 'public, max-age=300',
  'GET /llms.txt': 'public, max-age=300',
  'GET /llms-full.txt': 'public, max-age=300',
  'GET /openapi.json': 'public, max-age=300',
  'GET /about': 'public, max-age=300',
  'GET /docs': 'public, max-age=300',
}

/** What is not one value of JSON. */
const TYPED: Readonly<Record<string, string>> = {
  'GET /api/export': 'application/x-ndjson',
  'GET /llms.txt': 'text/markdown; charset=utf-8',
  'GET /llms-full.txt': 'text/markdown; charset=utf-8',
  'GET /about': 'text/markdown; charset=utf-8',
  'GET /docs': 'text/markdown; charset=utf-8',
}

describe('each route', () => {
  it('has an example here: a new one without is noticed', () => {
    const routes = routesInSource()
    expect(routes.length).toBeGreaterThan(20)
    expect(EXAMPLES.map(nameOf).toSorted()).toEqual(routes.map(nameOf).toSorted())
    for (const { access, ...route } of EXAMPLES)
      expect(routes.find((other) => nameOf(other) === nameOf(route))?.access, nameOf(route)).toBe(access)
  })

  it.each(EXAMPLES.filter(({ status }) => status < 300).map((example) => [nameOf(example), example] as const))(
    '%s answers what it promises',
    async (name, example) => {
      const answer = await app().call(example.method, pathOf(example, things), {
        headers: asServer(),
        ...(example.body === undefined ? {} : { body: example.body(things) }),
      })
      expect([answer.status, answer.body]).toEqual([example.status, expect.objectContaining({})])
      if (name in SHAPES) expect(answer.body).toMatchObject(SHAPES[name] as object)
      expect(answer.headers.get('Content-Type')).toBe(TYPED[name] ?? 'application/json')
      expect(answer.headers.get('Cache-Control')).toBe(CACHED[name] ?? 'no-store')
      expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(answer.headers.get('Strict-Transport-Security')).toContain('max-age=')
      expect(answer.headers.get('Referrer-Policy')).toBe('no-referrer')
    },
  )
})

describe('every error is JSON with error, message, code and requestId [M1]', () => {
  it('404 where there is nothing', async () => {
    for (const path of ['/', '/api', '/api/datas', '/api/customers/a/b', '/webhook', '/API/tiers', '/%zz', '/api/%00'])
      expectError(await app().call('GET', path, { headers: secret(things.project) }), 404, 'not_found')
  })

  it('405 for every method that an address does not answer, with those it does', async () => {
    for (const { path } of EXAMPLES)
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const allowed = EXAMPLES.filter((other) => other.path === path).map((other) => other.method as string)
        const isCovered = EXAMPLES.some(
          (other) => other.method === method && new RegExp(`^${other.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path),
        )
        if (allowed.includes(method) || isCovered) continue
        const answer = await app().call(method, path, { headers: secret(things.project) })
        expectError(answer, 405, 'method_not_allowed')
        expect(answer.body.allow, path).toEqual(expect.arrayContaining(allowed))
      }
    const head = await fetch(`${app().server.url}/api/tiers`, { method: 'HEAD' })
    expect(head.status).toBe(405)
  })

  it('400 for a body that is not JSON, not an object, not UTF-8, or too deep', async () => {
    const bodies = ['{', 'null', '[]', '"text"', '1', '{"quantity":1}}', "{'quantity':1}", '[['.repeat(5000), 'NaN']
    for (const example of EXAMPLES.filter(({ body }) => body !== undefined))
      for (const body of bodies) {
        const answer = await app().call(example.method, pathOf(example, things), { headers: asServer(), body })
        const shown = `${nameOf(example)} ${body.slice(0, 20)}`
        expect([answer.status, shown]).toEqual([400, shown])
        expect(['invalid_json', 'invalid_request']).toContain(answer.body.code)
        expect(answer.body).toMatchObject({ error: text, message: text, requestId: text })
      }
    const broken = await fetch(`${app().server.url}/api/data`, {
      method: 'POST',
      headers: { ...asServer(), 'Content-Type': 'application/json' },
      body: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    })
    expect(broken.status).toBe(400)
    expect(((await broken.json()) as Body).code).toBe('invalid_json')
  })

  it('400 for an unknown field, by its name, in each body and query [M2]', async () => {
    for (const example of EXAMPLES.filter(({ body }) => body !== undefined)) {
      const body = { ...example.body?.(things), surprise: 1 }
      const answer = await app().call(example.method, pathOf(example, things), { headers: asServer(), body })
      expectError(answer, 400, 'invalid_request')
      expect(answer.body.message, nameOf(example)).toContain('surprise is not a known field')
      expect(answer.body.issues).toEqual([{ field: 'surprise', problem: 'is not a known field' }])
    }
    for (const path of ['/api/customers', '/api/events', '/api/usage']) {
      const answer = await app().call('GET', `${path}?surprise=1`, { headers: asServer() })
      expectError(answer, 400, 'invalid_request')
      expect(answer.body.message).toContain('surprise')
      const twice = await app().call('GET', `${path}?limit=1&limit=2`, { headers: asServer() })
      expectError(twice, 400, 'invalid_request')
    }
  })

  it('names every wrong field at once, and why', async () => {
    const body = { quantity: -1, meter: 'No Spaces', idempotencyKey: '', extra: true }
    const answer = await app().call('POST', '/api/data', { headers: asServer(), body })
    expectError(answer, 400, 'invalid_request')
    for (const field of ['quantity', 'meter', 'idempotencyKey', 'extra']) expect(answer.body.message).toContain(field)
  })

  // The answer comes before the body has arrived, so a client that goes on sending may never see it: this one waits.
  it('413 for a body that is too large, by what it says and by what it is [F30]', async () => {
    const head = (path: string) => ({ method: 'POST', path, headers: asServer() })
    const said = await Wire.connect(app().server.port)
    said.request({ ...head('/api/data'), headers: { ...asServer(), 'Content-Length': '70000' } })
    expectError(await said.answer(), 413, 'payload_too_large')
    said.hangUp()
    const dripped = await Wire.connect(app().server.port)
    dripped.request({ ...head('/api/data'), headers: { ...asServer(), 'Transfer-Encoding': 'chunked' } })
    for (let sent = 0; sent <= 64 * 1024; sent += 4096) dripped.send(`1000\r\n${'x'.repeat(4096)}\r\n`)
    expectError(await dripped.answer(), 413, 'payload_too_large')
    dripped.hangUp()
    const hook = await Wire.connect(app().server.port)
    const headers = { 'Stripe-Signature': 't=1,v1=00', 'Content-Length': String(1024 * 1024 + 1) }
    hook.request({ method: 'POST', path: '/webhook/stripe', headers })
    expectError(await hook.answer(), 413, 'payload_too_large')
    hook.hangUp()
  })

  it('401 and 403 in the words that clients of the first API know', async () => {
    const { project } = things
    expect((await app().call('GET', '/api/tiers')).body).toMatchObject({
      error: 'Missing authentication',
      message: 'Provide Authorization: Bearer {secret_key} or X-Publishable-Key header',
    })
    expect((await app().call('GET', '/api/tiers', { headers: { Authorization: 'Bearer sk_no' } })).body).toMatchObject({
      error: 'Invalid API key',
      message: 'API key not found or expired',
    })
    expect((await app().call('GET', '/api/tiers', { headers: { 'X-Publishable-Key': 'pk_no' } })).body).toMatchObject({
      error: 'Invalid publishable key',
      message: 'Publishable key not found or invalid',
    })
    expect((await app().call('GET', '/api/dashboard', { headers: page(project) })).body).toMatchObject({
      error: 'Forbidden',
      message: 'This endpoint requires a secret key (backend only)',
    })
    const noToken = await app().call('POST', '/api/data', { headers: page(project) })
    expect(noToken).toMatchObject({ status: 401, body: { error: 'Invalid or missing end-user token' } })
  })

  it('422 for a key that is used for another request, 409 for a second customer of one address', async () => {
    const email = `twice@${things.project.projectId}.example`
    const create = () => app().call('POST', '/api/customers', { headers: secret(things.project), body: { email } })
    expect((await create()).status).toBe(201)
    expectError(await create(), 409, 'customer_exists')
  })
})

describe('manners', () => {
  it('takes a POST without a body whose Content-Type says JSON, as the first client sends it', async () => {
    const { project } = await aWorld(app())
    for (const [path, status] of [
      ['/api/data', 200],
      ['/api/feed/tickets', 201],
    ] as const) {
      const headers = { ...as(project, 'bare'), 'Content-Type': 'application/json' }
      expect((await app().call('POST', path, { headers })).status, path).toBe(status)
    }
    const portal = await app().call('POST', '/api/customer-portal', {
      headers: { ...as(project, 'bare'), 'Content-Type': 'application/json' },
    })
    expectError(portal, 400, 'invalid_request') // not from a page: there is no address to come back to
    expect(portal.body.message).toContain('returnUrl')
  })

  it('comes back to the page’s own dashboard when no address is given', async () => {
    const { project, customerId } = await aWorld(app())
    const headers = { ...page(project, await app().token(project, customerId)), Origin: 'http://localhost:5173' }
    const { url } = await app().ok('POST', '/api/customer-portal', { headers })
    expect(await (await fetch(url)).text()).toContain('http://localhost:5173/dashboard')
    expect((await app().ok('POST', '/api/create-checkout', { headers, body: { tier: 'max' } })).url).toBe(
      'http://localhost:5173/dashboard?success=true',
    )
  })

  it('answers a preflight of any address with the headers that clients send, and lets no credentials', async () => {
    for (const path of ['/api/data', '/api/customers/x', '/nowhere']) {
      const answer = await fetch(app().server.url + path, {
        method: 'OPTIONS',
        headers: {
          Origin: 'https://shop.example',
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'x-clerk-token',
        },
      })
      expect(answer.status).toBe(204)
      expect(await answer.text()).toBe('')
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('https://shop.example')
      expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull()
      const methods = answer.headers.get('Access-Control-Allow-Methods') ?? ''
      for (const method of ['GET', 'POST', 'PATCH', 'DELETE', 'OPTIONS']) expect(methods).toContain(method)
      const allowed = (answer.headers.get('Access-Control-Allow-Headers') ?? '').split(', ')
      expect(allowed).toEqual(
        expect.arrayContaining([
          'Content-Type',
          'Authorization',
          'X-Platform-User-Id',
          'X-User-Id',
          'X-User-Plan',
          'X-Env',
          'X-Publishable-Key',
          'X-Clerk-Token',
        ]),
      )
      expect(Number(answer.headers.get('Access-Control-Max-Age'))).toBeGreaterThan(0)
      expect(answer.headers.get('Vary')).toContain('Origin')
    }
  })

  it('lets a page read an error too, and when to come back', async () => {
    const Origin = 'http://localhost:3000'
    const answer = await app().call('POST', '/api/data', { headers: { ...page(things.project), Origin } })
    expectError(answer, 401, 'missing_customer')
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(Origin)
    expect(answer.headers.get('Access-Control-Expose-Headers')).toContain('Retry-After')
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull()
  })

  it('gives every refusal a request id of its own', async () => {
    const ids = new Set<string>()
    for (let i = 0; i < 5; i += 1) ids.add((await app().call('GET', '/nowhere')).body.requestId)
    expect(ids.size).toBe(5)
  })

  it('pages through all customers, newest first, each once, while more are added', async () => {
    const project = await app().project({ tiers: LADDER })
    const made: string[] = []
    for (let i = 0; i < 7; i += 1) made.unshift((await app().customer(project)).id)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const answer = await app().ok('GET', `/api/customers?limit=3${query}`, { headers: secret(project) })
      expect(answer.customers.length).toBeLessThanOrEqual(3)
      seen.push(...(answer.customers as Body[]).map(({ id }) => id as string))
      cursor = answer.nextCursor
      await app().customer(project)
    } while (cursor !== null)
    expect(seen).toEqual(made)
    for (const bad of ['limit=0', 'limit=101', 'limit=x', 'cursor=!', 'cursor=abc', 'cursor=W10'])
      expectError(
        await app().call('GET', `/api/customers?${bad}`, { headers: secret(project) }),
        400,
        'invalid_request',
      )
  })

  it('finds a customer by address and customers by plan', async () => {
    const project = await app().project({ tiers: LADDER })
    const a = await app().customer(project)
    const b = await app().customer(project)
    await app().ok('PATCH', `/api/customers/${b.id}`, { headers: secret(project), body: { plan: 'max' } })
    const ids = async (query: string) =>
      ((await app().ok('GET', `/api/customers?${query}`, { headers: secret(project) })).customers as Body[]).map(
        ({ id }) => id as string,
      )
    expect(await ids(`email=${encodeURIComponent(a.email.toUpperCase())}`)).toEqual([a.id])
    expect(await ids('plan=max')).toEqual([b.id])
    expect(await ids('plan=free')).toEqual([a.id])
  })

  it('answers the state of a customer’s own checkout, before the event came, and of nobody else’s [F9, F10]', async () => {
    const project = await app().project({ tiers: LADDER })
    const body = { tier: 'pro', ...RETURNS }
    const { checkoutId, sessionId } = await app().ok('POST', '/api/create-checkout', {
      headers: as(project, 'u'),
      body,
    })
    const look = (id: string) => app().call('GET', `/api/checkouts/${checkoutId}`, { headers: as(project, id) })
    expect((await look('u')).body).toMatchObject({ checkout: { state: 'open', tier: 'pro' }, plan: 'free' })
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { paused: true } })
    await app().pay(sessionId)
    expect((await look('u')).body).toMatchObject({ checkout: { state: 'complete' }, plan: 'pro' })
    await app().ok('POST', '/sandbox/stripe/delivery', { body: {} })
    expectError(await look('somebody-else'), 404, 'checkout_not_found')
  })
})
