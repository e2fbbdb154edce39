/** What the reports in D1 know of the accounts themselves. */

import { describe, expect, it } from 'vitest'
import { STRIPE_SECRET_KEY } from '../sandbox/keys.ts'
import { useApp, type Body, type TestMember } from '../support/app.ts'

const app = useApp()

async function anAccount(): Promise<{ owner: TestMember; account: Body }> {
  const owner = await app().member()
  const { account } = await app().okAsMember(owner, 'GET', '/account')
  return { owner, account }
}

async function rowOf(platformId: string): Promise<Body> {
  const db = await app().server.db()
  return db.prepare('SELECT * FROM account_rows WHERE platform_id = ?').bind(platformId).first()
}

async function subscribe(owner: TestMember): Promise<Body> {
  const { url } = await app().okAsMember(owner, 'POST', '/account/billing/checkout')
  await app().pay(/cs_\w+/.exec(url)![0])
  return (await app().okAsMember(owner, 'GET', '/account/billing')).subscription
}

describe('the row of an account', () => {
  it('says who it is and how it stands, moments after it changed', async () => {
    const { owner, account } = await anAccount()
    await app().advance('10s')
    expect(await rowOf(account.platformId)).toMatchObject({
      email: owner.email,
      name: owner.email,
      created_at: account.createdAt,
      status: null,
      live_customers: 0,
    })
    const subscription = await subscribe(owner)
    await app().okAsMember(owner, 'PATCH', '/account', { body: { name: 'Acme' } })
    await app().advance('10s')
    expect(await rowOf(account.platformId)).toMatchObject({
      name: 'Acme',
      status: 'trialing',
      trial_end: subscription.trialEnd,
      current_period_end: subscription.currentPeriodEnd,
      ended_at: null,
    })
  })

  it('counts the customers of all its projects, by mode, and one that left no more', async () => {
    const { account } = await anAccount()
    const { platformId } = account
    const [live, alsoLive, test] = await Promise.all([
      app().project({ mode: 'live', platformId }),
      app().project({ mode: 'live', platformId }),
      app().project({ platformId }),
    ])
    const { id } = await app().customer(live)
    for (const project of [live, alsoLive, alsoLive, test]) await app().customer(project)
    await app().advance('10s')
    expect(await rowOf(platformId)).toMatchObject({ live_customers: 4, test_customers: 1 })
    await app().ok('DELETE', `/api/customers/${id}`, { headers: { Authorization: `Bearer ${live.secretKey}` } })
    await app().advance('10s')
    expect(await rowOf(platformId)).toMatchObject({ live_customers: 3, test_customers: 1 })
  })

  it('is told again when the reports were away', async () => {
    const { owner, account } = await anAccount()
    const db = await app().server.db()
    await db.prepare('ALTER TABLE account_rows RENAME TO account_rows_away').run()
    await app().okAsMember(owner, 'PATCH', '/account', { body: { name: 'Later' } })
    await app().advance('1m')
    await db.prepare('ALTER TABLE account_rows_away RENAME TO account_rows').run()
    await app().advance('5m')
    expect(await rowOf(account.platformId)).toMatchObject({ name: 'Later' })
  })

  it('loses name and e-mail with the account, and stays as a tombstone', async () => {
    const { owner, account } = await anAccount()
    const { id } = await subscribe(owner)
    await app().server.outside(`https://api.stripe.com/v1/subscriptions/${id}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${STRIPE_SECRET_KEY.live}` },
    })
    await app().settle()
    await app().advance('31d')
    const row = await rowOf(account.platformId)
    expect(row).toMatchObject({ name: null, email: null, status: null, deleted_at: expect.any(Number) })
    expect(JSON.stringify(row)).not.toContain(owner.email)
  })
})
