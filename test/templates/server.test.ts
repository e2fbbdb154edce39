/** The server functions of the apps for Next, called by themselves: what no walk comes by. */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useApp, type TestProject } from '../support/app.ts'
import { tier } from '../support/billing.ts'
import { buildSdk } from '../support/builtSdk.ts'
import { newApp, type NewApp } from '../support/newApp.ts'

const app = useApp()
const made: NewApp[] = []

beforeAll(() => buildSdk())
afterAll(() => Promise.all(made.map((one) => one.close())))

async function make(template: string, project: TestProject): Promise<NewApp> {
  process.env['NEXT_PUBLIC_DREAM_PUBLISHABLE_KEY'] = project.publishableKey
  process.env['NEXT_PUBLIC_DREAM_API_URL'] = app().server.url
  const one = await newApp(template, { key: project.publishableKey, api: app().server.url })
  made.push(one)
  return one
}

/** A project with a customer, and the token that their page sends. */
async function aCustomer(facts: Record<string, unknown>) {
  const project = await app().project(facts)
  const { id } = await app().customer(project)
  return { project, id, token: await app().token(project, id) }
}

describe("a SaaS's own server", () => {
  it('counts a wish once however often it is tried, and other words under its key as another', async () => {
    const { project, id, token } = await aCustomer({ tiers: [tier({ slug: 'free', limit: 2 })] })
    const { folder } = await make('saas-next', project)
    const { POST } = await import(join(folder, 'app/api/cover/route.ts'))
    const ask = async (body: unknown, bearer = token): Promise<[status: number, code: string | undefined]> => {
      const headers = { Authorization: `Bearer ${bearer}` }
      const init = { method: 'POST', headers, body: JSON.stringify(body) }
      const answer: Response = await POST(new Request('http://localhost/api/cover', init))
      return [answer.status, ((await answer.json()) as { code?: string }).code]
    }
    const key = randomUUID()
    const wishes = Array.from({ length: 3 }, () => ask({ sentence: 'The tide', key }))
    expect(await Promise.all(wishes)).toEqual([
      [200, undefined],
      [200, undefined],
      [200, undefined],
    ])
    expect((await app().usage(project, id)).used).toBe(1)
    expect(await ask({ sentence: 'Another', key })).toEqual([200, undefined])
    expect(await ask({ sentence: 'One too many', key })).toEqual([403, 'limit_reached'])
    expect((await app().usage(project, id)).used).toBe(2)
    expect((await ask({ sentence: 'The tide', key }, 'a.b.c'))[0]).toBe(401)
    expect(await ask({ sentence: 'x'.repeat(201), key })).toEqual([400, 'invalid_request'])
  })
})

describe("a membership's own server", () => {
  it('gives what is free to everybody, and the rest to members alone', async () => {
    const { project, id, token } = await aCustomer({
      tiers: [tier({ slug: 'free' }), tier({ slug: 'member', unitAmount: 900 })],
    })
    const { folder } = await make('membership-next', project)
    const { GET } = await import(join(folder, 'app/api/content/route.ts'))
    const ask = async (query: string, headers = {}): Promise<Response> =>
      GET(new Request(`http://localhost/api/content${query}`, { headers }))
    const bearer = { Authorization: `Bearer ${token}` }
    expect(await (await ask('')).text()).not.toContain('push-ups')
    expect((await ask('?id=desk-reset')).status).toBe(200)
    expect((await ask('?id=nothing')).status).toBe(404)
    expect((await ask('?id=floor-strength')).status).toBe(401)
    expect((await ask('?id=floor-strength', bearer)).status).toBe(402)
    await app().subscribe(project, id, 'member')
    const opened = await ask('?id=floor-strength', bearer)
    expect([opened.status, opened.headers.get('Cache-Control')]).toEqual([200, 'private, no-store'])
    expect(await opened.text()).toContain('push-ups')
  })
})
