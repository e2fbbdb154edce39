/** Connecting a Stripe account: by OAuth on Stripe's own pages, told to every project, lost and let go again. */

import { readdir, readFile } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { App, as, secret, useApp, type Body, type TestMember, type TestProject } from '../support/app.ts'
import { askFor, fault, noFaults, stripeOf, tier, wantTier } from '../support/billing.ts'
import { agree, connectByOAuth, connectionsOf, finish, newStripeAccount, startOAuth } from '../support/connect.ts'
import { startServer } from '../support/server.ts'

const app = useApp()

const TIERS = [tier({ slug: 'free', limit: 5 }), tier({ slug: 'pro', limit: 50, unitAmount: 1000 })]

async function aProjectOf(member: TestMember, stripeAccount: string | null = null): Promise<TestProject> {
  const body = { name: 'Acme AI', type: 'saas', tiers: TIERS }
  const { project, keys } = await app().okAsMember(member, 'POST', '/account/projects', { body })
  return { projectId: project.projectId, mode: 'test', ...keys.test, stripeAccount }
}

/** An account that Stripe has, which may be changed there. */
async function anAccount(): Promise<string> {
  const id = newStripeAccount()
  await app().ok('POST', '/sandbox/stripe/accounts', { body: { id } })
  return id
}

const leave = (account: string) =>
  app().ok('POST', `/sandbox/stripe/accounts/${account}/deauthorize`, { body: { mode: 'test' } })

const charges = (account: string, enabled: boolean) =>
  app().ok('POST', `/sandbox/stripe/accounts/${account}`, { body: { charges_enabled: enabled } })

const paymentsOf = async (member: TestMember, { projectId }: TestProject): Promise<Body> =>
  (await app().okAsMember(member, 'GET', `/account/projects/${projectId}`)).project.payments.test

const disconnect = (member: TestMember, query = '') =>
  app().asMember(member, 'DELETE', `/account/connections/test${query}`)

describe('connecting by OAuth', () => {
  it('lets every project of the mode sell at once, those made before and those made after', async () => {
    const member = await app().member()
    const before = await aProjectOf(member)
    expect((await askFor(app(), before, 'u')).body.code).toBe('payments_not_connected')
    expect(await paymentsOf(member, before)).toEqual({ chargesEnabled: false, reason: expect.any(String) })
    const account = newStripeAccount()
    expect(await connectByOAuth(app(), member, 'test', account)).toMatchObject({
      stripeAccount: account,
      mode: 'test',
      via: 'oauth',
      scope: 'read_write',
      chargesEnabled: true,
      reason: null,
      country: 'US',
      currency: 'usd',
    })
    const after = await aProjectOf(member)
    for (const project of [before, after]) {
      await app().subscribe(project, 'u')
      expect((await app().usage(project, 'u')).plan).toBe('pro')
    }
    expect(await paymentsOf(member, before)).toEqual({ chargesEnabled: true, reason: null })
    expect(await connectionsOf(app(), member)).toMatchObject({ test: { stripeAccount: account }, live: null })
  })

  it('is one account a mode: another must wait until it is disconnected', async () => {
    const member = await app().member()
    await connectByOAuth(app(), member, 'test')
    const answer = await app().asMember(member, 'POST', '/account/connections/test/start', { body: { via: 'oauth' } })
    expect([answer.status, answer.body.code]).toEqual([409, 'connection_exists'])
    await connectByOAuth(app(), member, 'live')
  })

  it('in one mode pays for nothing in the other [P9]', async () => {
    const member = await app().member()
    const project = await aProjectOf(member)
    await connectByOAuth(app(), member, 'live')
    expect((await askFor(app(), project, 'u')).body.code).toBe('payments_not_connected')
    expect(await paymentsOf(member, project)).toMatchObject({ chargesEnabled: false })
  })

  it('that was begun twice ends with the account that came first', async () => {
    const member = await app().member()
    const [one, two] = [await startOAuth(app(), member, 'test'), await startOAuth(app(), member, 'test')]
    const [first, second] = [
      await agree(app(), one, { account: newStripeAccount() }),
      await agree(app(), two, { account: newStripeAccount() }),
    ]
    const answers = [await finish(app(), member, 'test', first), await finish(app(), member, 'test', second)]
    expect(answers.map(({ status }) => status)).toEqual([200, 409])
  })

  it('that is declined connects nothing', async () => {
    const member = await app().member()
    const back = await agree(app(), await startOAuth(app(), member, 'test'), { answer: 'deny' })
    expect((await finish(app(), member, 'test', back)).body.code).toBe('connection_declined')
    expect(await connectionsOf(app(), member)).toEqual({ test: null, live: null })
  })

  it('outlives a restart [L13], and no token of it is kept anywhere [S14]', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dream-'))
    const first = new App(await startServer({ port: 0, stateDir: folder }))
    const member = await first.member()
    const { stripeAccount } = await connectByOAuth(first, member, 'test')
    await first.server.stop()
    const second = new App(await startServer({ port: first.server.port, stateDir: folder }))
    expect((await connectionsOf(second, member)).test).toMatchObject({ stripeAccount, chargesEnabled: true })
    await second.server.stop()
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')))
    const stored = texts.join('\n')
    await rm(folder, { recursive: true, force: true })
    expect(stored).toContain(stripeAccount)
    expect(stored.match(/rt_[A-Za-z0-9]{14,}|sk_test_[A-Za-z0-9]{20,}|access_token|refresh_token/g)).toBeNull()
  })
})

