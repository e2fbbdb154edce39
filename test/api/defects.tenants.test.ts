/** What the original got wrong about who may do what. Each test is named after its row in the list of defects. */

import { describe, expect, it } from 'vitest'
import { as, page, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import {
  askFor,
  LADDER,
  onlyOne,
  planOf,
  requestsAt,
  RETURNS,
  sessionsAt,
  stripeOf,
  subscriptionsAt,
  wantTier,
} from '../support/billing.ts'

const app = useApp()

const metadataOf = async (id: string, instance: 'test' | 'live' = 'test'): Promise<Body> =>
  (await app().ok('GET', `/sandbox/clerk/users/${id}?instance=${instance}`)).public_metadata
const rotate = async (project: TestProject, overlapMs = 0): Promise<string> =>
  (await app().ok('POST', '/sandbox/projects/rotate', { body: { projectId: project.projectId, overlapMs } })).secretKey

describe('keys', () => {
  it('S1: a rotated secret key is refused on the very next request, everywhere [K2]', async () => {
    const project = await app().project({ tiers: LADDER })
    expect((await app().call('GET', '/api/dashboard', { headers: secret(project) })).status).toBe(200)
    const secretKey = await rotate(project)
    const calls = [
      ['GET', '/api/tiers'],
      ['GET', '/api/dashboard'],
      ['GET', '/api/customers'],
      ['POST', '/api/data'],
      ['POST', '/api/feed/tickets'],
    ] as const
    for (const [method, path] of calls) {
      const old = await app().call(method, path, { headers: as(project, 'u') })
      expect([old.status, old.body.code], path).toEqual([401, 'invalid_api_key'])
      expect((await app().call(method, path, { headers: as({ ...project, secretKey }, 'u') })).status).toBeLessThan(300)
    }
    expect((await app().call('GET', '/api/tiers', { headers: page(project) })).status).toBe(200) // it never changes
  })

  it('S1: a key of a closed project opens nothing any more [K2]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    const token = await app().token(project, id)
    await app().ok('POST', '/sandbox/projects/close', { body: { projectId: project.projectId } })
    for (const headers of [as(project, id), page(project, token)]) {
      const refused = await app().call('POST', '/api/data', { headers })
      expect([refused.status, refused.body.code]).toEqual([410, 'project_deleted'])
    }
  })

  it('S13: a secret key is shown once and stored nowhere: not in an answer, not in the reports [K4]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    await app().subscribe(project, id)
    const second = await rotate(project, 60_000)
    await app().advance('5s')
    const seen: string[] = []
    for (const path of ['/api/dashboard', '/api/tiers', '/api/customers', '/api/events', `/api/customers/${id}`])
      seen.push(JSON.stringify(await app().ok('GET', path, { headers: secret(project) })))
    const db = await app().server.db()
    const tables = await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>()
    for (const { name } of tables.results.filter((table) => !/^(_cf|sqlite)/.test(table.name)))
      seen.push(JSON.stringify((await db.prepare(`SELECT * FROM "${name}"`).all()).results))
    expect(seen.join('')).toContain(project.projectId)
    for (const key of [project.secretKey, second]) {
      expect(seen.join('')).not.toContain(key)
      expect(seen.join('')).not.toContain(key.slice(-20))
    }
    const { keys } = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    expect(keys.secretKeyMasked).toBe('********')
  })

  it('S21: a key can be ended later, tells when it was used and which it is, and no more [K2]', async () => {
    const project = await app().project({ tiers: LADDER })
    const secretKey = await rotate(project, 3_600_000)
    const old = () => app().call('GET', '/api/dashboard', { headers: secret(project) })
    const { body, status } = await old()
    expect(status).toBe(200)
    const apiKeys = body.keys.apiKeys as Body[]
    expect(apiKeys.map(({ last4 }) => last4)).toEqual([project.secretKey.slice(-4), secretKey.slice(-4)])
    for (const key of apiKeys) expect(key).toMatchObject({ name: 'default', status: 'active', mode: 'test' })
    expect(apiKeys[0]).toMatchObject({ lastUsedAt: expect.any(Number), endsAt: expect.any(Number) })
    await app().advance('59m')
    expect((await old()).status).toBe(200)
    await app().advance('1m')
    expect((await old()).status).toBe(401)
    const after = await app().ok('GET', '/api/dashboard', { headers: secret({ ...project, secretKey }) })
    expect(after.keys.apiKeys[0].status).toBe('revoked')
  })
})

