/** From test to live: what it would do, done once however it is pressed, resumed after any fault, and followed up. */

import { describe, expect, it } from 'vitest'
import { page, secret, useApp, type Answer, type Body, type TestMember, type TestProject } from '../support/app.ts'
import { fault, noFaults, RETURNS, stripeOf, tier } from '../support/billing.ts'
import { connectByOAuth } from '../support/connect.ts'
import { subscribeToUs } from '../support/own.ts'
import { addProduct, order, paid, usd } from '../support/store.ts'

const app = useApp()

const ORIGIN = 'http://localhost:3000'
const TIERS = [
  tier({ slug: 'free', limit: 5 }),
  tier({ slug: 'pro', displayName: 'Pro', limit: 50, unitAmount: 1000, trialDays: 9 }),
]
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

interface Ready {
  readonly member: TestMember
  readonly project: TestProject
  /** Of the live account; `null` when none was connected. */
  readonly account: string | null
}

const makeProject = async (member: TestMember, facts: object = {}): Promise<TestProject> => {
  const body = { name: 'Acme', type: 'saas', tiers: TIERS, allowedOrigins: [ORIGIN], ...facts }
  const { project, keys } = await app().okAsMember(member, 'POST', '/account/projects', { body })
  return { projectId: project.projectId, mode: 'test', ...keys.test, stripeAccount: null }
}

/** A member who may go live, and their test project. */
async function ready(facts: object = {}): Promise<Ready & { account: string }> {
  const member = await app().member()
  const project = await makeProject(member, facts)
  await subscribeToUs(app(), member)
  const { stripeAccount } = await connectByOAuth(app(), member, 'live')
  return { member, project, account: stripeAccount }
}

const pathOf = ({ project }: Pick<Ready, 'project'>) => `/account/projects/${project.projectId}/promotion`
const look = async (at: Ready): Promise<Body> => (await app().okAsMember(at.member, 'GET', pathOf(at))).promotion
const promote = (at: Ready, body: object = {}, key?: string): Promise<Answer<Body>> =>
  app().asMember(at.member, 'POST', pathOf(at), {
    body,
    headers: key === undefined ? {} : { 'Idempotency-Key': key },
  })
const follow = (at: Ready, body: object): Promise<Answer<Body>> =>
  app().asMember(at.member, 'PATCH', pathOf(at), { body })

/** Presses whose last byte is sent when all the others have been sent: none is ahead of another. */
async function pressedTogether(at: Ready, count: number): Promise<Pick<Answer<Body>, 'status' | 'body'>[]> {
  const authorization = `Bearer ${await app().memberToken(at.member)}`
  let waiting = 0
  let go = () => {}
  const all = new Promise<void>((resolve) => (go = resolve))
  const encode = (text: string) => new TextEncoder().encode(text)
  const body = () => {
    let begun = false
    const source: UnderlyingSource<Uint8Array> = {
      async pull(controller) {
        if (!begun) {
          begun = true
          return controller.enqueue(encode('{'))
        }
        if ((waiting += 1) === count) go()
        await all
        controller.enqueue(encode('}'))
        controller.close()
      },
    }
    return new ReadableStream(source, { highWaterMark: 0 })
  }
  const press = async () => {
    const response = await fetch(app().server.url + pathOf(at), {
      method: 'POST',
      headers: { Authorization: authorization, 'Content-Type': 'application/json' },
      body: body(),
      duplex: 'half',
    } as RequestInit)
    return { status: response.status, body: (await response.json()) as Body }
  }
  return Promise.all(Array.from({ length: count }, press))
}

/** The live twin as its keys open it. */
async function live(at: Ready, body: object = {}): Promise<TestProject> {
  const answer = await promote(at, body)
  if (answer.status !== 201) throw new Error(`promoting answered ${JSON.stringify(answer.body)}`)
  await app().settle()
  const { projectId } = at.project
  return { projectId, mode: 'live', stripeAccount: at.account, ...answer.body.keys.live }
}

const changeTier = (project: TestProject, slug: string, body: object) =>
  app().ok('PATCH', `/api/tiers/${slug}`, { headers: secret(project), body })

const pricesAt = async (project: TestProject): Promise<number[]> =>
  (await stripeOf(app(), project).prices.list({ limit: 100 })).data.map(({ unit_amount: amount }) => amount ?? 0)

