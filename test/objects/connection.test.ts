import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { evict } from '../support/inside.ts'
import { aProject } from '../support/project.ts'

const aConnection = () => env.CONNECTION.getByName(`acct_${crypto.randomUUID()}:test`)
const member = (projectId: string, platformId = 'plt_1') => ({ projectId, platformId })

describe('[W1] a connected Stripe account', () => {
  it('names its projects, each once', async () => {
    const connection = aConnection()
    for (const id of ['p1', 'p2', 'p1']) expect(await connection.attach(member(id))).toMatchObject({ ok: true })
    expect((await connection.projects()).toSorted()).toEqual(['p1', 'p2'])
  })

  it('belongs to one platform account, also when two attach at once', async () => {
    const connection = aConnection()
    const answers = await Promise.all([connection.attach(member('p1')), connection.attach(member('p9', 'plt_2'))])
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await connection.projects()).toHaveLength(1)
  })

  it('is free for another when its last project left, not before', async () => {
    const connection = aConnection()
    await connection.attach(member('p1'))
    await connection.attach(member('p2'))
    await connection.detach('p1')
    expect(await connection.attach(member('p9', 'plt_2'))).toMatchObject({ ok: false })
    await connection.detach('p2')
    expect(await connection.attach(member('p9', 'plt_2'))).toMatchObject({ ok: true })
    expect(await connection.projects()).toEqual(['p9'])
  })

  it('that is claimed stays claimed without projects, until that very claim is released', async () => {
    const connection = aConnection()
    const claim = (number: number, platformId = 'plt_1') => ({ platformId, claim: number })
    expect(await connection.claim(claim(1))).toMatchObject({ ok: true })
    await connection.attach(member('p1'))
    await connection.detach('p1')
    expect(await connection.claim(claim(5, 'plt_2'))).toMatchObject({ ok: false, code: 'stripe_account_taken' })
    expect(await connection.attach(member('p9', 'plt_2'))).toMatchObject({ ok: false })
    await connection.claim(claim(2))
    await connection.attach(member('p1'))
    await connection.release(claim(1))
    await connection.release(claim(2, 'plt_2'))
    expect([await connection.claimedBy(), await connection.projects()]).toEqual(['plt_1', ['p1']])
    await connection.release(claim(2))
    expect([await connection.claimedBy(), await connection.projects()]).toEqual([null, []])
    expect(await connection.claim(claim(1, 'plt_2'))).toMatchObject({ ok: true })
  })

  it('that a project is attached to without a claim is nobody’s to hear of', async () => {
    const connection = aConnection()
    await connection.attach(member('p1'))
    expect(await connection.claimedBy()).toBeNull()
  })
})

describe('a project that came to be paid to another Stripe account', () => {
  it('remembers nothing that was made on the one it left, however late that is told', async () => {
    const project = await aProject({ stripeAccount: 'acct_old' })
    const price = { tier: 'pro', interval: 'month', currency: 'usd', unitAmount: 2900 } as const
    const link = { price, stripeProductId: 'prod_old', stripePriceId: 'price_old' }
    await project.stub().linkPrice(link, 'acct_old')
    await project.stub().hearConnection({ stripeAccount: 'acct_new', chargesEnabled: true })
    expect(await project.stub().linkPrice(link, 'acct_old')).toMatchObject({ ok: false, code: 'connection_changed' })
    expect(await project.stub().linkPortal('bpc_old', 'acct_old')).toMatchObject({ ok: false })
    const { tier } = (await project.stub().pricesTask('pro')).value!
    expect([tier.stripeProductId, tier.prices[0]?.stripePriceId]).toEqual([null, null])
  })

  it('remembers what it has there when it was only away', async () => {
    const project = await aProject({ stripeAccount: 'acct_old' })
    const price = { tier: 'pro', interval: 'month', currency: 'usd', unitAmount: 2900 } as const
    const link = { price, stripeProductId: 'prod_old', stripePriceId: 'price_old' }
    await project.stub().linkPrice(link, 'acct_old')
    await project.stub().hearConnection(null)
    await project.stub().hearConnection({ stripeAccount: 'acct_old', chargesEnabled: true })
    const { tier } = (await project.stub().pricesTask('pro')).value!
    expect([tier.stripeProductId, tier.prices[0]?.stripePriceId]).toEqual(['prod_old', 'price_old'])
  })

  it('keeps its portal through a restart', async () => {
    const project = await aProject({ stripeAccount: 'acct_old' })
    await project.stub().linkPortal('bpc_1', 'acct_old')
    await evict(project)
    expect((await project.stub().settings()).portalConfiguration).toBe('bpc_1')
  })
})
