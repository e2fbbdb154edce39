/**
 * The end of an account's subscription over HTTP, edge by edge: what is open one millisecond before each, and at it, with
 * alarms that come in time, twice, late or not at all [A4].
 */

import { afterEach, describe, expect, it } from 'vitest'
import { STRIPE_SECRET_KEY } from '../sandbox/keys.ts'
import { useApp, type Body, type TestMember } from '../support/app.ts'
import { subscribeToUs } from '../support/own.ts'

const app = useApp()

const DAY = 86_400_000
const EDGES = ['blockedAt', 'deleteAt'] as const

interface Ending {
  readonly owner: TestMember
  readonly platformId: string
  readonly secretKey: string
  readonly ended: { readonly endedAt: number; readonly blockedAt: number; readonly deleteAt: number }
}

const clock = (body: object): Promise<Body> => app().ok('POST', '/sandbox/clock', { body })
const iso = (at: number) => new Date(at).toISOString()
/** Moves to a moment and stays there; what is due on the way rings, unless alarms are lost. */
const standAt = (at: number, facts: object = {}) => clock({ to: iso(at), hold: true, ...facts })
/** Rings whatever has not rung, at the same moment. */
const ringAgain = () => clock({ advance: '0s' })

afterEach(() => clock({ advance: '0s', hold: false }))

const billing = (owner: TestMember) => app().okAsMember(owner, 'GET', '/account/billing')

