/** The tier editor over HTTP: made, changed, ordered, taken off sale; and what that means for who holds a tier. */

import { describe, expect, it } from 'vitest'
import { as, page, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { askFor, LADDER, planOf, subscriptionsAt, tier, wantTier } from '../support/billing.ts'
import { allTiers, archive, changeTier, tierOf } from '../support/tiers.ts'

const app = useApp()
const aProject = (facts: object = {}) => app().project({ tiers: LADDER, ...facts })
const add = (project: TestProject, body: object) => app().call('POST', '/api/tiers', { headers: secret(project), body })
const order = (project: TestProject, slugs: readonly string[]) =>
  app().call('POST', '/api/tiers/order', { headers: secret(project), body: { slugs } })
const preview = (project: TestProject, slug: string, body: object) =>
  app().call('POST', `/api/tiers/${slug}/preview`, { headers: secret(project), body })
const onSale = async (project: TestProject): Promise<string[]> =>
  (await app().ok('GET', '/api/tiers', { headers: page(project) })).tiers.map(({ slug }: Body) => slug)
const use = (project: TestProject, customerId: string, quantity: number) =>
  app().call('POST', '/api/data', { headers: as(project, customerId), body: { quantity } })
const usd = (unitAmount: number, interval = 'month') => ({ interval, unitAmount, currency: 'usd' })

describe('making a tier', () => {
  it('keeps all that was written, the description too, and puts it on sale above the others [M21]', async () => {
    const project = await aProject()
    const written = {
      slug: 'team',
      displayName: 'Team',
      description: 'For five of you',
      features: ['Five seats', 'Support'],
      popular: true,
      trialDays: 14,
      requestsPerMinute: 900,
      limits: { requests: { limit: null, period: 'month' }, exports: { limit: 5, period: 'day' } },
      prices: [usd(9000), usd(90_000, 'year'), { interval: 'month', unitAmount: 8000, currency: 'eur' }],
    }
    const { status, body } = await add(project, written)
    expect(status).toBe(201)
    const prices = written.prices.map((price) => ({ ...price, onSale: true, subscribers: 0 }))
    expect(body.tier).toMatchObject({ ...written, prices, subscribers: 0, isDefault: false, archivedAt: null })
    expect(await tierOf(app(), project, 'team')).toEqual(body.tier)
    expect(await onSale(project)).toEqual(['free', 'pro', 'max', 'team'])
    const { tiers } = await app().ok('GET', '/api/tiers', { headers: page(project) })
    expect(tiers[3]).toMatchObject({ slug: 'team', description: 'For five of you', price: 9000, trialDays: 14 })
    expect(JSON.stringify(tiers)).not.toMatch(/subscribers|revision|archivedAt|isDefault|position/)
  })

  it.each([
    ['a slug that another tier has', { slug: 'pro', displayName: 'Other' }, 'tier_exists', 409],
    ['a name that customers know another by', { slug: 'other', displayName: 'pro_plan' }, 'tier_name_taken', 409],
    ['two prices of one currency and interval', { slug: 'x', prices: [usd(100), usd(200)] }, 'invalid_request', 400],
    ['no price', { slug: 'x', prices: [] }, 'invalid_request', 400],
    ['half a cent', { slug: 'x', prices: [usd(1.5)] }, 'invalid_request', 400],
    ['less than nothing', { slug: 'x', limits: { requests: { limit: -1, period: 'day' } } }, 'invalid_request', 400],
    ['a Stripe price of the caller’s own', { slug: 'x', stripePriceId: 'price_1' }, 'invalid_request', 400],
  ])('with %s is refused', async (_, facts, code, status) => {
    const project = await aProject()
    const answer = await add(project, { ...tier({ slug: 'x', displayName: 'X', unitAmount: 100 }), ...facts })
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(await onSale(project)).toEqual(['free', 'pro', 'max'])
  })

  it('belongs to one project and mode: a sibling’s tiers are neither seen nor changed [P7, P8]', async () => {
    const [one, two] = [await aProject({ platformId: 'plt_same' }), await aProject({ platformId: 'plt_same' })]
    await add(one, tier({ slug: 'own', unitAmount: 100 }))
    expect(await onSale(two)).toEqual(['free', 'pro', 'max'])
    expect((await changeTier(app(), two, 'own', { popular: true })).status).toBe(404)
    await changeTier(app(), one, 'pro', { displayName: 'Professional' })
    expect(await tierOf(app(), two, 'pro')).toMatchObject({ displayName: 'Pro Plan' })
  })
})

describe('changing a tier', () => {
  it('keeps what is left out, and lets one of two people who looked at the same change it [M6]', async () => {
    const project = await aProject()
    const before = await tierOf(app(), project, 'pro')
    const wishes = [{ description: 'One' }, { description: 'Two' }]
    const answers = await Promise.all(
      wishes.map((wish) => changeTier(app(), project, 'pro', { ...wish, ifRevision: before.revision })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    const after = await tierOf(app(), project, 'pro')
    const { description: _, revision: __, ...rest } = before
    expect(after).toMatchObject(rest)
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'tier_changed', tier: after })
  })

  it('is not what a first buyer does, for whom it comes to have an id at Stripe: who looked before still may', async () => {
    const project = await aProject()
    const before = await tierOf(app(), project, 'pro')
    await app().subscribe(project, 'u', 'pro')
    expect((await tierOf(app(), project, 'pro')).productId).toMatch(/^prod_/)
    const wish = { popular: true, ifRevision: before.revision }
    expect((await changeTier(app(), project, 'pro', wish)).status).toBe(200)
    expect((await changeTier(app(), project, 'pro', wish)).status).toBe(409)
  })

  it('never changes the slug, which is what customers hold', async () => {
    const project = await aProject()
    expect((await changeTier(app(), project, 'pro', { slug: 'pro2' })).body.code).toBe('invalid_request')
    await app().subscribe(project, 'u', 'pro')
    await changeTier(app(), project, 'pro', { displayName: 'Professional' })
    expect(await planOf(app(), project, 'u')).toBe('pro')
    expect((await askFor(app(), project, 'u', { tier: 'professional' })).status).toBe(200)
  })

  it('moves a limit for everybody at once, and never the count', async () => {
    const project = await aProject()
    await app().subscribe(project, 'u', 'pro')
    expect((await use(project, 'u', 40)).status).toBe(200)
    await changeTier(app(), project, 'pro', { limits: { requests: { limit: 30, period: 'subscription' } } })
    expect((await use(project, 'u', 1)).body).toMatchObject({ code: 'limit_reached', used: 40, limit: 30 })
    await changeTier(app(), project, 'pro', { limits: { requests: { limit: null, period: 'subscription' } } })
    expect((await use(project, 'u', 1000)).status).toBe(200)
  })

  it('takes the tier that everybody falls back on neither off sale nor out of reach', async () => {
    const project = await aProject()
    expect((await archive(app(), project, 'free')).body.code).toBe('default_tier')
    expect((await changeTier(app(), project, 'free', { prices: [usd(100)] })).body.code).toBe('default_tier')
    expect((await preview(project, 'free', { archive: true })).body.code).toBe('default_tier')
    expect((await use(project, 'u', 1)).body.usage.plan).toBe('free')
    await add(project, tier({ slug: 'basic', limit: 3 }))
    expect((await archive(app(), project, 'free')).body.code).toBe('default_tier')
    await order(project, ['basic', 'free', 'pro', 'max'])
    expect((await archive(app(), project, 'free')).status).toBe(200)
    expect((await use(project, 'u', 1)).body.usage).toMatchObject({ plan: 'basic', limit: 3, used: 2 })
  })
})

describe('taking a tier off sale', () => {
  it('sells it to nobody; who holds it keeps it, its limits and its renewals', async () => {
    const project = await aProject()
    await app().subscribe(project, 'u', 'pro')
    expect((await archive(app(), project, 'pro')).body.tier).toMatchObject({
      archivedAt: expect.any(Number),
      subscribers: 1,
    })
    await app().settle()
    expect(await onSale(project)).toEqual(['free', 'max'])
    expect((await askFor(app(), project, 'v', { tier: 'pro' })).body.code).toBe('tier_not_for_sale')
    await app().advance('40d')
    expect(await app().usage(project, 'u')).toMatchObject({ plan: 'pro', limit: 50 })
    expect((await subscriptionsAt(app(), project))[0]).toMatchObject({ status: 'active' })
    expect((await add(project, tier({ slug: 'pro', unitAmount: 100 }))).body.code).toBe('tier_exists')
  })

  it('can be taken back: it is sold again, at the same price at Stripe', async () => {
    const project = await aProject()
    await app().subscribe(project, 'u', 'pro')
    await archive(app(), project, 'pro')
    await app().settle()
    const { status } = await app().call('POST', '/api/tiers/pro/restore', { headers: secret(project) })
    expect(status).toBe(200)
    expect(await onSale(project)).toEqual(['free', 'pro', 'max'])
    await app().subscribe(project, 'v', 'pro') // also before the outbox has opened the price again
    expect(await planOf(app(), project, 'v')).toBe('pro')
    const items = (await subscriptionsAt(app(), project)).map(({ items: { data } }) => data[0]?.price.id)
    expect(new Set(items).size).toBe(1)
  })
})

describe('the order of tiers', () => {
  it('decides what is more and what is less, and keeps an archived one behind the one it was behind', async () => {
    const project = await aProject()
    await archive(app(), project, 'pro')
    expect((await order(project, ['max', 'free'])).status).toBe(200)
    expect((await allTiers(app(), project)).map(({ slug }) => slug)).toEqual(['max', 'free', 'pro'])
    expect(await onSale(project)).toEqual(['max', 'free'])
  })

  it.each([
    ['a tier that does not exist', ['free', 'nothing'], 404],
    ['a tier twice', ['free', 'free'], 400],
  ])('is refused with %s', async (_, slugs, status) => {
    expect((await order(await aProject(), slugs)).status).toBe(status)
  })
})

describe('the preview', () => {
  it('says who pays what, how much money it is, and who would be over a lower limit; and changes nothing', async () => {
    const ladder = LADDER.map((one) =>
      one.slug === 'pro' ? { ...one, prices: [usd(1000), usd(12_000, 'year')] } : one,
    )
    const project = await aProject({ tiers: ladder })
    await app().subscribe(project, 'a', 'pro')
    await app().subscribe(project, 'b', 'pro')
    const { sessionId } = await app().ok('POST', '/api/create-checkout', {
      headers: as(project, 'c'),
      body: { tier: 'pro', interval: 'year', successUrl: 'http://localhost/y', cancelUrl: 'http://localhost/n' },
    })
    await app().pay(sessionId)
    await app().subscribe(project, 'm', 'max')
    await use(project, 'a', 30)
    await use(project, 'b', 20)
    await use(project, 'm', 100)
    const before = await allTiers(app(), project)
    const change = {
      prices: [usd(1500), usd(15_000, 'year')],
      limits: { requests: { limit: 25, period: 'subscription' } },
    }
    const { impact } = (await preview(project, 'pro', change)).body
    expect(impact).toEqual({
      subscribers: 3,
      prices: [
        { ...usd(1000), onSale: true, subscribers: 2, becomes: 1500 },
        { ...usd(12_000, 'year'), onSale: true, subscribers: 1, becomes: 15_000 },
      ],
      monthly: [{ currency: 'usd', before: 3000, after: 4250 }],
      overLimit: { count: 1, customers: [{ customerId: 'a', meter: 'requests', used: 30, limit: 25 }] },
    })
    expect(await allTiers(app(), project)).toEqual(before)
    await wantTier(app(), project, 'n', 'pro')
    expect((await preview(project, 'pro', {})).body.impact.subscribers).toBe(3) // wanting is not having
  })
})
