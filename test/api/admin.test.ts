/** What those who run dream-api see of all accounts. */

import { beforeAll, describe, expect, it } from 'vitest'
import { STRIPE_SECRET_KEY } from '../sandbox/keys.ts'
import { useApp, type Body, type TestMember } from '../support/app.ts'
import { fault, noFaults } from '../support/billing.ts'

const app = useApp()

const admin = async (path: string): Promise<Body> => {
  const { token } = await app().ok('POST', '/sandbox/access/token', { body: {} })
  return app().ok('GET', `/admin${path}`, { headers: { 'Cf-Access-Jwt-Assertion': token } })
}
const emails = (page: Body): string[] => page.accounts.map(({ email }: Body) => email)

interface Known {
  readonly owner: TestMember
  readonly platformId: string
}

async function anAccount(email: string): Promise<Known> {
  const owner = await app().member(email)
  const { account } = await app().okAsMember(owner, 'GET', '/account')
  await app().advance('1s') // no two of the same moment
  return { owner, platformId: account.platformId }
}

async function subscribe({ owner }: Known, card: string): Promise<void> {
  const { url } = await app().okAsMember(owner, 'POST', '/account/billing/checkout')
  await app().pay(/cs_\w+/.exec(url)![0], { card: 'ok', card_number: card })
}

async function customers({ platformId }: Known, mode: 'test' | 'live', count: number): Promise<void> {
  const project = await app().project({ mode, platformId })
  for (let i = 0; i < count; i += 1) await app().customer(project)
}

let paying: Known
let trialing: Known
let big: Known

beforeAll(async () => {
  paying = await anAccount('paying@one.example')
  await subscribe(paying, '4242424242424242')
  await app().advance('15d')
  trialing = await anAccount('trialing@two.example')
  await subscribe(trialing, '4000056655665556')
  big = await anAccount('big@three.example')
  await anAccount('empty@four.example')
  await customers(paying, 'live', 2)
  await customers(trialing, 'test', 1)
  await app().advance('10s')
  const db = await app().server.db()
  const many = db.prepare('UPDATE account_rows SET live_customers = 2100 WHERE platform_id = ?') // rather than make them
  await many.bind(big.platformId).run()
})

describe('the totals', () => {
  it('count the accounts, what they bring, and their customers', async () => {
    const { totals } = await admin('/totals')
    expect(totals).toEqual({
      currency: 'usd',
      accounts: 4,
      paying: 1,
      trialing: 1,
      mrr: 1900,
      mrrLeaving: 0,
      accountsInOverage: 1,
      overage: 0, // whose subscription does not run is billed nothing
      liveCustomers: 2102,
      testCustomers: 1,
      accountsWithCustomers: 3,
      accountsWithout: 1,
      includedCustomers: 2000,
      averageLiveCustomers: 525.5,
    })
  })
})

describe('the accounts', () => {
  it.each([
    ['', ['empty', 'big', 'trialing', 'paying']],
    ['?filter=paying', ['paying']],
    ['?filter=trialing', ['trialing']],
    ['?filter=customers', ['big', 'trialing', 'paying']],
    ['?filter=empty', ['empty']],
    ['?email=BI', ['big']],
    ['?email=ig', []],
    ['?sort=customers&filter=customers', ['big', 'paying', 'trialing']],
    ['?sort=overage&limit=1', ['big']],
  ])('%s are these', async (query, names) => {
    expect(emails(await admin(`/accounts${query}`)).map((email) => email.split('@')[0])).toEqual(names)
  })

  it.each(['created', 'customers'])('come page by page when sorted by %s, each once', async (sort) => {
    const all = emails(await admin(`/accounts?sort=${sort}`))
    const paged: string[] = []
    for (let cursor = ''; ;) {
      const page = await admin(`/accounts?sort=${sort}&limit=1${cursor}`)
      paged.push(...emails(page))
      if (page.nextCursor === null) break
      cursor = `&cursor=${page.nextCursor}`
    }
    expect(paged).toEqual(all)
  })

  it('show what the old page showed, without a call to Clerk or Stripe [P3]', async () => {
    await fault(app(), { service: 'clerk', kind: 'status', status: 500, times: 100 })
    await fault(app(), { service: 'stripe', kind: 'status', status: 500, times: 100 })
    const { accounts } = await admin('/accounts?email=big')
    await noFaults(app())
    expect(accounts).toEqual([
      {
        platformId: big.platformId,
        name: 'big@three.example',
        email: 'big@three.example',
        createdAt: expect.any(Number),
        status: null,
        trialEnd: null,
        currentPeriodEnd: null,
        cancelAt: null,
        endedAt: null,
        liveCustomers: 2100,
        testCustomers: 0,
        overage: 300,
      },
    ])
  })
})