describe('going live', () => {
  it('is refused, each with what to do, without a subscription, without a live account, and twice [L3]', async () => {
    const member = await app().member()
    const at: Ready = { member, project: await makeProject(member), account: null }
    const unpaid = await promote(at)
    expect([unpaid.status, unpaid.body.code]).toEqual([402, 'subscription_required'])
    await subscribeToUs(app(), member)
    await connectByOAuth(app(), member, 'test')
    const unconnected = await promote(at)
    expect([unconnected.status, unconnected.body]).toMatchObject([
      428,
      { code: 'needs_live_connection', needsLiveOAuth: true },
    ])
    const { checks } = await look(at)
    expect(checks).toMatchObject([
      { check: 'live_connection', required: true, ok: false },
      { check: 'subscription', required: true, ok: true },
      { check: 'allowed_origins', ok: true },
      { check: 'something_to_sell', ok: true },
    ])
    await connectByOAuth(app(), member, 'live')
    expect((await promote(at)).status).toBe(201)
    const twice = await promote(at)
    expect([twice.status, twice.body.code]).toEqual([409, 'live_exists'])
  })

  it('says first what it would make, then makes it: trial days too [M20]', async () => {
    const at = await ready()
    const before = await look(at)
    expect(before).toMatchObject({ isLive: false, progress: null })
    expect(before.differences).toMatchObject([
      { kind: 'settings', change: 'create' },
      { kind: 'shop', change: 'create' },
      { kind: 'tier', id: 'free', change: 'create' },
      { kind: 'tier', id: 'pro', change: 'create', fields: { trialDays: { from: null, to: 9 } } },
    ])
    const twin = await live(at)
    const after = await look(at)
    expect(after).toMatchObject({ isLive: true, differences: [], progress: { done: 2, total: 2, owed: [] } })
    expect(await pricesAt(twin)).toEqual([1000])
    const { project } = await app().okAsMember(at.member, 'GET', `/account/projects/${at.project.projectId}`)
    expect(project).toMatchObject({ modes: ['test', 'live'], payments: { live: { chargesEnabled: true } } })
  })

  it('lets a live customer buy with a live token, on the live account, with the trial', async () => {
    const at = await ready()
    const twin = await live(at)
    const { id } = await app().customer(twin)
    const token = await app().token(twin, id, { azp: ORIGIN })
    const over = (redirect: string) => {
      const successUrl = `${app().server.url}/refresh?${new URLSearchParams({ pk: twin.publishableKey, redirect })}`
      const body = { tier: 'pro', ...RETURNS, successUrl }
      return app().call('POST', '/api/create-checkout', { headers: page(twin, token), body })
    }
    expect((await over('https://evil.example/')).body.code).toBe('redirect_not_allowed')
    const checkout = (await over(`${ORIGIN}/welcome`)).body
    await app().pay(checkout.sessionId)
    expect((await app().usage(twin, id)).plan).toBe('pro')
    const [subscription] = (await stripeOf(app(), twin).subscriptions.list({ status: 'all' })).data
    expect([subscription?.livemode, subscription?.status]).toEqual([true, 'trialing'])
    const days = ((subscription?.trial_end ?? 0) - (subscription?.trial_start ?? 0)) / 86_400
    expect(days).toBe(9)
  })

  it('makes one project however many press at once, and shows its keys to one press', async () => {
    for (let round = 0; round < 4; round += 1) {
      const at = await ready()
      const answers = await pressedTogether(at, 12)
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 11 }, () => 409)])
      const [made] = answers.filter(({ status }) => status === 201)
      await app().ok('GET', '/api/dashboard', {
        headers: { Authorization: `Bearer ${made?.body.keys.live.secretKey}` },
      })
      await app().settle()
      expect(await pricesAt({ ...at.project, mode: 'live', stripeAccount: at.account })).toEqual([1000])
    }
  })

  it('shows the same keys again under the same Idempotency-Key, and under no other', async () => {
    const at = await ready()
    const answers = await Promise.all([promote(at, {}, 'go'), promote(at, {}, 'go'), promote(at, {}, 'go')])
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(new Set(answers.map(({ body }) => body.keys.live.secretKey)).size).toBe(1)
    expect((await promote(at, {}, 'go')).body.keys).toEqual(answers[0]?.body.keys)
    expect((await promote(at, {}, 'other')).body.code).toBe('live_exists')
  })

  it.each([
    ['products are made', 'POST', '/v1/products'],
    ['prices are made', 'POST', '/v1/prices'],
    ['the portal is made', 'POST', '/v1/billing_portal'],
  ])(
    'that a fault at Stripe cuts off while %s resumes by itself and makes everything once',
    async (_, method, path) => {
      for (const trouble of [
        { kind: 'status', status: 500 },
        { kind: 'timeout_after_commit', delayMs: 1 },
      ]) {
        const at = await ready()
        await fault(app(), { service: 'stripe', method, path, times: 4, ...trouble })
        const twin = await live(at)
        await noFaults(app())
        const { progress } = await look(at)
        if (progress.owed.length > 0) expect(progress.owed[0].failure).toEqual(expect.any(String))
        await app().advance('20m')
        expect((await look(at)).progress).toMatchObject({ done: 2, total: 2, owed: [] })
        expect(await pricesAt(twin)).toEqual([1000])
        expect((await stripeOf(app(), twin).products.list()).data).toHaveLength(1)
        expect((await stripeOf(app(), twin).billingPortal.configurations.list()).data).toHaveLength(1)
      }
    },
  )

  it('is for developers of the account, and not for strangers', async () => {
    const at = await ready()
    const stranger = await app().member()
    for (const method of ['GET', 'POST', 'PATCH'])
      expect((await app().asMember(stranger, method, pathOf(at), method === 'GET' ? {} : { body: {} })).status).toBe(
        404,
      )
  })
})

