/** What Clerk tells of people: who is gone there is gone here, in every project, and addresses follow. */

import { afterEach, describe, expect, it } from 'vitest'
import { CLERK } from '../sandbox/keys.ts'
import { page, secret, useApp, type Answer, type Body, type TestProject } from '../support/app.ts'
import { fault, LADDER, noFaults } from '../support/billing.ts'
import { aPerson, fromPage, signedIn } from '../support/signIn.ts'

const app = useApp()
afterEach(() => noFaults(app()))

const aProject = () => app().project({ tiers: LADDER })
/** A customer who signed in, and whom the reports know: they are seconds behind. */
async function aVisit(project: TestProject, userId: string) {
  const session = await signedIn(app(), project, userId)
  const { projectId, mode } = project
  await app().ok('POST', '/sandbox/projects/mirror', { body: { projectId, mode } })
  return session
}
const codeOf = ({ status, body }: Answer<Body>) => [status, body.code]
const customerOf = (project: TestProject, id: string) =>
  app().call('GET', `/api/customers/${id}`, { headers: secret(project) })

type Signed = { headers: Record<string, string>; body: string }
const signed = (type: string, userId: string, instance: 'test' | 'live' = 'test'): Promise<Signed> =>
  app().ok('POST', '/sandbox/clerk/webhooks', { body: { instance, type, userId } })
const send = (webhook: Signed) => app().call('POST', '/webhook/clerk', webhook)
const tell = async (type: string, userId: string, instance?: 'live') => send(await signed(type, userId, instance))

/** Leaves Clerk, as a person does on the account page. */
const leave = async (userId: string) => {
  const headers = { Authorization: `Bearer ${CLERK.test.secretKey}` }
  const answer = await app().server.outside(`https://api.clerk.com/v1/users/${userId}`, { method: 'DELETE', headers })
  expect(answer.status).toBe(200)
}
const move = (userId: string, email: string) =>
  app().ok('POST', '/sandbox/clerk/emails', { body: { instance: 'test', userId, email } })

describe('a person who deletes their account at Clerk', () => {
  it('is erased in every project, with what could take their money, and is signed out at once', async () => {
    const [first, second] = [await aProject(), await aProject()]
    const { id } = await aPerson(app())
    const sessions = [await aVisit(first, id), await aVisit(second, id)]
    await app().subscribe(first, id, 'pro')
    await leave(id)
    const again = await signed('user.deleted', id)
    for (const _ of [1, 2]) expect(await send(again)).toMatchObject({ status: 200, body: { received: true } })
    for (const [project, { token, refreshToken }] of [
      [first, sessions[0]!],
      [second, sessions[1]!],
    ] as const) {
      expect(codeOf(await fromPage(app(), project, 'refresh', { refreshToken }))).toEqual([401, 'session_ended'])
      expect((await app().call('GET', '/api/usage', { headers: page(project, token) })).status).toBe(401)
    }
    await app().settle()
    for (const project of [first, second]) expect((await customerOf(project, id)).status).toBe(404)
    const { metrics } = await app().ok('GET', '/api/dashboard', { headers: secret(first) })
    expect(metrics.activeSubs).toBe(0)
    expect(await tell('user.deleted', id)).toMatchObject({ status: 200 })
  })

  it('is not erased by the event alone: Clerk is asked', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    const { token } = await aVisit(project, id)
    expect(await tell('user.deleted', id)).toMatchObject({ status: 200 })
    await app().settle()
    expect((await app().call('GET', '/api/usage', { headers: page(project, token) })).status).toBe(200)
  })

  it('of one mode is nobody of the other', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    await aVisit(project, id)
    expect((await tell('user.deleted', id, 'live')).status).toBe(200)
    await app().settle()
    expect((await customerOf(project, id)).status).toBe(200)
  })

  it('stays with who only named them: an id of the developer’s own is not Clerk’s', async () => {
    const project = await aProject()
    await app().ok('POST', '/api/data', { headers: { ...secret(project), 'X-User-Id': 'user_OfTheirOwnTable' } })
    await aVisit(project, (await aPerson(app())).id)
    expect((await tell('user.deleted', 'user_OfTheirOwnTable')).status).toBe(200)
    await app().settle()
    expect((await customerOf(project, 'user_OfTheirOwnTable')).status).toBe(200)
  })
})

describe('a person whose address changes at Clerk', () => {
  it('is known by the new one in every project, in whatever order it is told', async () => {
    const [first, second] = [await aProject(), await aProject()]
    const { id } = await aPerson(app())
    for (const project of [first, second]) await aVisit(project, id)
    const early = await signed('user.updated', id)
    await move(id, 'moved-once@people.example')
    const late = await signed('user.updated', id)
    await move(id, 'moved-twice@people.example')
    for (const webhook of [late, early]) expect((await send(webhook)).status).toBe(200)
    for (const project of [first, second])
      expect((await customerOf(project, id)).body.customer.email).toBe('moved-twice@people.example')
  })

  it('keeps the old one where another customer has the new one', async () => {
    const project = await aProject()
    const { id, email } = await aPerson(app())
    await aVisit(project, id)
    const other = await app().customer(project)
    await app().settle()
    await leave(other.id)
    await move(id, other.email)
    expect((await tell('user.updated', id)).status).toBe(200)
    expect((await customerOf(project, id)).body.customer.email).toBe(email)
  })
})

describe('the endpoint', () => {
  it('believes nobody without a signature of the last minutes over exactly this body', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    await aVisit(project, id)
    await leave(id)
    const { headers, body } = await signed('user.deleted', id)
    const forged = `v1,${Buffer.from('x'.repeat(32)).toString('base64')}`
    const wrong: Signed[] = [
      { headers: { ...headers, 'svix-signature': forged }, body },
      { headers: { ...headers, 'svix-id': 'msg_other' }, body },
      { headers: { ...headers, 'svix-timestamp': String(Number(headers['svix-timestamp']) + 1) }, body },
      { headers, body: body.replace('user.deleted', 'user.updated') },
      { headers, body: `${body} ` },
      { headers, body: '' },
    ]
    for (const webhook of wrong) expect(codeOf(await send(webhook))).toEqual([400, 'signature_invalid'])
    expect(codeOf(await app().call('POST', '/webhook/clerk', { body }))).toEqual([400, 'signature_missing'])
    await app().advance('6m')
    expect(codeOf(await send({ headers, body }))).toEqual([400, 'signature_invalid'])
    expect((await customerOf(project, id)).status).toBe(200)
  })

  it('asks to be told again when Clerk cannot be asked', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    await aVisit(project, id)
    await leave(id)
    await fault(app(), {
      service: 'clerk',
      kind: 'status',
      status: 500,
      method: 'GET',
      path: `/v1/users/${id}`,
      times: 1,
    })
    expect((await tell('user.deleted', id)).status).toBe(503)
    expect((await tell('user.deleted', id)).status).toBe(200)
    await app().settle()
    expect((await customerOf(project, id)).status).toBe(404)
  })

  it('lets pass what it has no use for', async () => {
    const { id } = await aPerson(app())
    expect(await tell('session.created', id)).toMatchObject({ status: 200, body: { ignored: 'session.created' } })
  })
})