describe('connecting by onboarding', () => {
  const begin = async (member: TestMember): Promise<string> =>
    (await app().okAsMember(member, 'POST', '/account/connections/test/start', { body: { via: 'onboarding' } })).url

  /** Does Stripe's page as its owner would; answers where it leads back to. */
  const visit = async (url: string, answer: 'complete' | 'review' | 'leave'): Promise<URL> => {
    const back = await app().call('POST', new URL(url).pathname, {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `answer=${answer}`,
    })
    return new URL(back.headers.get('Location')!)
  }

  /** The accounts that Stripe was asked to make for a member. */
  const madeFor = async ({ email }: TestMember): Promise<Body[]> => {
    const { requests } = await app().ok('GET', '/sandbox/stripe/requests?path=/v1/accounts&limit=1000')
    return requests.filter(({ method, params }: Body) => method === 'POST' && params.email === email)
  }

  it('lets the projects sell when it is complete, and says until then why they cannot', async () => {
    const member = await app().member()
    const project = await aProjectOf(member)
    const url = await begin(member)
    await app().settle()
    expect((await askFor(app(), project, 'u')).body.code).toBe('payments_restricted')
    expect((await connectionsOf(app(), member)).test).toMatchObject({
      via: 'onboarding',
      chargesEnabled: false,
      reason: expect.stringContaining('onboarding'),
    })
    const back = await visit(url, 'complete')
    expect([back.origin, back.pathname, back.searchParams.get('mode')]).toEqual([
      app().server.url,
      '/connect/callback',
      'test',
    ])
    const { body } = await finish(app(), member, 'test', {})
    expect(body.connection).toMatchObject({ chargesEnabled: true, detailsSubmitted: true, reason: null })
    await app().settle()
    await wantTier(app(), project, 'u', 'pro')
  })

  it('that was left goes on with the same account, and hears by itself when Stripe has looked at it', async () => {
    const member = await app().member()
    const project = await aProjectOf(member)
    await visit(await begin(member), 'leave')
    const { stripeAccount } = (await connectionsOf(app(), member)).test
    await visit(await begin(member), 'review')
    await app().settle()
    expect((await connectionsOf(app(), member)).test).toMatchObject({
      stripeAccount,
      detailsSubmitted: true,
      reason: expect.stringContaining('requirements.pending_verification'),
    })
    await visit(await begin(member), 'complete')
    await app().settle()
    await wantTier(app(), project, 'u', 'pro')
    expect(new Set((await madeFor(member)).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
  })

  it('that is begun twice at once, or cut off while the account is made, makes one account', async () => {
    const member = await app().member()
    await fault(app(), { service: 'stripe', method: 'POST', path: '/v1/accounts', times: 2, kind: 'network' })
    const cut = await app().asMember(member, 'POST', '/account/connections/test/start', { body: { via: 'onboarding' } })
    expect(cut.body.code).toBe('stripe_unavailable')
    await noFaults(app())
    await Promise.allSettled([begin(member), begin(member)])
    await begin(member)
    expect(new Set((await madeFor(member)).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
    const { stripeAccount } = (await connectionsOf(app(), member)).test
    await visit(await begin(member), 'complete')
    await app().settle()
    expect((await connectionsOf(app(), member)).test).toMatchObject({ stripeAccount, chargesEnabled: true })
  })

  it('anew after it was disconnected makes another account', async () => {
    const member = await app().member()
    await begin(member)
    const { stripeAccount } = (await connectionsOf(app(), member)).test
    await disconnect(member)
    await app().settle()
    await begin(member)
    expect((await connectionsOf(app(), member)).test.stripeAccount).not.toBe(stripeAccount)
  })
})

describe('the visit to Stripe [4.11, E13]', () => {
  it('is believed at once, and once [P1]', async () => {
    const member = await app().member()
    const back = await agree(app(), await startOAuth(app(), member, 'test'))
    expect((await finish(app(), member, 'test', back)).status).toBe(200)
    expect((await finish(app(), member, 'test', back)).body.code).toBe('connection_state_invalid')
  })

  it.each([
    ['was never begun', async (_: TestMember, back: object) => ({ ...back, state: `test_${'0'.repeat(26)}` })],
    ['is older than ten minutes', async (_: TestMember, back: object) => (await app().advance('10m'), back)],
  ])('is not believed when it %s', async (_, change) => {
    const member = await app().member()
    const back = await agree(app(), await startOAuth(app(), member, 'test'))
    expect((await finish(app(), member, 'test', await change(member, back))).body.code).toBe('connection_state_invalid')
    expect(await connectionsOf(app(), member)).toEqual({ test: null, live: null })
  })

  it('is for the member, the session, the account and the mode that began it [S15] [S15]', async () => {
    const [member, stranger] = [await app().member(), await app().member()]
    const inAnotherSession = {
      Authorization: `Bearer ${await app().memberToken(member, { claims: { sid: 'sess_b' } })}`,
    }
    const tries: [string, (body: object) => Promise<Body>][] = [
      ['mode', async (body) => (await finish(app(), member, 'live', body)).body],
      [
        'session',
        async (body) =>
          (await app().call('POST', '/account/connections/test/finish', { headers: inAnotherSession, body })).body,
      ],
    ]
    for (const [another, finishIt] of tries) {
      const back = await agree(app(), await startOAuth(app(), member, 'test'))
      expect([another, (await finishIt(back)).code]).toEqual([another, 'connection_state_invalid'])
      const again = await finish(app(), member, 'test', back)
      expect([another, again.body.code]).toEqual([another, 'connection_state_invalid'])
    }
    const back = await agree(app(), await startOAuth(app(), member, 'test'))
    expect((await finish(app(), stranger, 'test', back)).body.code).toBe('connection_state_invalid')
    expect(await connectionsOf(app(), stranger)).toEqual({ test: null, live: null })
    expect(await connectionsOf(app(), member)).toEqual({ test: null, live: null })
  })

  it('needs an owner', async () => {
    const member = await app().member()
    const answer = await app().call('POST', '/account/connections/test/start', { body: { via: 'oauth' } })
    expect(answer.body.code).toBe('missing_session')
    expect((await app().asMember(member, 'POST', '/account/connections/both/start', { body: {} })).status).toBe(400)
  })
})

describe('one Stripe account', () => {
  it('belongs to one dream-api account, however two fight for it, until that one lets it go [E13]', async () => {
    const [one, two] = [await app().member(), await app().member()]
    const account = newStripeAccount()
    const backs = [
      await agree(app(), await startOAuth(app(), one, 'test'), { account }),
      await agree(app(), await startOAuth(app(), two, 'test'), { account }),
    ]
    const answers = await Promise.all([finish(app(), one, 'test', backs[0]!), finish(app(), two, 'test', backs[1]!)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    const [winner, loser] = answers[0]!.status === 200 ? [one, two] : [two, one]
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('stripe_account_taken')
    await app().advance('5m') // whatever heals must not take it from the winner
    expect((await connectionsOf(app(), winner)).test.chargesEnabled).toBe(true)
    expect((await disconnect(winner)).status).toBe(200)
    await app().settle()
    await connectByOAuth(app(), loser, 'test', account)
    expect((await connectionsOf(app(), loser)).test).toMatchObject({ stripeAccount: account, chargesEnabled: true })
  })
})

describe('a fault at Stripe', () => {
  it.each([
    ['while the account is read', { method: 'GET', path: '/v1/accounts', kind: 'status', status: 500, times: 8 }],
    ['while nothing answers', { method: 'GET', path: '/v1/accounts', kind: 'network', times: 8 }],
  ])('%s leaves a connection that completes itself', async (_, trouble) => {
    const member = await app().member()
    const project = await aProjectOf(member)
    const back = await agree(app(), await startOAuth(app(), member, 'test'))
    await fault(app(), { service: 'stripe', ...trouble })
    const answer = await finish(app(), member, 'test', back)
    expect([answer.status, answer.body.connection?.chargesEnabled]).toEqual([200, false])
    expect(answer.body.connection.reason).toMatch(/being asked/)
    expect((await askFor(app(), project, 'u')).body.code).toMatch(/payments_(restricted|not_connected)/)
    await noFaults(app())
    await app().advance('10m')
    expect((await connectionsOf(app(), member)).test.chargesEnabled).toBe(true)
    await wantTier(app(), project, 'u', 'pro')
  })

  it('while the code is exchanged is answered, and the visit begun anew connects', async () => {
    const member = await app().member()
    const back = await agree(app(), await startOAuth(app(), member, 'test'))
    await fault(app(), { service: 'stripe', path: '/oauth/token', kind: 'status', status: 500, times: 4 })
    expect((await finish(app(), member, 'test', back)).body.code).toBe('stripe_unavailable')
    await noFaults(app())
    expect((await connectByOAuth(app(), member, 'test')).chargesEnabled).toBe(true)
  })

  it('while it is let go: the projects are disconnected at once, Stripe hears it when it is back', async () => {
    const member = await app().member()
    const project = await aProjectOf(member)
    const account = newStripeAccount()
    await connectByOAuth(app(), member, 'test', account)
    await fault(app(), { service: 'stripe', path: '/oauth/deauthorize', kind: 'status', status: 500, times: 6 })
    expect((await disconnect(member)).status).toBe(200)
    await app().settle()
    expect((await askFor(app(), project, 'u')).body.code).toBe('payments_not_connected')
    await noFaults(app())
    await app().advance('10m')
    const seen = stripeOf(app(), { ...project, stripeAccount: account }).customers.list()
    await expect(seen).rejects.toMatchObject({ statusCode: 403 })
  })
})

describe('disconnecting', () => {
  it('is refused while subscriptions are paid through it, unless it is forced; what was bought stays', async () => {
    const member = await app().member()
    const project = await aProjectOf(member)
    await connectByOAuth(app(), member, 'test')
    await app().subscribe(project, 'u')
    expect(await disconnect(member)).toMatchObject({
      status: 409,
      body: { code: 'connection_in_use', subscriptions: 1 },
    })
    expect((await disconnect(member, '?force=true')).status).toBe(200)
    await app().settle()
    expect((await app().usage(project, 'u')).plan).toBe('pro')
    expect((await askFor(app(), project, 'v')).body.code).toBe('payments_not_connected')
    expect((await disconnect(member)).body.code).toBe('connection_not_found')
  })

  it('and connecting the same account again takes up what was made there', async () => {
    const member = await app().member()
    const account = newStripeAccount()
    await connectByOAuth(app(), member, 'test', account)
    const project = await aProjectOf(member, account)
    await wantTier(app(), project, 'u', 'pro')
    await disconnect(member)
    await app().settle()
    await connectByOAuth(app(), member, 'test', account)
    await wantTier(app(), project, 'v', 'pro')
    const { data } = await stripeOf(app(), project).products.list()
    expect(data).toHaveLength(1)
  })

  it('and connecting another account makes everything there anew: products, prices, customers, portal', async () => {
    const member = await app().member()
    await connectByOAuth(app(), member, 'test')
    const first = await aProjectOf(member)
    await app().subscribe(first, 'u')
    const portal = () =>
      app().call('POST', '/api/customer-portal', {
        headers: as(first, 'u'),
        body: { returnUrl: 'http://localhost:3000' },
      })
    expect((await portal()).status).toBe(200)
    await disconnect(member, '?force=true')
    await app().settle()
    const account = newStripeAccount()
    await connectByOAuth(app(), member, 'test', account)
    await app().subscribe(first, 'v')
    expect((await app().usage(first, 'v')).plan).toBe('pro')
    const there = stripeOf(app(), { ...first, stripeAccount: account })
    expect((await there.products.list()).data).toHaveLength(1)
    expect((await there.customers.list()).data).toHaveLength(1)
    expect((await portal()).body.code).toBe('no_subscription')
  })
})

describe('what Stripe says of a connected account [F43]', () => {
  it('ends the connection everywhere when the account left us there, and writes it down', async () => {
    const member = await app().member()
    const project = await aProjectOf(member)
    const account = await anAccount()
    await connectByOAuth(app(), member, 'test', account)
    await app().subscribe(project, 'u')
    await leave(account)
    await app().settle()
    expect((await askFor(app(), project, 'v')).body.code).toBe('payments_not_connected')
    expect(await connectionsOf(app(), member)).toEqual({ test: null, live: null })
    expect((await app().usage(project, 'u')).plan).toBe('pro')
    const { entries } = await app().okAsMember(member, 'GET', '/account/audit')
    expect(entries[0]).toMatchObject({ email: 'dream-api', userId: null, target: account, mode: 'test' })
    const other = await app().member()
    await connectByOAuth(app(), other, 'test', account)
  })

  it('stops new checkouts while it takes no payments, says why, and lets them go on afterwards', async () => {
    const member = await app().member()
    const project = await aProjectOf(member)
    const account = await anAccount()
    await connectByOAuth(app(), member, 'test', account)
    await charges(account, false)
    await app().settle()
    expect((await askFor(app(), project, 'u')).body.code).toBe('payments_restricted')
    const { reason } = (await connectionsOf(app(), member)).test
    expect(reason).toMatch(/no payments at the moment/)
    expect(await paymentsOf(member, project)).toEqual({ chargesEnabled: false, reason })
    const fresh = await aProjectOf(member)
    expect((await askFor(app(), fresh, 'u')).body.code).toBe('payments_restricted')
    await charges(account, true)
    await app().settle()
    for (const each of [project, fresh]) await wantTier(app(), each, 'u', 'pro')
    expect(await paymentsOf(member, project)).toEqual({ chargesEnabled: true, reason: null })
  })

  it('does not take a project back to an account that it left', async () => {
    const member = await app().member()
    const project = await aProjectOf(member)
    const old = await anAccount()
    await connectByOAuth(app(), member, 'test', old)
    await disconnect(member)
    await app().settle()
    await connectByOAuth(app(), member, 'test')
    await app().ok('POST', '/sandbox/stripe/accounts', { body: { id: old } }) // known there again, not to us
    await charges(old, false)
    await app().settle()
    expect((await connectionsOf(app(), member)).test.chargesEnabled).toBe(true)
    await wantTier(app(), project, 'u', 'pro')
    await app().ok('GET', '/api/dashboard', { headers: secret(project) })
  })
})