describe('a store going live', () => {
  const image = async (project: TestProject): Promise<string> =>
    (await app().ok('POST', '/api/assets', { headers: secret(project), body: { filename: 'a.png', data: PNG } })).key

  const aShop = async () => {
    const at = await ready({ type: 'store' })
    const key = await image(at.project)
    await app().ok('PATCH', '/api/shop', { headers: secret(at.project), body: { holdMinutes: 45 } })
    const mug = await addProduct(app(), at.project, {
      name: 'Mug',
      images: [key],
      options: ['size'],
      variants: [
        { sku: 'MUG-S', options: { size: 'S' }, prices: [usd(900)], stock: 3 },
        { sku: 'MUG-L', options: { size: 'L' }, prices: [usd(1200)], stock: 7 },
      ],
    })
    const pdf = await addProduct(app(), at.project, { name: 'Pattern', variants: [{ prices: [usd(500)] }] })
    return { at, mug, pdf, key }
  }

  it('must say what is on the shelf, and brings products, variants, prices, images and settings', async () => {
    const { at, mug, key } = await aShop()
    expect(await promote(at)).toMatchObject({
      status: 400,
      body: { code: 'stock_choice_required', variants: ['MUG-S', 'MUG-L'] },
    })
    expect((await promote(at, { stock: { 'MUG-S': 1 } })).body).toMatchObject({ variants: ['MUG-L'] })
    expect((await promote(at, { stock: { 'MUG-S': 1, 'MUG-L': 2, OTHER: 3 } })).body.code).toBe('invalid_request')
    const twin = await live(at, { stock: { 'MUG-S': 1, 'MUG-L': 0 } })
    const { products } = await app().ok('GET', '/api/products', { headers: page(twin) })
    expect(products.map(({ name }: Body) => name)).toEqual(['Mug', 'Pattern'])
    expect(products[0].variants).toMatchObject([
      { id: mug.variants[0].id, available: 1, prices: [{ unitAmount: 900 }] },
      { id: mug.variants[1].id, available: 0, prices: [{ unitAmount: 1200 }] },
    ])
    const liveKey = key.replace('/t', '/l')
    expect(JSON.stringify(products[0])).toContain(liveKey)
    expect((await app().call('GET', `/api/assets/${liveKey}`)).status).toBe(200)
    expect((await app().ok('GET', '/api/shop', { headers: secret(twin) })).shop.holdMinutes).toBe(45)
    expect((await look(at)).differences).toEqual([])
  })

  it.each([
    ['copy', [3, 7]],
    ['zero', [0, 0]],
  ])('with stock "%s" begins with %j, and sells', async (stock, expected) => {
    const { at, pdf } = await aShop()
    const twin = await live(at, { stock })
    const { products } = await app().ok('GET', '/api/products', { headers: page(twin) })
    expect(products[0].variants.map(({ available }: Body) => available)).toEqual(expected)
    await app().ok('PATCH', '/api/shop', { headers: secret(twin), body: { holdsPerAddress: null } })
    await paid(app(), await order(app(), twin, [{ variantId: pdf.variants[0].id }]))
    const { orders } = await app().ok('GET', '/api/orders', { headers: secret(twin) })
    expect(orders).toMatchObject([{ status: 'paid' }])
    expect((await app().ok('GET', '/api/orders', { headers: secret(at.project) })).orders).toEqual([])
    expect((await app().ok('GET', '/sandbox/violations')).violations).toEqual([])
  })

  it('takes over later changes of the shelf: new, changed, dearer, off sale; stock that was sold stays sold', async () => {
    const { at, mug, pdf } = await aShop()
    const twin = await live(at, { stock: 'copy' })
    await app().ok('PATCH', '/api/shop', { headers: secret(twin), body: { holdsPerAddress: null } })
    await paid(app(), await order(app(), twin, [{ sku: 'MUG-S' }]))
    const change = (method: string, path: string, body: object) =>
      app().ok(method, path, { headers: secret(at.project), body })
    await change('PATCH', `/api/products/${mug.id}`, { name: 'Big Mug' })
    await change('PATCH', `/api/variants/${mug.variants[0].id}`, { prices: [usd(950)] })
    await change('PATCH', `/api/variants/${mug.variants[1].id}`, { archived: true })
    await change('PATCH', `/api/products/${pdf.id}`, { archived: true })
    const cap = await addProduct(app(), at.project, {
      name: 'Cap',
      variants: [{ sku: 'CAP', prices: [usd(700)], stock: 5 }],
    })
    const { differences, revision } = await look(at)
    expect(differences.map(({ kind, id, change: what }: Body) => [kind, id, what])).toEqual([
      ['shop', null, 'update'],
      ['product', mug.id, 'update'],
      ['variant', mug.variants[0].id, 'update'],
      ['variant', mug.variants[1].id, 'archive'],
      ['product', pdf.id, 'archive'],
      ['product', cap.id, 'create'],
      ['variant', cap.variants[0].id, 'create'],
    ])
    expect((await follow(at, { revision })).body.code).toBe('stock_choice_required')
    expect((await follow(at, { revision, stock: { CAP: 2 } })).status).toBe(200)
    await app().settle()
    expect((await look(at)).differences).toEqual([])
    const { products } = await app().ok('GET', '/api/products', { headers: page(twin) })
    expect(products).toMatchObject([
      { name: 'Big Mug', variants: [{ available: 2, prices: [{ unitAmount: 950 }] }] },
      { name: 'Cap', variants: [{ available: 2 }] },
    ])
  })
})

