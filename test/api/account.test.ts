/** Signing in, the account that the first visit founds, its members, its projects, and the log of what they did. */

import { describe, expect, it } from 'vitest'
import { secret, useApp, type TestMember } from '../support/app.ts'
import { codeMailedTo } from '../support/mail.ts'

const app = useApp()

const visit = (member: TestMember) => app().okAsMember(member, 'GET', '/account')
const PROJECT = { name: 'Acme AI', type: 'saas' }

describe('signing in', () => {
  it('founds one account however many first visits come at once [L11]', async () => {
    const member = await app().member()
    const visits = await Promise.all(Array.from({ length: 12 }, () => visit(member)))
    expect(new Set(visits.map(({ account }) => account.platformId)).size).toBe(1)
    expect(visits[0].account).toMatchObject({
      platformId: expect.stringMatching(/^plt_[0-9a-f]{32}$/),
      email: member.email,
    })
    expect(visits[0].member).toEqual({ userId: member.userId, email: member.email, role: 'owner' })
    const { members } = await app().okAsMember(member, 'GET', '/account/members')
    expect(members).toHaveLength(1)
  })

  it.each([
    ['no token', null, 'missing_session'],
    ['an expired token', { issuedAt: 1_700_000_000_000 }, 'invalid_session'],
    ['a token for another page', { azp: 'https://evil.example' }, 'invalid_session'],
    ['a token that names no page', { azp: null }, 'invalid_session'],
    ['a token of another issuer', { claims: { iss: 'https://clerk.evil.example' } }, 'invalid_session'],
    ['an unsigned token', { algorithm: 'none' }, 'invalid_session'],
    ['a token signed with the public key', { algorithm: 'HS256' }, 'invalid_session'],
    ['a token of a template', { template: true }, 'invalid_session'],
    ['a token of a pending session', { claims: { sts: 'pending' } }, 'invalid_session'],
  ] as const)('refuses %s', async (_, facts, code) => {
    const member = await app().member()
    const headers: Record<string, string> =
      facts === null ? {} : { Authorization: `Bearer ${await app().memberToken(member, facts)}` }
    const answer = await app().call('GET', '/account', { headers })
    expect([answer.status, answer.body.code]).toEqual([401, code])
  })

  it('refuses the token of a customer, and a secret key', async () => {
    const project = await app().project()
    const customer = await app().customer(project)
    const token = await app().token(project, customer.id, { azp: app().server.url })
    for (const bearer of [token, project.secretKey]) {
      const answer = await app().call('GET', '/account', { headers: { Authorization: `Bearer ${bearer}` } })
      expect([answer.status, answer.body.code]).toEqual([401, 'invalid_session'])
    }
  })

  it('shows its answers to the pages of the dashboard only', async () => {
    const member = await app().member()
    const from = (origin: string) => app().asMember(member, 'GET', '/account', { headers: { Origin: origin } })
    expect((await from(app().server.url)).headers.get('Access-Control-Allow-Origin')).toBe(app().server.url)
    expect((await from('https://evil.example')).headers.get('Access-Control-Allow-Origin')).toBeNull()
  })
})

