import { describe, expect, it } from 'vitest'
import { as, useApp } from '../support/app.ts'

const app = useApp()

describe('POST /api/data', () => {
  it('counts up to the limit, refuses the next with the numbers and the tier that would allow it, and serves again once paid', async () => {
    const project = await app().project()
    for (let i = 0; i < 100; i += 1) await app().ok('POST', '/api/data', { headers: as(project, 'u1') })
    const refused = await app().call('POST', '/api/data', { headers: as(project, 'u1') })
    expect(refused.status).toBe(403)
    expect(refused.body).toMatchObject({ code: 'limit_reached', usageCount: 100, limit: 100, upgrade: { tier: 'pro' } })
    expect(refused.body.message).toContain('limit')
    await app().subscribe(project, 'u1')
    const served = await app().call('POST', '/api/data', { headers: as(project, 'u1') })
    expect(served.body).toMatchObject({ allowed: true, usage: { plan: 'pro', limit: 1000, used: 1 } })
  })
})