/** What is done to our own subscription at Stripe. */
async function atStripe(method: 'POST' | 'DELETE', id: string, form: Record<string, string> = {}): Promise<void> {
  await app().server.outside(`https://api.stripe.com/v1/subscriptions/${id}`, {
    method,
    headers: {
      Authorization: `Bearer ${STRIPE_SECRET_KEY.live}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    ...(method === 'DELETE' ? {} : { body: new URLSearchParams(form).toString() }),
  })
  await app().settle()
}

/** An account that has paid. */
async function aPayer(): Promise<Omit<Ending, 'ended'> & { subscriptionId: string }> {
  const owner = await app().member()
  const made = await app().okAsMember(owner, 'POST', '/account/projects', { body: { name: 'Acme', type: 'saas' } })
  await subscribeToUs(app(), owner)
  const { subscription } = await billing(owner)
  const { account } = await app().okAsMember(owner, 'GET', '/account')
  const { secretKey } = made.keys.test
  return { owner, platformId: account.platformId, secretKey, subscriptionId: subscription.id }
}

/** An account whose subscription was canceled at Stripe just now. */
async function anEnd(): Promise<Ending> {
  const payer = await aPayer()
  await atStripe('DELETE', payer.subscriptionId)
  return { ...payer, ended: (await billing(payer.owner)).ended }
}

/** How everything answers at this very millisecond: the dashboard, billing, the API. */
async function seen({ owner, platformId, secretKey }: Omit<Ending, 'ended'>): Promise<string> {
  const { now } = await app().ok('GET', '/sandbox/clock')
  const token = await app().memberToken(owner, { issuedAt: now })
  const headers = { Authorization: `Bearer ${token}`, 'X-Account': platformId }
  const codes = await Promise.all([
    app().call('GET', '/account/members', { headers }),
    app().call('GET', '/account/billing', { headers }),
    app().call('GET', '/api/tiers', { headers: { Authorization: `Bearer ${secretKey}` } }),
  ])
  return codes.map(({ status, body }) => (status === 200 ? 'open' : body.code)).join(', ')
}

const LOCKED = 'account_locked, open, open'
const BLOCKED = 'account_locked, open, subscription_expired'
const GONE = 'account_deleted, account_deleted, project_deleted'

const ALARMS = [
  ['in time', {}, async () => {}],
  ['twice', {}, ringAgain],
  ['not before it is looked', { alarms: 'lost' }, async () => {}],
] as const

describe('each edge after the end', () => {
  it('begins with the end itself, at which the dashboard locks', async () => {
    const payer = await aPayer()
    await atStripe('POST', payer.subscriptionId, { cancel_at_period_end: 'true' })
    const { cancelAt } = (await billing(payer.owner)).subscription
    await standAt(cancelAt - 1)
    expect(await seen(payer)).toBe('open, open, open')
    await standAt(cancelAt)
    expect(await seen(payer)).toBe(LOCKED)
  })

  it.each(ALARMS)('is where it is to the millisecond, when alarms ring %s', async (how, facts, again) => {
    const ending = await anEnd()
    const { endedAt, blockedAt, deleteAt } = ending.ended
    expect([blockedAt, deleteAt]).toEqual([endedAt + 7 * DAY, endedAt + 30 * DAY])
    expect(await seen(ending)).toBe(LOCKED)
    const timeline: [number, string][] = []
    for (const edge of EDGES)
      for (const at of [ending.ended[edge] - 1, ending.ended[edge]]) {
        await standAt(at, facts)
        await again()
        timeline.push([at - endedAt, await seen(ending)])
      }
    expect(timeline).toEqual([
      [7 * DAY - 1, LOCKED],
      [7 * DAY, BLOCKED],
      [30 * DAY - 1, BLOCKED],
      [30 * DAY, how === 'not before it is looked' ? BLOCKED : GONE], // deleting is done, not computed
    ])
    await ringAgain() // late, or once more
    expect(await seen(ending)).toBe(GONE)
  })

  it('is announced once each: not a millisecond early, and late rather than twice', async () => {
    const [ending, late] = [await anEnd(), await anEnd()]
    const noticesOf = async ({ owner }: Ending) => {
      const { now } = await app().ok('GET', '/sandbox/clock')
      const token = await app().memberToken(owner, { issuedAt: now })
      const { notices } = await app().ok('GET', '/account/billing', { headers: { Authorization: `Bearer ${token}` } })
      return notices.map(({ notice, at }: Body) => [notice, at])
    }
    const { endedAt } = ending.ended
    const due = [
      ['ended', endedAt],
      ['block_tomorrow', endedAt + 6 * DAY],
      ['blocked', endedAt + 7 * DAY],
      ['deletion_in_7_days', endedAt + 23 * DAY],
    ] as const
    for (const [index, [, at]] of due.entries()) {
      if (index > 0) {
        await standAt(at - 1)
        expect(await noticesOf(ending)).toEqual(due.slice(0, index))
      }
      if (index > 0) await standAt(at)
      await ringAgain()
      expect(await noticesOf(ending)).toEqual(due.slice(0, index + 1))
    }
    // The other one ended a moment later, and so does its week.
    await standAt(late.ended.endedAt + 23 * DAY)
    expect((await noticesOf(late)).map(([notice]: [string]) => notice)).toEqual(due.map(([notice]) => notice))
    expect(await mailsTo(ending.owner)).toBe(4)
    expect(await mailsTo(late.owner)).toBe(4)
  })
})

async function mailsTo({ email }: TestMember): Promise<number> {
  const query = `to=${encodeURIComponent(email)}`
  return (await app().ok('GET', `/sandbox/mailbox?${query}`, { headers: { Accept: 'application/json' } })).mails.length
}

describe('a renewal', () => {
  it.each([
    ['in the grace', 'endedAt', 0],
    ['at the last millisecond of the grace', 'blockedAt', -1],
    ['when the API has just stopped', 'blockedAt', 0],
    ['at the last millisecond before the deletion', 'deleteAt', -1],
  ] as const)('%s opens everything at the millisecond it is heard of, whatever rang', async (_, edge, past) => {
    const ending = await anEnd()
    if (edge === 'endedAt') await clock({ advance: '0s', hold: true })
    else await standAt(ending.ended[edge] + past, { alarms: 'lost' })
    const { now } = await app().ok('GET', '/sandbox/clock')
    await renew(ending)
    expect((await app().ok('GET', '/sandbox/clock')).now).toBe(now)
    expect(await seen(ending)).toBe('open, open, open')
    await clock({ advance: '40d', hold: false })
    expect(await seen(ending)).toBe('open, open, open')
  })

  it('racing with the deletion ends whole: who could pay keeps everything, whose page was closed paid nothing', async () => {
    for (const first of ['paying', 'deleting', 'paying', 'deleting'] as const) {
      const ending = await anEnd()
      await standAt(ending.ended.deleteAt - 1, { alarms: 'lost' })
      const session = await pageOf(ending)
      const deals = {
        paying: () => app().call('POST', `/sandbox/stripe/checkout/${session}/pay`, { body: { card: 'ok' } }),
        deleting: () => clock({ to: iso(ending.ended.deleteAt) }),
      }
      const begun = { [first]: deals[first]() }
      const paid = await (begun.paying ?? deals.paying())
      await (begun.deleting ?? deals.deleting())
      await clock({ advance: '3h', hold: false })
      const end = await seen(ending)
      expect([paid.status < 300, end]).toEqual(paid.status < 300 ? [true, 'open, open, open'] : [false, GONE])
    }
  })
})

async function pageOf({ owner }: Ending): Promise<string> {
  const { now } = await app().ok('GET', '/sandbox/clock')
  const headers = { Authorization: `Bearer ${await app().memberToken(owner, { issuedAt: now })}` }
  return /cs_\w+/.exec((await app().ok('POST', '/account/billing/checkout', { headers })).url)![0]
}

/** Pays again, and has our webhook told of it; no alarm is needed. */
async function renew(ending: Ending): Promise<void> {
  await app().ok('POST', `/sandbox/stripe/checkout/${await pageOf(ending)}/pay`, { body: { card: 'ok' } })
  await app().settle()
}