describe('projects', () => {
  it('are born in test mode with keys that work, the secret shown once', async () => {
    const member = await app().member()
    const { project, keys } = await app().okAsMember(member, 'POST', '/account/projects', { body: PROJECT })
    expect(project).toMatchObject({ ...PROJECT, modes: ['test'], archivedAt: null })
    const { tiers } = await app().ok('GET', '/api/tiers', {
      headers: { 'X-Publishable-Key': keys.test.publishableKey },
    })
    expect(tiers.map(({ slug }: { slug: string }) => slug)).toEqual(['free', 'pro'])
    await app().ok('GET', '/api/dashboard', {
      headers: secret({ ...keys.test, projectId: '', mode: 'test', stripeAccount: null }),
    })
    const listed = await app().okAsMember(member, 'GET', '/account/projects')
    expect(listed.projects).toEqual([project])
    expect(JSON.stringify(listed)).not.toContain('sk_')
  })

  it('are made once under one Idempotency-Key, which shows the same secret again', async () => {
    const member = await app().member()
    const make = () =>
      app().okAsMember(member, 'POST', '/account/projects', {
        body: PROJECT,
        headers: { 'Idempotency-Key': 'first-project' },
      })
    const answers = await Promise.all([make(), make(), make()])
    expect(new Set(answers.map(({ keys }) => keys.test.secretKey)).size).toBe(1)
    expect((await app().okAsMember(member, 'GET', '/account/projects')).projects).toHaveLength(1)
  })

  it('take their new name everywhere, and are set aside and taken back', async () => {
    const member = await app().member()
    const { project } = await app().okAsMember(member, 'POST', '/account/projects', { body: PROJECT })
    const path = `/account/projects/${project.projectId}`
    const changed = await app().okAsMember(member, 'PATCH', path, { body: { name: 'Zenith', archived: true } })
    expect(changed.project).toMatchObject({ name: 'Zenith', archivedAt: expect.any(Number) })
    await app().settle()
    const again = await app().okAsMember(member, 'PATCH', path, { body: { archived: false } })
    expect(again.project).toMatchObject({ name: 'Zenith', archivedAt: null })
  })

  it('are deleted by their name, by an owner, for good, and leave a tombstone and no sibling harmed [L9]', async () => {
    const member = await app().member()
    const [doomed, kept] = [
      await app().okAsMember(member, 'POST', '/account/projects', { body: PROJECT }),
      await app().okAsMember(member, 'POST', '/account/projects', { body: PROJECT }), // of the same name
    ]
    const path = `/account/projects/${doomed.project.projectId}`
    const unsure = await app().asMember(member, 'DELETE', path, { body: { confirm: 'Another' } })
    expect([unsure.status, unsure.body.code]).toEqual([400, 'not_confirmed'])
    await app().okAsMember(member, 'DELETE', path, { body: { confirm: PROJECT.name } })
    await app().settle()
    await app().advance('10m')
    const { projects } = await app().okAsMember(member, 'GET', '/account/projects')
    expect(projects.map(({ projectId }: { projectId: string }) => projectId)).toEqual([kept.project.projectId])
    const gone = await app().asMember(member, 'GET', `${path}/test/customers`)
    expect([gone.status, gone.body.code]).toEqual([410, 'project_deleted'])
    const key = { 'X-Publishable-Key': doomed.keys.test.publishableKey }
    expect((await app().call('GET', '/api/tiers', { headers: key })).body.code).toBe('project_deleted')
    await app().ok('GET', '/api/tiers', { headers: { 'X-Publishable-Key': kept.keys.test.publishableKey } })
  })

  it('open to a member every door that a secret key opens, and no door of another account', async () => {
    const [member, stranger] = [await app().member(), await app().member()]
    const { project } = await app().okAsMember(member, 'POST', '/account/projects', { body: PROJECT })
    const path = `/account/projects/${project.projectId}/test`
    const { customer } = await app().okAsMember(member, 'POST', `${path}/customers`, {
      body: { email: 'ada@example.com' },
    })
    const headers = { 'X-User-Id': customer.id }
    await app().okAsMember(member, 'POST', `${path}/data`, { headers, body: { quantity: 3 } })
    expect(await app().okAsMember(member, 'GET', `${path}/usage`, { headers })).toMatchObject({ usageCount: 3 })
    await visit(stranger)
    for (const [method, at] of [
      ['GET', `${path}/customers`],
      ['PATCH', `${path}/customers/${customer.id}`],
      ['GET', `/account/projects/${project.projectId}`],
    ] as const) {
      const answer = await app().asMember(stranger, method, at, method === 'PATCH' ? { body: { plan: 'pro' } } : {})
      expect([at, answer.status, answer.body.code]).toEqual([at, 404, 'project_not_found'])
    }
  })
})