describe('one account', () => {
  it('is shown with its projects and what could not be delivered, but not what that says', async () => {
    const owner = await app().member()
    const { account } = await app().okAsMember(owner, 'GET', '/account')
    await app().okAsMember(owner, 'POST', '/account/projects', { body: { name: 'Acme', type: 'saas' } })
    await fault(app(), { service: 'mail', kind: 'status', status: 500, times: 1000 })
    const invitation = { email: 'friend@five.example', role: 'viewer' }
    await app().okAsMember(owner, 'POST', '/account/invitations', { body: invitation })
    await app().advance('6h')
    await noFaults(app())
    const shown = await admin(`/accounts/${account.platformId}`)
    expect(shown.account).toMatchObject({ email: owner.email, subscription: null })
    expect(shown.projects).toMatchObject([{ name: 'Acme', modes: [{ mode: 'test', customers: 0, stuck: [] }] }])
    expect(shown.stuck).toMatchObject([{ kind: 'mail', attempts: expect.any(Number), failure: expect.any(String) }])
    expect(JSON.stringify(shown)).not.toContain('payload')
  })

  it('is not found under a name that we never gave', async () => {
    const { token } = await app().ok('POST', '/sandbox/access/token', { body: {} })
    const headers = { 'Cf-Access-Jwt-Assertion': token as string }
    const answer = await app().call('GET', `/admin/accounts/plt_${'0'.repeat(32)}`, { headers })
    expect([answer.status, answer.body.code]).toEqual([404, 'account_not_found'])
  })

  it('leaves the list when it is deleted', async () => {
    const gone = await anAccount('gone@six.example')
    await subscribe(gone, '5555555555554444')
    const { subscription } = await app().okAsMember(gone.owner, 'GET', '/account/billing')
    await app().server.outside(`https://api.stripe.com/v1/subscriptions/${subscription.id}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${STRIPE_SECRET_KEY.live}` },
    })
    await app().settle()
    await app().advance('10s')
    expect(emails(await admin('/accounts?email=gone'))).toHaveLength(1)
    await app().advance('31d')
    expect(emails(await admin('/accounts?email=gone'))).toEqual([])
  })
})

describe('the page', () => {
  it('is reached in the sandbox by a link that sets the cookie, and runs nothing but its own script [S22]', async () => {
    const link = await app().call('GET', '/sandbox/access/open')
    expect([link.status, link.headers.get('Location')]).toEqual([302, `${app().server.url}/admin`])
    const cookie = link.headers.get('Set-Cookie')!
    expect(cookie).toMatch(/; Path=\/admin; HttpOnly; SameSite=Lax/)
    const answer = await app().call('GET', '/admin', { headers: { Cookie: cookie.split(';')[0]! } })
    expect(answer.status).toBe(200)
    const policy = answer.headers.get('Content-Security-Policy')!
    const nonce = /script-src 'nonce-([0-9a-f-]{36})'/.exec(policy)![1]!
    expect(policy).toMatch(/^default-src 'none'; /)
    expect(policy).not.toContain('unsafe')
    const html = answer.body as string
    expect([...html.matchAll(/<(?:script|style)[^>]*>/g)].map(([tag]) => tag)).toEqual([
      `<style nonce="${nonce}">`,
      `<script nonce="${nonce}">`,
    ])
    expect(html).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|\son\w+=/)
    expect(html).not.toMatch(/(?:src|href)=/)
  })
})