describe('prices and money of another', () => {
  it('S5: a cheap price with a dear tier is refused; a price alone gives its own tier [S1]', async () => {
    const project = await app().project({ tiers: LADDER })
    await wantTier(app(), project, 'a', 'pro')
    await wantTier(app(), project, 'b', 'max')
    const { tiers } = await app().ok('GET', '/api/tiers', { headers: page(project) })
    const priceId = (tiers as Body[]).find(({ slug }) => slug === 'pro').priceId as string
    const sessions = (await sessionsAt(app(), project)).length
    const mixed = await askFor(app(), project, 'u', { tier: 'max', priceId })
    expect(mixed).toMatchObject({ status: 400, body: { code: 'price_mismatch' } })
    expect(await sessionsAt(app(), project)).toHaveLength(sessions)
    const { body } = await askFor(app(), project, 'u', { priceId })
    await app().pay(body.sessionId)
    expect(await planOf(app(), project, 'u')).toBe('pro')
  })

  it('S5: any other price of the account gives nothing, not even one that was made to look like ours [S1]', async () => {
    const project = await app().project({ tiers: LADDER })
    const stripe = stripeOf(app(), project)
    const product = await stripe.products.create({ name: 'Cheap', metadata: { dream_tier: 'max' } })
    const price = await stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: 1,
      recurring: { interval: 'month' },
      metadata: { dream_project: project.projectId, dream_tier: 'max' },
    })
    expect((await askFor(app(), project, 'u', { tier: 'max', priceId: price.id })).status).toBe(400)
    expect((await askFor(app(), project, 'u', { priceId: price.id })).status).toBe(400)
  })

  it('S6: a session of another account that names our project and customer changes nothing here [W1]', async () => {
    const victim = await app().project({ tiers: LADDER })
    await app().subscribe(victim, 'rich', 'max')
    const { id } = await app().customer(victim)
    const attacker = await app().project({ tiers: LADDER })
    const stripe = stripeOf(app(), attacker)
    const product = await stripe.products.create({ name: 'Max' })
    const price = await stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: 1,
      recurring: { interval: 'month' },
    })
    const metadata = {
      dream_project: victim.projectId,
      publishableKey: victim.publishableKey,
      userId: id,
      tier: 'max',
      plan: 'max',
    }
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      success_url: RETURNS.successUrl,
      client_reference_id: id,
      line_items: [{ price: price.id, quantity: 1 }],
      metadata,
      subscription_data: { metadata },
    })
    const before = await app().ok('GET', '/api/events', { headers: secret(victim) })
    await app().pay(session.id)
    expect(await subscriptionsAt(app(), attacker)).toHaveLength(1)
    expect(await planOf(app(), victim, id)).toBe('free')
    expect(await metadataOf(id)).toMatchObject({ plan: 'free' })
    expect(await app().ok('GET', '/api/events', { headers: secret(victim) })).toEqual(before)
  })

  it('S6: the same account in the other mode is another tenant [W1]', async () => {
    const test = await app().project({ tiers: LADDER, platformId: 'plt_both' })
    const live = await app().project({
      tiers: LADDER,
      platformId: 'plt_both',
      mode: 'live',
      stripeAccount: test.stripeAccount,
      allowedOrigins: ['http://localhost:3000'],
    })
    await app().subscribe(test, 'u', 'max')
    expect(await planOf(app(), test, 'u')).toBe('max')
    expect(await planOf(app(), live, 'u')).toBe('free')
    expect((await app().ok('GET', '/api/events', { headers: secret(live) })).events).toEqual([])
  })
})

