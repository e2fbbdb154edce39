/** Floods and guessing end at the edge [RELIABILITY 4.12]: by where they come from, and by key. */

import { beforeAll, describe, expect, it } from 'vitest'
import { page, secret, useApp, type TestProject } from '../support/app.ts'

/** Small limits: 100 calls a minute from a place, and with a project's keys; 20 wrong guesses, as deployed. */
const app = useApp({ limits: { FLOOD_PLACE: 10, FLOOD_KEY: 1 } })

let project: TestProject
beforeAll(async () => {
  project = await app().project()
})

const from = (address: string) => ({ 'CF-Connecting-IP': address })

/** Makes calls one after another and answers how many were let in before the first that was not. */
async function letIn(most: number, path: string, headersOf: (call: number) => Record<string, string>): Promise<number> {
  for (let i = 0; i < most; i += 1) {
    const { status, headers, body } = await app().call('GET', path, { headers: headersOf(i) })
    if (status !== 429) continue
    expect(body).toMatchObject({ code: 'rate_limited', retryAfter: 10 })
    expect(headers.get('Retry-After')).toBe('10')
    return i
  }
  return most
}

// What is counted begins anew when a minute ends, perhaps in the middle of a test; then it takes the double until the limit.

describe('a place [S12]', () => {
  it.each([
    ['secret keys', { Authorization: 'Bearer sk_test_forged' }, '/api/customers', '203.0.113.1'],
    ['publishable keys', { 'X-Publishable-Key': 'pk_test_forged' }, '/api/tiers', '203.0.113.2'],
    ['sessions', { Authorization: 'Bearer forged' }, '/account', '203.0.113.3'],
    ['tokens of Access', { 'Cf-Access-Jwt-Assertion': 'forged' }, '/admin/totals', '203.0.113.4'],
  ])(
    'that guesses %s is told 20 times a minute that they are wrong, and then nothing',
    async (_, wrong, path, place) => {
      const heard = await letIn(45, path, () => ({ ...wrong, ...from(place) }))
      expect([heard >= 20, heard <= 40]).toEqual([true, true])
    },
  )

  it('that sends expired tokens is told so each time: they were right once', async () => {
    const token = await app().memberToken(await app().member(), { expiresIn: -120 })
    const headers = { Authorization: `Bearer ${token}`, ...from('203.0.113.5') }
    expect(await letIn(45, '/account', () => headers)).toBe(45)
    expect((await app().call('GET', '/account', { headers })).body).toMatchObject({
      code: 'invalid_session',
      expired: true,
    })
  })

  it('that floods us is refused for a while, and harms no other place', async () => {
    const calls = await letIn(250, '/health', () => from('198.51.100.7'))
    expect([calls >= 99, calls < 220]).toEqual([true, true])
    expect((await app().call('GET', '/health', { headers: from('198.51.100.7') })).status).toBe(429)
    expect((await app().call('GET', '/health', { headers: from('198.51.100.8') })).status).toBe(200)
  })

  it('is a whole network of the newer addresses, since a line has 2⁶⁴ of them', async () => {
    const calls = await letIn(250, '/health', (call) => from(`2001:db8:7:7::${call.toString(16)}`))
    expect(calls).toBeLessThan(220)
    expect((await app().call('GET', '/health', { headers: from('2001:db8:7:8::1') })).status).toBe(200)
  })

  it('is not what Stripe and servers are counted by, who speak for many from few addresses', async () => {
    const flooded = from('198.51.100.7')
    expect((await app().call('POST', '/webhook/stripe', { headers: flooded, body: {} })).body.code).toBe(
      'signature_missing',
    )
    expect((await app().call('GET', '/api/tiers/all', { headers: { ...secret(project), ...flooded } })).status).toBe(
      200,
    )
  })
})

describe('the keys of a project', () => {
  it('under a flood are refused for a while, and those of another project are served [F32]', async () => {
    const hot = await app().project()
    const calls = await letIn(350, '/api/tiers', (call) => (call % 2 === 0 ? page(hot) : secret(hot)))
    expect([calls >= 99, calls < 320]).toEqual([true, true])
    expect((await app().call('GET', '/api/tiers', { headers: page(hot) })).status).toBe(429)
    expect((await app().call('GET', '/api/tiers', { headers: page(project) })).status).toBe(200)
  })
})
