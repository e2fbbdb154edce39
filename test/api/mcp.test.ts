/** What an agent can do at /mcp with a key, by the official client over HTTP. */

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { STRIPE_SECRET_KEY } from '../sandbox/keys.ts'
import { useApp, type Body, type TestMember, type TestProject } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { aKey, mistyped } from '../support/keys.ts'
import { signedIn } from '../support/signIn.ts'
import { subscribeToUs } from '../support/own.ts'

const app = useApp()

/** An agent with a key; its calls answer the text of a tool, and whether it was refused. */
async function anAgent(secretKey: string) {
  const client = new Client({ name: 'test', version: '1' })
  const requestInit = { headers: { Authorization: `Bearer ${secretKey}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${app().server.url}/mcp`), { requestInit }))
  onTestFinished(() => client.close())
  const use = async (name: string, given: Record<string, unknown> = {}) => {
    const { content, isError = false } = await client.callTool({ name, arguments: given })
    return { text: (content as { text: string }[])[0]?.text ?? '', isError }
  }
  const read = async (name: string, given?: Record<string, unknown>): Promise<Body> => {
    const { text, isError } = await use(name, given)
    expect(isError, text).toBe(false)
    return JSON.parse(text)
  }
  return { client, use, read }
}

/** A project of a real account, and its owner. */
async function anOwnProject(): Promise<{ owner: TestMember; project: TestProject }> {
  const owner = await app().member()
  const body = { name: 'First', type: 'saas' }
  const { project, keys } = await app().okAsMember(owner, 'POST', '/account/projects', { body })
  return { owner, project: { projectId: project.projectId, mode: 'test', stripeAccount: null, ...keys.test } }
}

const projectsOf = async (owner: TestMember): Promise<Body[]> =>
  (await app().okAsMember(owner, 'GET', '/account/projects')).projects
const logOf = async (owner: TestMember): Promise<Body[]> =>
  (await app().okAsMember(owner, 'GET', '/account/audit')).entries
/** Our own subscription of the account ends, as a dunning that failed would end it. */
async function endOurs(owner: TestMember): Promise<void> {
  const { subscription } = await app().okAsMember(owner, 'GET', '/account/billing')
  const headers = { Authorization: `Bearer ${STRIPE_SECRET_KEY.live}` }
  const url = `https://api.stripe.com/v1/subscriptions/${subscription.id}`
  await app().server.outside(url, { method: 'DELETE', headers })
  await app().settle()
}

const SHOP = { name: 'Shop', type: 'store' }

const aProject = (facts: Record<string, unknown> = {}): Promise<TestProject> =>
  app().project({ tiers: LADDER, ...facts })