describe('a key beside another project’s key', () => {
  it('S7: deletes nobody of another project, whatever header or id it sends [K3]', async () => {
    const mine = await app().project({ tiers: LADDER })
    const theirs = await app().project({ tiers: LADDER })
    const { id } = await app().customer(theirs)
    const both = { ...secret(mine), 'X-Publishable-Key': theirs.publishableKey }
    expect(await app().call('DELETE', `/api/customers/${id}`, { headers: both })).toMatchObject({
      status: 400,
      body: { code: 'key_conflict' },
    })
    const alone = await app().call('DELETE', `/api/customers/${id}`, { headers: secret(mine) })
    const nobody = await app().call('DELETE', '/api/customers/nobody', { headers: secret(mine) })
    const { requestId: _, ...foreign } = alone.body
    const { requestId: __, ...missing } = nobody.body
    expect([alone.status, foreign]).toEqual([nobody.status, missing]) // not even that it exists
    expect((await app().ok('GET', `/api/customers/${id}`, { headers: secret(theirs) })).customer.id).toBe(id)
    await app().settle()
    expect(await metadataOf(id)).toMatchObject({ publishableKey: theirs.publishableKey })
  })

  it('S8: starts no checkout in another project’s name [K3]', async () => {
    const mine = await app().project({ tiers: LADDER })
    const theirs = await app().project({ tiers: LADDER })
    const refused = await app().call('POST', '/api/create-checkout', {
      headers: { ...as(mine, 'u'), 'X-Publishable-Key': theirs.publishableKey },
      body: { tier: 'pro', ...RETURNS },
    })
    expect(refused).toMatchObject({ status: 400, body: { code: 'key_conflict' } })
    for (const project of [mine, theirs]) expect(await requestsAt(app(), project, '/v1/')).toEqual([])
    const own = await app().call('POST', '/api/create-checkout', {
      headers: { ...as(mine, 'u'), 'X-Publishable-Key': mine.publishableKey },
      body: { tier: 'pro', ...RETURNS },
    })
    expect(own.status).toBe(200)
  })

  it('S9: a customer token of one project is nothing in another, nor is one that names none [K5]', async () => {
    const mine = await app().project({ tiers: LADDER })
    const theirs = await app().project({ tiers: LADDER })
    const { id } = await app().customer(mine)
    const token = await app().token(mine, id)
    expect((await app().call('POST', '/api/data', { headers: page(mine, token) })).status).toBe(200)
    const foreign = await app().call('POST', '/api/data', { headers: page(theirs, token) })
    expect(foreign).toMatchObject({
      status: 403,
      body: { error: 'Publishable key mismatch', message: 'End-user token does not match this project' },
    })
    const claims = [
      { publishableKey: null, publicMetadata: null },
      { publishableKey: null, publicMetadata: { plan: 'max' } },
      { publishableKey: theirs.publishableKey, publicMetadata: null }, // it says so, yet is no customer there
    ]
    for (const claim of claims) {
      const forged = await app().token(mine, id, { claims: claim })
      const refused = await app().call('POST', '/api/data', { headers: page(theirs, forged) })
      expect(refused.status, JSON.stringify(claim)).toBe(401)
    }
    const { totalCustomers } = await app().ok('GET', '/api/dashboard', { headers: secret(theirs) })
    expect(totalCustomers).toBe(0)
  })
})

describe('what a token says of a plan', () => {
  it('S10: the end of a subscription takes the plan, and nothing else of what the identity provider knows', async () => {
    const project = await app().project({ tiers: LADDER })
    const email = `s10@${project.projectId}.example`
    await app().ok('POST', '/sandbox/clerk/users', {
      body: { instance: 'test', email, publicMetadata: { theme: 'dark', projects: { pk_test_other: 'gold' } } },
    })
    const { id } = await app().customer(project, email)
    await app().subscribe(project, id)
    await app().settle()
    expect(await metadataOf(id)).toMatchObject({ theme: 'dark', plan: 'pro', publishableKey: project.publishableKey })
    await stripeOf(app(), project).subscriptions.cancel(onlyOne(await subscriptionsAt(app(), project)).id)
    await app().settle()
    expect(await metadataOf(id)).toEqual({
      theme: 'dark',
      plan: 'free',
      publishableKey: project.publishableKey,
      projects: { pk_test_other: 'gold', [project.publishableKey]: 'free' },
    })
    expect((await app().call('GET', `/api/customers/${id}`, { headers: secret(project) })).status).toBe(200)
    const portal = await app().call('POST', '/api/customer-portal', {
      headers: as(project, id),
      body: { returnUrl: RETURNS.successUrl },
    })
    expect(portal.status).toBe(200)
  })

  it('S11: a token that still says "pro" does not keep pro, and a granted plan needs no new token', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    await app().subscribe(project, id)
    const token = await app().token(project, id)
    const plan = async () => (await app().ok('GET', '/api/usage', { headers: page(project, token) })).plan
    expect(await plan()).toBe('pro')
    await stripeOf(app(), project).subscriptions.cancel(onlyOne(await subscriptionsAt(app(), project)).id)
    await app().settle()
    expect(await plan()).toBe('free')
    const lying = await app().token(project, id, {
      claims: { plan: 'max', publicMetadata: { plan: 'max', publishableKey: project.publishableKey } },
    })
    const headers = { ...page(project, lying), 'X-User-Plan': 'max' }
    expect((await app().ok('POST', '/api/data', { headers })).usage).toMatchObject({ plan: 'free', limit: 5 })
    await app().ok('PATCH', `/api/customers/${id}`, { headers: secret(project), body: { plan: 'max' } })
    expect(await plan()).toBe('max')
  })
})

