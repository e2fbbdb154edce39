/** What a signed-in member does through the client: in the account, and in its projects as a secret key could. */

import { describe, expect, it } from 'vitest'
import { DreamAccount, DreamAPI, DreamAPIException } from '../../sdk/account.ts'
import { useApp, type TestMember } from '../support/app.ts'

const app = useApp()

const accountOf = (member: TestMember, account?: string) =>
  new DreamAccount({ session: () => app().memberToken(member), account, baseUrl: app().server.url })

async function refusalOf(call: Promise<unknown>): Promise<DreamAPIException> {
  const error: unknown = await call.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DreamAPIException)
  return error as DreamAPIException
}

describe('an account', () => {
  it('makes a project and works in it without a key, and with the key that was shown', async () => {
    const account = accountOf(await app().member())
    const { project, keys } = await account.projects.create({ name: 'Acme AI', type: 'saas' })
    expect(project.publishableKeys.test).toBe(keys.test.publishableKey)
    const inside = account.project(project.projectId, 'test')
    const outside = new DreamAPI({ secretKey: keys.test.secretKey, baseUrl: app().server.url })
    const { customer } = await outside.customers.create({ email: `a@${project.projectId}.example` })
    const seen: string[] = []
    for await (const { id } of inside.customers.list({ limit: 1 })) seen.push(id)
    expect(seen).toEqual([customer.id])
    for await (const change of inside.feed.open({ since: 0 })) if (change.kind === 'customer') break
    expect((await inside.forCustomer(customer.id).usage.check()).userId).toBe(customer.id)
    await refusalOf(account.project(project.projectId, 'live').customers.list())
    const { projects } = await account.projects.list()
    expect(projects.map(({ projectId }) => projectId)).toEqual([project.projectId])
  })

  it('is asked for by name, and only by those who belong to it', async () => {
    const [owner, other] = [await app().member(), await app().member()]
    const { account } = await accountOf(owner).get()
    expect((await accountOf(owner, account.platformId).get()).account.platformId).toBe(account.platformId)
    const stranger = await refusalOf(accountOf(other, account.platformId).get())
    expect([403, 404]).toContain(stranger.status)
    expect((await accountOf(other).get()).account.platformId).not.toBe(account.platformId)
  })

  it('makes one project of a call whose answer is lost, and writes down who did what', async () => {
    const account = accountOf(await app().member())
    const again = { idempotencyKey: 'first-project' }
    const first = await account.projects.create({ name: 'Acme', type: 'saas' }, again)
    expect(await account.projects.create({ name: 'Acme', type: 'saas' }, again)).toEqual(first)
    await account.update({ name: 'Acme Inc.' })
    const actions: string[] = []
    for await (const { action } of account.audit({ limit: 1 })) actions.push(action)
    expect(actions).toEqual(['PATCH /account', 'POST /account/projects', 'POST /account/projects'])
  })

  it('asks nobody while nobody is signed in', async () => {
    const account = new DreamAccount({ session: async () => null, baseUrl: 'http://127.0.0.1:1' })
    expect(await refusalOf(account.get())).toMatchObject({ status: 401, reason: 'auth_required' })
  })
})
