/** The gates: only who is on the plan passes, and what cannot be known does not. */

import { describe, expect, it } from 'vitest'
import { DreamAPI } from '../../sdk/index.ts'
import { requirePlan, withPlan } from '../../sdk/server.ts'
import { useApp } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'

const app = useApp()

async function aProject() {
  const project = await app().project({ tiers: LADDER })
  const dream = new DreamAPI({ secretKey: project.secretKey, baseUrl: app().server.url })
  const { id } = await app().customer(project)
  return { project, dream, id }
}

const ask = (headers: Record<string, string> = {}) => new Request('https://app.example/report', { headers })

it('speaks for no customer whose id or token is not there', () => {
  const dream = new DreamAPI({ secretKey: 'sk_test_x' })
  for (const nobody of [undefined, null, '', 'undefined', 'null'] as string[])
    for (const call of [() => dream.forCustomer(nobody), () => dream.forToken(nobody)])
      expect(call).toThrow(expect.objectContaining({ reason: 'auth_required', status: 401 }))
})

describe('withPlan', () => {
  it('lets a customer pass who is on the plan, by their token, and hands everything on', async () => {
    const { project, dream, id } = await aProject()
    const GET = withPlan({ dream, plans: ['pro', 'max'] }, async (request: Request, context: { params: string }) =>
      Response.json([request.url, context.params]),
    )
    const token = await app().token(project, id)
    const refused = await GET(ask({ 'X-Clerk-Token': token }), { params: 'x' })
    expect([refused.status, await refused.json()]).toEqual([
      402,
      {
        error: 'plan_required',
        code: 'plan_required',
        message: 'This needs the plan pro or max.',
        plan: 'free',
        plans: ['pro', 'max'],
        upgrade: { tier: 'pro', displayName: 'Pro Plan', price: 1000, currency: 'usd' },
      },
    ])
    await app().subscribe(project, id, 'pro')
    const both: Record<string, string>[] = [{ 'X-Clerk-Token': token }, { Authorization: `Bearer ${token}` }]
    for (const headers of both)
      expect(await (await GET(ask(headers), { params: 'x' })).json()).toEqual(['https://app.example/report', 'x'])
  })

  it("asks by the app's own user id where the app knows it", async () => {
    const { dream, id } = await aProject()
    await dream.customers.update(id, { plan: 'pro' })
    const gate = (customer: () => string | null) =>
      withPlan({ dream, plans: 'pro', customer }, () => new Response('in'))
    expect((await gate(() => id)(ask())).status).toBe(200)
    expect((await gate(() => 'somebody-else')(ask())).status).toBe(402)
    for (const nobody of [null, '', 'undefined']) expect((await gate(() => nobody)(ask())).status).toBe(401)
    const archived = withPlan({ dream, plans: 'gone', customer: () => id }, () => new Response('in'))
    expect(await (await archived(ask())).json()).toMatchObject({ code: 'plan_required', upgrade: null })
  })

  it('lets nobody pass without a customer, with a forged token, or while it cannot ask', async () => {
    const { dream, id, project } = await aProject()
    const handler = () => new Response('in')
    const GET = withPlan({ dream, plans: 'free' }, handler)
    expect((await GET(ask())).status).toBe(401)
    expect((await GET(ask({ 'X-User-Plan': 'free', 'X-User-Id': id }))).status).toBe(401)
    const forged = await GET(ask({ 'X-Clerk-Token': `${await app().token(project, id)}x` }))
    expect([forged.status, await forged.json()]).toEqual([
      401,
      expect.objectContaining({ code: 'invalid_customer_token' }),
    ])
    const away = new DreamAPI({ secretKey: project.secretKey, baseUrl: 'http://127.0.0.1:1', retries: 0 })
    const unknown = await withPlan({ dream: away, plans: 'free', customer: () => id }, handler)(ask())
    expect([unknown.status, (await unknown.json()) as object]).toEqual([
      503,
      expect.objectContaining({ code: 'network_error' }),
    ])
  })
})

describe('requirePlan', () => {
  it('is a middleware of Hono', async () => {
    const { dream, id } = await aProject()
    const gate = requirePlan({ dream, plans: 'pro', customer: () => id })
    let served = 0
    const pass = () => gate({ req: { raw: ask() } }, async () => void (served += 1))
    expect((await pass())?.status).toBe(402)
    expect(served).toBe(0)
    await dream.customers.update(id, { plan: 'pro' })
    expect(await pass()).toBeUndefined()
    expect(served).toBe(1)
  })

  it('is a middleware of Express, whose headers are plain', async () => {
    const { dream, id, project } = await aProject()
    const gate = requirePlan({ dream, plans: 'pro' })
    const token = await app().token(project, id)
    const said: unknown[] = []
    const response = { status: (code: number) => ({ json: (body: unknown) => said.push([code, body]) }) }
    const pass = (headers: Record<string, string>) => gate({ headers }, response, () => said.push('next'))
    await pass({ 'x-clerk-token': token })
    await dream.customers.update(id, { plan: 'pro' })
    await pass({ authorization: `Bearer ${token}` })
    await pass({})
    expect(said).toEqual([
      [402, expect.objectContaining({ code: 'plan_required', plan: 'free' })],
      'next',
      [401, expect.objectContaining({ code: 'missing_customer' })],
    ])
  })
})
