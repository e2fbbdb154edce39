/** What the original got wrong as a platform. Each test is named after its row in the list of defects; P5, P6: reports. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { as, page, secret, useApp } from '../support/app.ts'
import { fault, LADDER, noFaults, RETURNS } from '../support/billing.ts'

const app = useApp()
const readme = readFileSync(new URL('../../README.md', import.meta.url).pathname, 'utf8')

describe('the platform', () => {
  it('P1: what was just written is read by the very next request: project, key, plan, customer, tier', async () => {
    for (let round = 0; round < 10; round += 1) {
      const project = await app().project({ tiers: LADDER })
      expect((await app().call('GET', '/api/tiers', { headers: page(project) })).status).toBe(200)
      const { id } = await app().customer(project)
      expect((await app().call('GET', `/api/customers/${id}`, { headers: secret(project) })).status).toBe(200)
      await app().ok('PATCH', `/api/customers/${id}`, { headers: secret(project), body: { plan: 'max' } })
      expect((await app().usage(project, id)).plan).toBe('max')
      const { secretKey } = await app().ok('POST', '/sandbox/projects/rotate', {
        body: { projectId: project.projectId },
      })
      expect((await app().call('GET', '/api/customers', { headers: secret(project) })).status).toBe(401)
      expect((await app().call('GET', '/api/customers', { headers: secret({ ...project, secretKey }) })).status).toBe(
        200,
      )
    }
  })

  it('P6: an error of Stripe, of Clerk or of a body is none of authentication, and a page can read it', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    const headers = { ...page(project, await app().token(project, id)), Origin: 'http://localhost:3000' }
    await fault(app(), { service: 'stripe', kind: 'status', status: 500, times: 100 })
    const stripeAway = await app().call('POST', '/api/create-checkout', { headers, body: { tier: 'pro', ...RETURNS } })
    await noFaults(app())
    const malformed = await app().call('POST', '/api/data', { headers, body: '{' })
    const unknown = await app().call('POST', '/api/data', { headers, body: { meter: 'nothing' } })
    await fault(app(), { service: 'clerk', kind: 'status', status: 500, times: 100 })
    const body = { email: `p6@${project.projectId}.example` }
    const clerkAway = await app().call('POST', '/api/customers', { headers: secret(project), body })
    await noFaults(app())
    expect([stripeAway, malformed, unknown, clerkAway].map(({ status, body: { code } }) => [status, code])).toEqual([
      [503, 'stripe_unavailable'],
      [400, 'invalid_json'],
      [400, 'unknown_meter'],
      [503, 'identity_unavailable'],
    ])
    for (const answer of [stripeAway, malformed, unknown])
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('http://localhost:3000')
  })

  it('P15: the rate that the rules name is the rate that holds, for a token; a secret key is not slowed [U7]', async () => {
    const said = Number(/\*\*U7\*\* .*?(\d+) times a minute/.exec(readme)?.[1])
    const project = await app().project({ tiers: [{ ...LADDER[0], limits: {} }, LADDER[1]] })
    const { id } = await app().customer(project)
    const headers = page(project, await app().token(project, id))
    const answers = await Promise.all(
      Array.from({ length: said + 20 }, () => app().call('GET', '/api/usage', { headers })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(said)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(20)
    expect(refused[0]?.body).toMatchObject({
      error: 'Rate limit exceeded',
      message: `Maximum ${said} requests per minute`,
      retryAfter: expect.any(Number),
    })
    expect(Number(refused[0]?.headers.get('Retry-After'))).toBeGreaterThan(0)
    const server = await Promise.all(
      Array.from({ length: said + 20 }, () => app().call('GET', '/api/usage', { headers: as(project, id) })),
    )
    expect(new Set(server.map(({ status }) => status))).toEqual(new Set([200]))
    await app().advance('61s')
    const later = page(project, await app().token(project, id))
    expect((await app().call('GET', '/api/usage', { headers: later })).status).toBe(200)
  })

  it('P15: an idempotency key is kept as long as the rules say, and no longer [U3]', async () => {
    const hours = Number(/\*\*U3\*\* .*?(\d+) hours/.exec(readme)?.[1])
    const project = await app().project({ tiers: LADDER })
    const headers = { ...as(project, 'u'), 'Idempotency-Key': 'k' }
    const first = await app().ok('POST', '/api/data', { headers })
    await app().advance(`${hours * 60 - 1}m`)
    expect((await app().ok('POST', '/api/data', { headers })).id).toBe(first.id)
    await app().advance('3d')
    expect((await app().ok('POST', '/api/data', { headers })).id).not.toBe(first.id)
  })

  it('P15: localhost may call and be returned to in test mode, and never in live mode [S5]', async () => {
    const test = await app().project({ tiers: LADDER })
    const live = await app().project({ tiers: LADDER, mode: 'live' })
    for (const Origin of ['http://localhost:3000', 'http://127.0.0.1:5173', 'http://[::1]:8080']) {
      expect((await app().call('GET', '/api/tiers', { headers: { ...page(test), Origin } })).status, Origin).toBe(200)
      expect((await app().call('GET', '/api/tiers', { headers: { ...page(live), Origin } })).status, Origin).toBe(403)
    }
  })

  it('a tier’s own rate holds for every call, a secret key’s too [U7]', async () => {
    const project = await app().project({ tiers: [{ ...LADDER[0], limits: {}, requestsPerMinute: 7 }, LADDER[1]] })
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => app().call('GET', '/api/usage', { headers: as(project, 'u') })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7)
    expect((await app().call('GET', '/api/usage', { headers: as(project, 'v') })).status).toBe(200)
  })
})