describe('a live project', () => {
  it('takes over later changes of tiers as they were looked at', async () => {
    const at = await ready()
    const twin = await live(at)
    await changeTier(at.project, 'pro', {
      prices: [{ interval: 'month', unitAmount: 1500, currency: 'usd' }],
      trialDays: 3,
    })
    await app().ok('POST', '/api/tiers', {
      headers: secret(at.project),
      body: tier({ slug: 'max', displayName: 'Max', unitAmount: 9000 }),
    })
    const { differences, revision } = await look(at)
    expect(differences).toMatchObject([
      { kind: 'tier', id: 'pro', change: 'update', fields: { trialDays: { from: 9, to: 3 } } },
      { kind: 'tier', id: 'max', change: 'create' },
    ])
    const sold = async () => (await app().ok('GET', '/api/tiers', { headers: page(twin) })).tiers.length
    expect(await sold()).toBe(2)
    const answer = await follow(at, { revision })
    expect([answer.status, answer.body.promotion.differences]).toEqual([200, []])
    expect(await sold()).toBe(3)
    await app().settle()
    expect((await pricesAt(twin)).toSorted()).toEqual([1000, 1500, 9000])
    await app().ok('POST', '/api/tiers/max/archive', { headers: secret(at.project) })
    await follow(at, { revision: (await look(at)).revision })
    expect(await sold()).toBe(2)
  })

  it.each([
    ['keep', 1000],
    ['migrate', 1500],
  ] as const)(
    'asked to %s its subscribers at a new price bills them %i from their next invoice on',
    async (subscribers, bills) => {
      const at = await ready()
      const twin = await live(at)
      await app().subscribe(twin, 'u')
      const prices = [{ interval: 'month', unitAmount: 1500, currency: 'usd' }]
      await changeTier(at.project, 'pro', { prices })
      expect((await follow(at, { revision: (await look(at)).revision, subscribers })).status).toBe(200)
      await app().settle()
      await app().advance('10d') // the trial is over
      const [subscription] = (await stripeOf(app(), twin).subscriptions.list()).data
      expect(subscription?.items.data.map(({ price }) => price.unit_amount)).toEqual([bills])
      const { data } = await stripeOf(app(), twin).invoices.list()
      expect(data[0]).toMatchObject({ status: 'paid', amount_paid: bills })
      expect((await app().usage(twin, 'u')).plan).toBe('pro')
    },
  )

  it.each(['test', 'live'] as const)('takes over nothing when %s was changed since it was looked at', async (mode) => {
    const at = await ready()
    const twin = await live(at)
    await changeTier(at.project, 'pro', { displayName: 'Pro 2' })
    const { revision } = await look(at)
    await changeTier(mode === 'test' ? at.project : twin, 'pro', { description: 'meanwhile' })
    const answer = await follow(at, { revision })
    expect([answer.status, answer.body.code]).toEqual([409, 'live_changed'])
    expect((await look(at)).differences).toHaveLength(1)
  })

  it('leaves alone what only live has, and whose origins are its own', async () => {
    const at = await ready()
    const twin = await live(at)
    await app().ok('POST', '/api/tiers', { headers: secret(twin), body: tier({ slug: 'only', displayName: 'Only' }) })
    await changeTier(at.project, 'pro', { displayName: 'Pro 2' })
    await follow(at, { revision: (await look(at)).revision })
    const { tiers } = await app().ok('GET', '/api/tiers', { headers: page(twin) })
    expect(tiers.map(({ slug }: Body) => slug)).toContain('only')
    expect((await look(at)).differences).toEqual([])
  })

  it('keeps test mode until it is asked to delete it, and goes on without it', async () => {
    const at = await ready()
    const twin = await live(at)
    await app().customer(at.project)
    const path = `/account/projects/${at.project.projectId}/test`
    const unsure = await app().asMember(at.member, 'DELETE', path, { body: { confirm: 'Other' } })
    expect(unsure.body.code).toBe('not_confirmed')
    await app().ok('GET', '/api/tiers', { headers: page(at.project) })
    await app().okAsMember(at.member, 'DELETE', path, { body: { confirm: 'Acme' } })
    await app().settle()
    await app().advance('10m')
    expect((await app().call('GET', '/api/tiers', { headers: page(at.project) })).body.code).toBe('project_deleted')
    await app().ok('GET', '/api/tiers', { headers: page(twin) })
    const { project } = await app().okAsMember(at.member, 'GET', `/account/projects/${at.project.projectId}`)
    expect([project.modes, project.deletedAt]).toEqual([['live'], null])
  })

  it('follows its account: name, standing and connection', async () => {
    const at = await ready()
    const twin = await live(at)
    await app().okAsMember(at.member, 'PATCH', `/account/projects/${at.project.projectId}`, {
      body: { name: 'Zenith' },
    })
    await app().settle()
    expect((await app().ok('GET', '/api/project', { headers: secret(twin) })).project.name).toBe('Zenith')
    await app().okAsMember(at.member, 'DELETE', '/account/connections/live?force=true')
    await app().settle()
    const { id } = await app().customer(twin)
    const refused = await app().call('POST', '/api/create-checkout', {
      headers: { ...secret(twin), 'X-User-Id': id },
      body: { tier: 'pro', ...RETURNS },
    })
    expect(refused.body.code).toBe('payments_not_connected')
  })

  it('cannot be followed up before there is one', async () => {
    const at = await ready()
    expect((await follow(at, { revision: (await look(at)).revision })).body.code).toBe('not_live')
  })
})
