/** The keys of a project: made, listed, replaced and ended by their owner, over HTTP. */

import { describe, expect, it } from 'vitest'
import { as, page, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { aKey } from '../support/keys.ts'

const app = useApp()
const aProject = () => app().project({ tiers: LADDER })
const holding = (project: TestProject, secretKey: string): TestProject => ({ ...project, secretKey })
const works = async (project: TestProject, secretKey: string): Promise<boolean> => {
  const { status, body } = await app().call('GET', '/api/keys', { headers: secret(holding(project, secretKey)) })
  if (status !== 200) expect([status, body.code]).toEqual([401, 'invalid_api_key'])
  return status === 200
}
const listed = async (project: TestProject): Promise<Body[]> =>
  (await app().ok('GET', '/api/keys', { headers: secret(project) })).keys
const rotate = (project: TestProject, name: string, overlap: string) =>
  app().call('POST', `/api/keys/${name}/rotate`, { headers: secret(project), body: { overlap } })
const revoke = (project: TestProject, name: string) =>
  app().call('DELETE', `/api/keys/${name}`, { headers: secret(project) })
const make = (project: TestProject, body: object) => app().call('POST', '/api/keys', { headers: secret(project), body })

describe('a key', () => {
  it('is shown once, and afterwards only by its last four characters [S13]', async () => {
    const project = await aProject()
    const made = await make(project, { name: 'reports', scopes: ['read'] })
    expect(made.status).toBe(201)
    const { secretKey } = made.body
    expect(await works(project, secretKey)).toBe(true)
    const keys = await listed(project)
    expect(keys[0]).toEqual({
      name: 'reports',
      scopes: ['read'],
      prefix: `sk_test_…${secretKey.slice(-4)}`,
      createdAt: expect.any(Number),
      lastUsedAt: expect.any(Number),
      endsAt: null,
      status: 'active',
    })
    expect(keys[0].lastUsedAt % 60_000).toBe(0)
    expect(keys[1]).toMatchObject({ name: 'default', scopes: ['read', 'usage', 'billing', 'admin'] })
    const shown = JSON.stringify([keys, await app().ok('GET', '/api/dashboard', { headers: secret(project) })])
    for (const key of [secretKey, project.secretKey]) expect(shown).not.toContain(key.slice(-20))
  })

  it('has a name of its own among those that work, which is free again once it is revoked', async () => {
    const project = await aProject()
    await aKey(app(), project, 'ci', ['usage'])
    expect(await make(project, { name: 'ci', scopes: ['read'] })).toMatchObject({
      status: 409,
      body: { code: 'key_exists' },
    })
    expect((await revoke(project, 'ci')).status).toBe(200)
    expect((await make(project, { name: 'ci', scopes: ['read'] })).status).toBe(201)
    expect((await listed(project)).filter(({ name }) => name === 'ci').map(({ status }) => status)).toEqual([
      'active',
      'revoked',
    ])
  })

  it.each([
    ['no scope', { name: 'x', scopes: [] }],
    ['a scope that does not exist', { name: 'x', scopes: ['root'] }],
    ['a name that is none', { name: '../x', scopes: ['read'] }],
    ['a secret of the caller’s own', { name: 'x', scopes: ['read'], hash: 'a'.repeat(64) }],
  ])('with %s is refused', async (_, body) => {
    expect(await make(await aProject(), body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  it('is one of at most fifty that work', async () => {
    const project = await aProject()
    for (let i = 1; i < 50; i += 1) await aKey(app(), project, `k${i}`, ['read'])
    expect(await make(project, { name: 'k50', scopes: ['read'] })).toMatchObject({ body: { code: 'too_many_keys' } })
    expect((await rotate(project, 'k1', '1h')).body.code).toBe('too_many_keys')
    expect((await rotate(project, 'k1', '0')).status).toBe(201)
    await revoke(project, 'k2')
    expect((await make(project, { name: 'k50', scopes: ['read'] })).status).toBe(201)
  })

  it('gives nothing that it lacks, neither to a new key nor by replacing one that has more', async () => {
    const project = await aProject()
    const clerk = holding(project, await aKey(app(), project, 'clerk', ['read', 'admin']))
    expect(await make(clerk, { name: 'all', scopes: ['read', 'billing'] })).toMatchObject({
      status: 403,
      body: { code: 'scope_required' },
    })
    expect((await rotate(clerk, 'default', '0')).body.code).toBe('scope_required')
    expect(await works(project, project.secretKey)).toBe(true)
    expect((await make(clerk, { name: 'less', scopes: ['read'] })).status).toBe(201)
    expect((await rotate(clerk, 'clerk', '0')).status).toBe(201)
  })

  it('is of one project and mode: no other one’s keys are seen or ended by it [S17, P13]', async () => {
    const project = await aProject()
    const sibling = await aProject()
    await aKey(app(), sibling, 'theirs', ['read'])
    expect((await listed(project)).map(({ name }) => name)).toEqual(['default'])
    expect((await revoke(project, 'theirs')).status).toBe(404)
    expect((await rotate(project, 'theirs', '0')).status).toBe(404)
    expect((await listed(sibling)).map(({ name }) => name)).toContain('theirs')
  })
})

describe('rotating', () => {
  it('ends the old key on the very next request, and keeps its name and scopes [S1]', async () => {
    const project = await aProject()
    const old = await aKey(app(), project, 'server', ['read', 'usage'])
    const { body } = await rotate(project, 'server', '0')
    expect(body.key).toMatchObject({ name: 'server', scopes: ['read', 'usage'], status: 'active' })
    expect(await works(project, old)).toBe(false)
    expect(await works(project, body.secretKey)).toBe(true)
    const key = holding(project, body.secretKey)
    expect((await app().call('POST', '/api/data', { headers: as(key, 'u') })).status).toBe(200)
    expect(
      (await app().call('PATCH', '/api/project', { headers: secret(key), body: { automaticTax: true } })).status,
    ).toBe(403)
  })

  it('lets the old key work through the overlap and not a second longer', async () => {
    const project = await aProject()
    const old = await aKey(app(), project, 'server', ['read'])
    await rotate(project, 'server', '15m')
    expect((await listed(project)).filter(({ name }) => name === 'server').map(({ status }) => status)).toEqual([
      'active',
      'ending',
    ])
    await app().advance('14m')
    expect(await works(project, old)).toBe(true)
    await app().advance('61s')
    expect(await works(project, old)).toBe(false)
    expect((await listed(project)).filter(({ name }) => name === 'server').map(({ status }) => status)).toEqual([
      'active',
      'revoked',
    ])
  })

  it('ends what is left of the old key when its owner has seen enough, and leaves the new one', async () => {
    const project = await app().project()
    const headers = secret(project)
    const rotate = { headers, body: { overlap: '24h' } }
    const { secretKey } = await app().ok('POST', '/api/keys/default/rotate', rotate)
    const renewed = { Authorization: `Bearer ${secretKey}` }
    const works = async (asked: Record<string, string>) =>
      (await app().call('GET', '/api/usage/history', { headers: asked })).status
    expect([await works(headers), await works(renewed)]).toEqual([200, 200])
    await app().ok('DELETE', '/api/keys/default?only=old', { headers: renewed })
    expect([await works(headers), await works(renewed)]).toEqual([401, 200])
    const again = await app().call('DELETE', '/api/keys/default?only=old', { headers: renewed })
    expect(again).toMatchObject({ status: 404, body: { code: 'key_not_found' } })
  })

  it('twice within an overlap moves no end that was promised, unless it comes sooner', async () => {
    const project = await aProject()
    const first = await aKey(app(), project, 'server', ['read'])
    const second = (await rotate(project, 'server', '1h')).body.secretKey
    const third = (await rotate(project, 'server', '24h')).body.secretKey
    await app().advance('61m')
    expect([await works(project, first), await works(project, second), await works(project, third)]).toEqual([
      false,
      true,
      true,
    ])
    const fourth = (await rotate(project, 'server', '15m')).body.secretKey
    await app().advance('16m')
    expect([await works(project, second), await works(project, third), await works(project, fourth)]).toEqual([
      false,
      false,
      true,
    ])
  })

  it('its own key is how a server replaces the key it runs with', async () => {
    const project = await aProject()
    const { body } = await rotate(project, 'default', '0')
    expect(await works(project, project.secretKey)).toBe(false)
    expect((await revoke(holding(project, body.secretKey), 'default')).body.code).toBe('last_admin_key')
  })

  it('at once by many leaves exactly one that works', async () => {
    const project = await aProject()
    await aKey(app(), project, 'server', ['read'])
    const answers = await Promise.all(Array.from({ length: 12 }, () => rotate(project, 'server', '0')))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
    const working = await Promise.all(answers.map(({ body }) => works(project, body.secretKey)))
    expect(working.filter(Boolean)).toHaveLength(1)
  })
})

describe('revoking', () => {
  it('leaves the last key with the scope admin, because who holds it could not make another', async () => {
    const project = await aProject()
    await aKey(app(), project, 'reader', ['read'])
    expect(await revoke(project, 'default')).toMatchObject({ status: 409, body: { code: 'last_admin_key' } })
    await aKey(app(), project, 'second', ['admin'])
    expect((await revoke(project, 'default')).status).toBe(200)
    expect(await works(project, project.secretKey)).toBe(false)
  })

  it('under traffic: no call that begins after the answer is served, on any route [S1, S21]', async () => {
    const project = await aProject()
    const key = holding(project, await aKey(app(), project, 'server', ['read', 'usage']))
    const calls = [
      () => app().call('POST', '/api/data', { headers: as(key, 'u') }),
      () => app().call('GET', '/api/usage', { headers: as(key, 'u') }),
      () => app().call('GET', '/api/customers', { headers: secret(key) }),
      () => app().call('GET', '/api/tiers', { headers: secret(key) }),
      () => app().call('GET', '/api/products', { headers: { ...page(key), ...secret(key) } }),
      () => app().call('POST', '/api/feed/tickets', { headers: secret(key) }),
    ]
    const over = new AbortController()
    const seen: { begun: number; status: number }[] = []
    const traffic = calls.map(async (call) => {
      while (!over.signal.aborted) {
        const begun = performance.now()
        seen.push({ begun, status: (await call()).status })
      }
    })
    while (seen.length < 30) await calls[1]?.()
    expect((await revoke(project, 'server')).status).toBe(200)
    const revokedAt = performance.now()
    const until = seen.length + 60
    while (seen.length < until) await calls[1]?.()
    over.abort()
    await Promise.all(traffic)
    const late = seen.filter(({ begun }) => begun > revokedAt)
    expect(late.length).toBeGreaterThan(20)
    expect([...new Set(late.map(({ status }) => status))]).toEqual([401])
    expect(seen.some(({ status }) => status === 200)).toBe(true)
  })
})