describe('pages', () => {
  it('S19: no answer lets a page send credentials, and a foreign page of a live project is refused', async () => {
    const live = await app().project({ tiers: LADDER, mode: 'live', allowedOrigins: ['https://shop.example'] })
    for (const origin of ['https://evil.example', 'null', 'https://shop.example.evil.example', 'http://shop.example']) {
      const headers = { ...page(live), Origin: origin }
      const refused = await app().call('GET', '/api/tiers', { headers })
      expect([refused.status, refused.body.code], origin).toEqual([403, 'origin_not_allowed'])
      const preflight = await app().call('OPTIONS', '/api/tiers', { headers: { Origin: origin } })
      for (const answer of [refused, preflight]) {
        expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull()
        expect(answer.headers.get('Set-Cookie')).toBeNull()
      }
    }
    const own = await app().call('GET', '/api/tiers', { headers: { ...page(live), Origin: 'https://shop.example' } })
    expect(own.status).toBe(200)
    expect(own.headers.get('Vary')).toContain('Origin')
  })

  it('S20: nobody is sent back to a page that is not the project’s [S5]', async () => {
    const live = await app().project({ tiers: LADDER, mode: 'live', allowedOrigins: ['https://shop.example'] })
    await app().call('POST', '/api/data', { headers: as(live, 'u') })
    const bad = [
      'https://evil.example/',
      'https://shop.example.evil.example/',
      'https://shop.example@evil.example/',
      'https://user:pass@shop.example/',
      'https://evil.example\\@shop.example/',
      'https:\\\\evil.example/',
      '//evil.example/',
      'http://shop.example/',
      'https://shop.example:8443/',
      'http://localhost:3000/',
      'javascript:alert(1)//https://shop.example/',
      'data:text/html,hi',
      'ftp://shop.example/',
    ]
    for (const url of bad)
      for (const [path, body] of [
        ['/api/create-checkout', { tier: 'pro', successUrl: url, cancelUrl: 'https://shop.example/' }],
        ['/api/create-checkout', { tier: 'pro', successUrl: 'https://shop.example/', cancelUrl: url }],
        ['/api/customer-portal', { returnUrl: url }],
      ] as const) {
        const refused = await app().call('POST', path, { headers: as(live, 'u'), body })
        expect([refused.status, ['redirect_not_allowed', 'invalid_request'].includes(refused.body.code)], url).toEqual([
          400,
          true,
        ])
      }
    expect(await requestsAt(app(), live, '/v1/')).toEqual([])
    const good = { tier: 'pro', successUrl: 'https://shop.example/ok?a=b#c', cancelUrl: 'https://shop.example/' }
    const answer = await app().call('POST', '/api/create-checkout', { headers: as(live, 'u'), body: good })
    expect(answer.status).toBe(200)
  })

  it('S22: what a caller writes is never HTML: not in an answer, not on the hosted page', async () => {
    const evil = `<img src=x onerror=alert(1)>"'</script><script>alert(2)</script>`
    const project = await app().project({ tiers: [LADDER[0], { ...LADDER[1], displayName: evil.slice(0, 78) }] })
    const headers = secret(project)
    const body = { email: `s22@${project.projectId}.example`, firstName: evil, lastName: evil }
    const { customer } = await app().ok('POST', '/api/customers', { headers, body })
    const answers = [
      await app().call('GET', `/api/customers/${customer.id}`, { headers }),
      await app().call('GET', '/api/tiers', { headers }),
      await app().call('GET', '/api/dashboard', { headers }),
      await app().call('GET', `/api/customers/${encodeURIComponent(evil)}`, { headers }),
      await app().call('GET', `/${encodeURIComponent(evil)}`),
      await app().call('POST', '/api/create-checkout', { headers: as(project, 'u'), body: { tier: evil, ...RETURNS } }),
    ]
    for (const answer of answers) {
      expect(answer.headers.get('Content-Type')).toBe('application/json')
      expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    }
    const { url } = await wantTier(app(), project, customer.id, 'pro')
    const html = await (await fetch(url)).text()
    expect(html).toContain('onerror')
    expect(html).not.toContain('<img src=x')
    expect(html).not.toContain('<script>alert')
  })
})

describe('modes', () => {
  it('S24: the key’s mode decides everywhere: test customers in the test instance, test sales in test mode', async () => {
    const test = await app().project({ tiers: LADDER })
    const live = await app().project({ tiers: LADDER, mode: 'live', allowedOrigins: ['http://localhost:3000'] })
    for (const [project, own, other] of [
      [test, 'test', 'live'],
      [live, 'live', 'test'],
    ] as const) {
      const { id } = await app().customer(project)
      await app().subscribe(project, id)
      await app().settle()
      expect(await planOf(app(), project, id)).toBe('pro')
      expect(await metadataOf(id, own)).toMatchObject({ plan: 'pro', publishableKey: project.publishableKey })
      expect((await app().call('GET', `/sandbox/clerk/users/${id}?instance=${other}`)).status).toBe(404)
      const modes = (await requestsAt(app(), project, '/v1/')).map(({ mode }) => mode as string)
      expect(new Set(modes)).toEqual(new Set([own]))
      const token = await app().token(project, id)
      expect((await app().call('GET', '/api/usage', { headers: page(project, token) })).status).toBe(200)
      const wrong = await app().call('GET', '/api/usage', { headers: page(own === 'test' ? live : test, token) })
      expect([wrong.status, wrong.body.code]).toEqual([401, 'invalid_customer_token'])
    }
  })
})