describe('an agent with a test key', () => {
  it('finds its tools, each with what it does, what it takes and whether it only looks', async () => {
    const { client } = await anAgent((await aProject()).secretKey)
    const { tools } = await client.listTools()
    expect(tools.length).toBeGreaterThan(10)
    const page = await app().call('GET', '/docs/mcp.md')
    expect(
      [...String(page.body).matchAll(/(?<=^\| .*)`(\w+_\w+)`(?=.*\|.*\|)/gm)].map(([, name]) => name).toSorted(),
    ).toEqual(tools.map(({ name }) => name).toSorted())
    for (const { name, description, inputSchema, annotations } of tools) {
      expect(description?.length, name).toBeGreaterThan(20)
      expect(inputSchema.type, name).toBe('object')
      expect(annotations?.readOnlyHint, name).toBe(/^(read|explain|get|list|check)_/.test(name))
    }
  })

  it('reads the documentation, and what a refusal means', async () => {
    const { use } = await anAgent((await aProject()).secretKey)
    expect((await use('read_docs')).text).toContain('(/docs/quickstart-saas.md)')
    expect((await use('read_docs', { page: 'rules' })).text).toMatch(/^# Rules for coding agents/)
    expect((await use('explain_refusal', { code: 'limit_reached' })).text).toMatch(
      /^limit_reached \(403\).*never retry/s,
    )
  })

  it('takes a customer from the first use to the paywall, to paying, and on', async () => {
    const { use, read } = await anAgent((await aProject()).secretKey)
    const once = { customerId: 'ada', quantity: 5, idempotencyKey: 'k1' }
    expect((await read('simulate_usage', once)).usage.used).toBe(5)
    expect((await read('simulate_usage', once)).usage.used).toBe(5)
    const refused = await use('simulate_usage', { customerId: 'ada' })
    expect(refused.isError).toBe(true)
    expect(JSON.stringify(await read('explain_use', { customerId: 'ada' }))).toContain('limit_reached')
    expect(refused.text).toContain('"code":"limit_reached"')
    expect(refused.text).toContain('Show a page for each')

    const wish = {
      customerId: 'ada',
      tier: 'pro',
      successUrl: 'http://localhost:3000/ok',
      cancelUrl: 'http://localhost:3000/',
    }
    const { checkoutId, sessionId } = await read('simulate_purchase', wish)
    expect((await read('check_purchase', { customerId: 'ada', checkoutId })).plan).toBe('free')
    await app().pay(sessionId)
    expect((await read('check_purchase', { customerId: 'ada', checkoutId })).plan).toBe('pro')
    expect((await read('check_usage', { customerId: 'ada' })).plan).toBe('pro')
  })

  it('makes somebody who can sign in', async () => {
    const project = await aProject()
    const { read } = await anAgent(project.secretKey)
    const email = `${crypto.randomUUID().slice(0, 8)}@example.com`
    const { customer } = await read('make_test_customer', { email, firstName: 'Ada' })
    expect(customer).toMatchObject({ email, firstName: 'Ada', plan: 'free' })
    expect((await read('check_usage', { customerId: customer.id })).used).toBe(0)
    expect((await signedIn(app(), project, customer.id)).customer.id).toBe(customer.id)
  })

  it('sets up what is sold, and is told by name what is wrong', async () => {
    const { use, read, client } = await anAgent((await aProject()).secretKey)
    const prices = [{ interval: 'month', unitAmount: 4900, currency: 'usd' }]
    const limits = { requests: { limit: null, period: 'month' } }
    await read('create_tier', { slug: 'team', displayName: 'Team', limits, prices })
    await read('update_tier', { slug: 'team', popular: true })
    const { tiers } = await read('list_tiers')
    expect(tiers.at(-1)).toMatchObject({ slug: 'team', popular: true, limits })
    const variants = [{ sku: 'MUG', stock: 2, prices: [{ unitAmount: 1500, currency: 'usd' }] }]
    await read('create_product', { name: 'Mug', variants })
    expect((await read('list_products', { search: 'mug' })).products).toHaveLength(1)
    const wrong = await client
      .callTool({ name: 'create_tier', arguments: { slug: 'No Good' } })
      .catch((error: Error) => ({
        isError: true,
        content: [{ text: error.message }],
      }))
    expect(JSON.stringify(wrong)).toContain('slug')
    expect((await use('create_tier', { slug: 'team', displayName: 'Team 2', limits, prices })).isError).toBe(true)
  })

  it('never sees a secret', async () => {
    const { secretKey } = await aProject()
    const { use } = await anAgent(secretKey)
    for (const name of ['list_keys', 'get_project', 'list_tiers'])
      expect((await use(name)).text).not.toContain(secretKey)
    expect((await use('list_keys')).text).toContain('sk_test_…')
  })
})

describe('a key', () => {
  it('is asked for, and one that is wrong or revoked is refused before anything is answered', async () => {
    const { secretKey, publishableKey } = await aProject()
    const connect = (key: string) => anAgent(key).then(({ client }) => client.listTools())
    await expect(connect('')).rejects.toThrow()
    await expect(connect(mistyped(secretKey))).rejects.toThrow()
    await expect(connect(publishableKey)).rejects.toThrow()
    const { status, body } = await app().call('POST', '/mcp', { body: {} })
    expect([status, body.code]).toEqual([401, 'missing_authentication'])
  })

  it('that only reads changes nothing through a tool either', async () => {
    const project = await aProject()
    const { use, read } = await anAgent(await aKey(app(), project, 'reader', ['read']))
    await read('list_tiers')
    const refused = await use('simulate_usage', { customerId: 'eve' })
    expect([refused.isError, refused.text.includes('scope_required')]).toEqual([true, true])
  })

  it('for live mode simulates nothing', async () => {
    const live = await aProject({ mode: 'live' })
    const { use } = await anAgent(live.secretKey)
    const wish = { tier: 'pro', successUrl: 'http://localhost:3000/', cancelUrl: 'http://localhost:3000/' }
    for (const [name, given] of [
      ['simulate_usage', { customerId: 'ada' }],
      ['simulate_purchase', { customerId: 'ada', ...wish }],
      ['make_test_customer', { email: 'ada@example.com' }],
      ['create_project', SHOP],
    ] as const)
      expect(await use(name, given)).toMatchObject({
        isError: true,
        text: expect.stringContaining('"code":"test_key_required"'),
      })
    expect((await use('get_project')).isError).toBe(false)
  })
})

describe('a further project', () => {
  it('is made for the account of the key, which hears of nothing but its keys', async () => {
    const { owner, project } = await anOwnProject()
    const { read } = await anAgent(project.secretKey)
    const made = await read('create_project', SHOP)
    expect(Object.keys(made).toSorted()).toEqual(['mode', 'projectId', 'publishableKey', 'secretKey'])
    expect(await projectsOf(owner)).toMatchObject([
      { name: 'First' },
      { ...SHOP, projectId: made.projectId, modes: ['test'], publishableKeys: { test: made.publishableKey } },
    ])
    const there = await anAgent(made.secretKey)
    expect((await there.read('get_project')).project).toMatchObject({ projectId: made.projectId, ...SHOP })
    expect(JSON.stringify(await read('get_project'))).not.toContain(made.projectId)
    expect((await logOf(owner))[0]).toMatchObject({
      userId: null,
      email: `key "default" …${project.secretKey.slice(-4)}`,
      action: 'create_project',
      target: made.projectId,
      projectId: project.projectId,
      mode: 'test',
      outcome: 'done',
    })
  })

  it('is shown again to the same key under the same idempotency key, and to nobody else', async () => {
    const { owner, project } = await anOwnProject()
    const [agent, other] = [
      await anAgent(project.secretKey),
      await anAgent(await aKey(app(), project, 'other', ['read', 'admin'])),
    ]
    const once = { ...SHOP, idempotencyKey: 'once' }
    const [first, again] = await Promise.all([agent.read('create_project', once), agent.read('create_project', once)])
    expect(again).toEqual(first)
    const theirs = await app().okAsMember(owner, 'POST', '/account/projects', {
      body: SHOP,
      headers: { 'Idempotency-Key': 'once' },
    })
    const keys = [first, await other.read('create_project', once), theirs.keys.test].map(({ secretKey }) => secretKey)
    expect(new Set(keys).size).toBe(3)
    expect(await projectsOf(owner)).toHaveLength(4)
  })

  it('is refused to a key that lacks the scope, is live, or belongs to no account', async () => {
    const { owner, project } = await anOwnProject()
    const scoped = await aKey(app(), project, 'scoped', ['read', 'usage', 'billing'])
    const live = await app().project({ mode: 'live' })
    for (const [key, code] of [
      [scoped, 'scope_required'],
      [live.secretKey, 'test_key_required'],
      [(await aProject()).secretKey, 'account_not_found'],
    ] as const) {
      const { isError, text } = await (await anAgent(key)).use('create_project', SHOP)
      expect([isError, text.includes(`"code":"${code}"`)], text).toEqual([true, true])
    }
    expect(await projectsOf(owner)).toHaveLength(1)
  })

  it('is refused when the account’s own subscription has ended, at once and before the project is blocked', async () => {
    const { owner, project } = await anOwnProject()
    const { use } = await anAgent(project.secretKey)
    await subscribeToUs(app(), owner)
    await endOurs(owner)
    expect((await use('create_project', SHOP)).text).toContain('"code":"account_locked"')
    expect((await use('get_project')).isError).toBe(false)
    expect(await projectsOf(owner)).toHaveLength(1)
  })
})