describe('members', () => {
  it('join by an invitation to their own address, once, and do what their role allows', async () => {
    const [owner, guest, thief] = [await app().member(), await app().member(), await app().member()]
    const { account } = await visit(owner)
    await app().okAsMember(owner, 'POST', '/account/projects', { body: PROJECT })
    await app().okAsMember(owner, 'POST', '/account/invitations', { body: { email: guest.email, role: 'viewer' } })
    const code = await codeMailedTo(app(), guest.email)
    const accept = (member: TestMember) =>
      app().asMember(member, 'POST', '/account/invitations/accept', { body: { account: account.platformId, code } })
    expect((await accept(thief)).body.code).toBe('invitation_for_another')
    expect((await accept(guest)).status).toBe(200)
    expect((await accept(guest)).body.code).toBe('invitation_not_found')

    const headers = { 'X-Account': account.platformId }
    expect((await app().okAsMember(guest, 'GET', '/account/projects', { headers })).projects).toHaveLength(1)
    const made = await app().asMember(guest, 'POST', '/account/projects', { headers, body: PROJECT })
    expect([made.status, made.body.code, made.body.role]).toEqual([403, 'role_required', 'developer'])
    expect(
      (await app().okAsMember(guest, 'GET', '/account/all')).accounts.map(
        ({ platformId }: { platformId: string }) => platformId,
      ),
    ).toContain(account.platformId)

    await app().okAsMember(owner, 'DELETE', `/account/members/${guest.userId}`)
    const after = await app().asMember(guest, 'GET', '/account/projects', { headers })
    expect([after.status, after.body.code]).toEqual([404, 'account_not_found'])
  })

  it('always include an owner', async () => {
    const owner = await app().member()
    await visit(owner)
    const path = `/account/members/${owner.userId}`
    expect((await app().asMember(owner, 'DELETE', path)).body.code).toBe('last_owner')
    expect((await app().asMember(owner, 'PATCH', path, { body: { role: 'viewer' } })).body.code).toBe('last_owner')
  })

  it('may remove who founded the account, who then has one of their own again', async () => {
    const [owner, partner] = [await app().member(), await app().member()]
    const { account } = await visit(owner)
    await app().okAsMember(owner, 'POST', '/account/invitations', { body: { email: partner.email, role: 'owner' } })
    const body = { account: account.platformId, code: await codeMailedTo(app(), partner.email) }
    await app().okAsMember(partner, 'POST', '/account/invitations/accept', { body })
    const headers = { 'X-Account': account.platformId }
    await app().okAsMember(partner, 'DELETE', `/account/members/${owner.userId}`, { headers })
    await app().asMember(owner, 'GET', '/account') // what was remembered of them is forgotten here at the latest
    expect((await visit(owner)).account.platformId).not.toBe(account.platformId)
  })

  it('find in the log who took everything of a project away', async () => {
    const owner = await app().member()
    const { project } = await app().okAsMember(owner, 'POST', '/account/projects', { body: PROJECT })
    await app().asMember(owner, 'GET', `/account/export?projectId=${project.projectId}&mode=test`)
    const { entries } = await app().okAsMember(owner, 'GET', `/account/audit?projectId=${project.projectId}`)
    expect(entries).toMatchObject([{ action: 'GET /account/export', mode: 'test', outcome: 'done' }])
  })

  it('find what they did in the log, with who, what, when, from where and how it ended', async () => {
    const owner = await app().member()
    const { project } = await app().okAsMember(owner, 'POST', '/account/projects', { body: PROJECT })
    const path = `/account/projects/${project.projectId}/test/customers/nobody`
    await app().asMember(owner, 'PATCH', path, { body: { plan: 'pro' } })
    const { entries } = await app().okAsMember(owner, 'GET', '/account/audit')
    expect(entries).toMatchObject([
      {
        action: 'PATCH /api/customers/:id',
        target: 'nobody',
        projectId: project.projectId,
        mode: 'test',
        outcome: 'customer_not_found',
        email: owner.email,
      },
      { action: 'POST /account/projects', userId: owner.userId, outcome: 'done', at: expect.any(Number) },
    ])
  })
})
