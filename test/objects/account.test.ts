import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { OwnSubscription, Profile } from '../../objects/profile.ts'
import { evict, ring } from '../support/inside.ts'
import { answering, handedOver } from '../support/outside.ts'
import { DAY, HOUR, holdTime, pass, START, until } from '../support/time.ts'

holdTime()

const OWNER = 'user_owner'

async function anAccount() {
  const platformId = `plt_${crypto.randomUUID().replaceAll('-', '')}`
  const stub = () => env.ACCOUNT.getByName(platformId)
  await stub().found({ platformId, userId: OWNER, email: 'owner@example.com' })
  await stub().beginProject({ projectId: 'a'.repeat(20), name: 'Acme', type: 'saas' })
  await stub().projectChecked('a'.repeat(20), 'test', true)
  return { name: platformId, stub }
}
type AnAccount = Awaited<ReturnType<typeof anAccount>>

const subscription = (facts: Partial<OwnSubscription> = {}): OwnSubscription => ({
  id: 'sub_1',
  status: 'active',
  startedAt: START - 60 * DAY,
  trialEnd: null,
  currentPeriodStart: START - 10 * DAY,
  currentPeriodEnd: START + 20 * DAY,
  cancelAt: null,
  endedAt: null,
  ...facts,
})

/** Stripe is read, and says this. */
async function read(account: AnAccount, found: OwnSubscription | null, id = found?.id ?? 'sub_1'): Promise<Profile> {
  const number = await account.stub().startReading()
  const applied = await account.stub().applyReading({ number, id, stripeCustomerId: 'cus_1', found })
  return (applied as { value: Profile }).value
}

const ended = (endedAt: number) => subscription({ status: 'canceled', endedAt })
const ask = { userId: OWNER, role: 'viewer', whileLocked: false, projectId: null, action: null } as const
const admitted = async (account: AnAccount) => {
  const answer = (await account.stub().admit(ask)) as { ok: boolean; code?: string }
  return answer.ok ? 'open' : answer.code
}
const standingTold = async (account: AnAccount) => (await account.stub().factsFor('a'.repeat(20))).standing

async function ringAll(account: AnAccount): Promise<void> {
  for (let rings = 0; rings < 20 && (await ring(account)); rings += 1) {
    const due = await account.stub().peek()
    if (due === null || due > Date.now()) break
  }
}

describe('[A4] the end of an account’s subscription', () => {
  it('locks the dashboard at the very moment, whatever the alarm does', async () => {
    const account = await anAccount()
    await read(account, subscription({ cancelAt: START + DAY }))
    await read(account, ended(START + DAY))
    pass(DAY - 1)
    expect(await admitted(account)).toBe('open')
    pass(1)
    expect(await admitted(account)).toBe('account_locked')
    expect(await standingTold(account)).toEqual({ graceAt: START + DAY, blockedAt: START + 8 * DAY })
  })

  it('is announced once each, however late, often or seldom the alarm rings', async () => {
    const account = await anAccount()
    await read(account, ended(START))
    pass(25 * DAY) // every alarm was lost until here
    await ringAll(account)
    await evict(account)
    await ringAll(account)
    await ring(account)
    await until(() => handedOver(account, 'mail').length === 4)
    expect(new Set(handedOver(account, 'mail')).size).toBe(4)
    expect(handedOver(account, 'project.notice')).toHaveLength(4)
    expect(handedOver(account, 'account.delete')).toEqual([])
  })

  it('is found a day after the period, when Stripe’s word of it was lost', async () => {
    const account = await anAccount()
    await read(account, subscription())
    pass(21 * DAY - 1)
    await ringAll(account)
    expect(handedOver(account, 'billing.read')).toEqual([])
    pass(1)
    await ringAll(account)
    await until(() => handedOver(account, 'billing.read').includes('sub_1'))
    await read(account, ended(START + 20 * DAY))
    pass(2 * DAY)
    await ringAll(account)
    expect(handedOver(account, 'billing.read')).toEqual(['sub_1'])
  })

  it('is undone whole by a renewal: standing, timers and deletion', async () => {
    const account = await anAccount()
    await read(account, ended(START))
    pass(29 * DAY)
    await ringAll(account)
    const before = handedOver(account, 'mail').length
    await read(account, subscription({ id: 'sub_2' }))
    expect(await admitted(account)).toBe('open')
    expect(await standingTold(account)).toEqual({ graceAt: null, blockedAt: null })
    pass(40 * DAY)
    await ringAll(account)
    expect(handedOver(account, 'account.delete')).toEqual([])
    expect(handedOver(account, 'mail')).toHaveLength(before)
  })

  it('knows a reading that was begun earlier and comes later for old', async () => {
    const account = await anAccount()
    const early = await account.stub().startReading()
    await read(account, subscription({ status: 'active' }))
    await account.stub().applyReading({ number: early, id: 'sub_1', stripeCustomerId: 'cus_1', found: ended(START) })
    expect(await admitted(account)).toBe('open')
  })

  it('of an old subscription changes nothing for who pays by a new one', async () => {
    const account = await anAccount()
    await read(account, subscription({ id: 'sub_new' }))
    expect((await read(account, { ...ended(START - DAY), id: 'sub_old' })).subscription?.id).toBe('sub_new')
    expect(await admitted(account)).toBe('open')
  })

  it('hides no other subscription that runs, though that was read before and comes later', async () => {
    const account = await anAccount()
    await read(account, ended(START))
    const early = await account.stub().startReading()
    await read(account, ended(START))
    const found = subscription({ id: 'sub_2' })
    await account.stub().applyReading({ number: early, id: 'sub_2', stripeCustomerId: 'cus_1', found })
    expect(await admitted(account)).toBe('open')
  })

  it('of one that was past due for long leaves the whole grace, announced, and none anew with each unpaid period', async () => {
    const account = await anAccount()
    await read(account, subscription({ status: 'past_due', currentPeriodStart: START - 31 * DAY }))
    await read(account, subscription({ status: 'unpaid', currentPeriodStart: START - 31 * DAY }))
    await ringAll(account)
    expect(handedOver(account, 'account.delete')).toEqual([])
    expect(await standingTold(account)).toEqual({ graceAt: START, blockedAt: START + 7 * DAY })
    pass(20 * DAY)
    await read(account, subscription({ status: 'unpaid', currentPeriodStart: START + 19 * DAY }))
    await read(account, subscription({ status: 'canceled', endedAt: START + 20 * DAY }))
    expect(await standingTold(account)).toEqual({ graceAt: START, blockedAt: START + 7 * DAY })
  })

  it.each([
    ['unpaid', {}, START],
    ['paused', { trialEnd: START - 2 * DAY }, START - 2 * DAY],
    ['canceled', { endedAt: START - 3 * DAY }, START - 3 * DAY],
  ] as const)(
    'is, when Stripe says %s, the moment that Stripe names, or the one at which it is learnt [L1]',
    async (status, facts, endedAt) => {
      const account = await anAccount()
      await read(account, subscription())
      expect((await read(account, subscription({ status, ...facts }))).endedAt).toBe(endedAt)
    },
  )

  it.each(['incomplete', 'incomplete_expired', 'a word of next year'])(
    'is not what %s means for an account that never paid',
    async (status) => {
      const account = await anAccount()
      expect((await read(account, subscription({ status }))).endedAt).toBeNull()
      expect(await admitted(account)).toBe('open')
    },
  )
})

describe('a key that asks the account for a further project', () => {
  const projectId = 'a'.repeat(20)
  const asked = async (account: AnAccount, of = projectId) =>
    account.stub().admitKey('key "agent" …ab12', { ...ACTION, projectId: of })
  const ACTION = { action: 'create_project', target: 'b'.repeat(20), mode: 'test', ip: '1.2.3.4' }

  it('is written down under its name before anything is made', async () => {
    const account = await anAccount()
    const { value } = (await asked(account)) as { value: number }
    const log = () => account.stub().auditLog({ limit: 9, before: null, projectId, userId: null })
    const entry = { ...ACTION, projectId, userId: null, email: 'key "agent" …ab12' }
    expect(await log()).toMatchObject([{ ...entry, id: value, outcome: null }])
    await account.stub().settle(value, 'done')
    expect(await log()).toMatchObject([{ ...entry, outcome: 'done' }])
  })

  it('is refused once account or project come to their end, and told nothing else of them', async () => {
    const account = await anAccount()
    expect(await asked(account, 'c'.repeat(20))).toEqual({ ok: false, code: 'project_not_found' })
    await read(account, ended(START + DAY))
    pass(DAY - 1)
    expect(await asked(account)).toMatchObject({ ok: true })
    pass(1)
    expect(await asked(account)).toEqual({ ok: false, code: 'account_locked' })
    pass(29 * DAY)
    expect(await asked(account)).toEqual({ ok: false, code: 'account_locked' })
    pass(DAY)
    await account.stub().confirmDeletion()
    expect(await asked(account)).toEqual({ ok: false, code: 'account_deleted' })
    const other = await anAccount()
    await other.stub().deleteProject(projectId, { cancelSubscriptions: false })
    expect(await asked(other)).toEqual({ ok: false, code: 'project_deleted' })
  })

  it('finds no place for the hundred and first, and the same place for what it asked before', async () => {
    const account = await anAccount()
    const begin = (number: number) =>
      account.stub().beginProject({ projectId: String(number).padStart(20, '0'), name: 'Shop', type: 'store' })
    for (let number = 1; number < 100; number += 1) expect(await begin(number)).toMatchObject({ ok: true })
    expect(await begin(100)).toEqual({ ok: false, code: 'too_many_projects' })
    expect(await begin(99)).toMatchObject({ ok: true })
  })
})

describe('[A5] the deletion', () => {
  const confirm = async (account: AnAccount) =>
    ((await account.stub().confirmDeletion()) as { value: { begun: boolean; wait: boolean } }).value

  it('begins not a millisecond before thirty days are over', async () => {
    const account = await anAccount()
    await read(account, ended(START))
    pass(30 * DAY - 1)
    expect(await confirm(account)).toEqual({ begun: false, wait: false })
    pass(1)
    expect(await confirm(account)).toEqual({ begun: true, wait: false })
    expect(await admitted(account)).toBe('account_deleted')
  })

  it('waits for a page on which it could still be paid, and is off when it was', async () => {
    const account = await anAccount()
    await read(account, ended(START))
    pass(30 * DAY)
    await account.stub().startCheckout(false)
    expect(await confirm(account)).toEqual({ begun: false, wait: true })
    await read(account, subscription({ id: 'sub_2' }))
    expect(await confirm(account)).toEqual({ begun: false, wait: false })
    expect(await admitted(account)).toBe('open')
  })

  it('takes no payment any more once it has begun', async () => {
    const account = await anAccount()
    await read(account, ended(START))
    pass(30 * DAY)
    await confirm(account)
    expect(await account.stub().startCheckout(false)).toMatchObject({ ok: false, code: 'account_deleted' })
  })

  it('forgets the people only when the last project is gone, and goes on after a crash', async () => {
    const account = await anAccount()
    answering(account, ({ kind }) => (kind === 'account.erase' ? { reason: 'away' } : null))
    await read(account, ended(START))
    pass(30 * DAY)
    await confirm(account)
    expect(handedOver(account, 'account.erase')).toEqual([])
    await evict(account)
    const gone = { projectId: 'a'.repeat(20), mode: 'test', deletedAt: Date.now(), counts: { rows: 3 } } as const
    await account.stub().projectPurged(gone)
    await account.stub().projectPurged(gone)
    await until(() => handedOver(account, 'account.erase').length > 0)
    answering(account, () => null)
    await account.stub().erase()
    const told = (await account.stub().admit(ask)) as { detail?: { deletedAt: number; deletion: object } }
    expect(told.detail).toMatchObject({ deletedAt: Date.now(), deletion: { [`${'a'.repeat(20)}:test`]: { rows: 3 } } })
    expect(await account.stub().people()).toEqual([])
  })
})

describe('[A5] what was begun to be deleted', () => {
  it('is deleted whole: a live project that was being made meanwhile goes, too', async () => {
    const account = await anAccount()
    const projectId = 'a'.repeat(20)
    await account.stub().deleteProject(projectId, { cancelSubscriptions: false })
    await account.stub().projectChecked(projectId, 'live', true)
    await until(() => handedOver(account, 'project.purge').includes(`${projectId}:live`))
  })

  it('is not learnt again from Stripe once it is gone', async () => {
    const account = await anAccount()
    await read(account, ended(START))
    pass(30 * DAY)
    await account.stub().confirmDeletion()
    await account.stub().erase()
    await account.stub().hearBilling('sub_1')
    expect(await read(account, ended(START))).toMatchObject({ stripeCustomerId: null, subscription: null })
    expect(handedOver(account, 'billing.read')).toEqual([])
  })
})

describe('an invitation', () => {
  it('that nobody took up in time is forgotten, address and all', async () => {
    const account = await anAccount()
    const invitation = { email: 'late@example.com', role: 'viewer', by: 'owner@example.com', id: 'inv_1' } as const
    await account.stub().invite({ ...invitation, code: 'c', hash: 'h' })
    pass(15 * DAY)
    await ringAll(account)
    const sql = 'SELECT email FROM invitations'
    const left = await runInDurableObject(account.stub(), (_, state) => state.storage.sql.exec(sql).toArray())
    expect(left).toEqual([])
  })
})

describe('the page to pay on', () => {
  it('that Stripe would not make any more gives way to another, and one that somebody has does not', async () => {
    const account = await anAccount()
    const ask = async () =>
      (await account.stub().startCheckout(true)) as { value: { profile: Profile; checkout: { expiresAt: number } } }
    const first = (await ask()).value
    pass(30_000)
    expect((await ask()).value.checkout.expiresAt).toBe(first.checkout.expiresAt)
    pass(1)
    const second = (await ask()).value
    expect(second.checkout.expiresAt).toBe(first.checkout.expiresAt + 30_001)
    const late = await account.stub().openCheckout(first.profile.checkouts, { id: 'cs_1', url: 'https://late' })
    expect(late).toMatchObject({ ok: false })
    await account.stub().openCheckout(second.profile.checkouts, { id: 'cs_2', url: 'https://pay' })
    pass(20 * 60_000)
    expect((await ask()).value.checkout.expiresAt).toBe(second.checkout.expiresAt)
  })
})

describe('[A6] the meter', () => {
  it('is told a day’s number once fixed, the same however often it is counted again', async () => {
    const account = await anAccount()
    await read(account, subscription())
    await account.stub().recordCount('2030-01-15', 2_001)
    await account.stub().recordCount('2030-01-15', 5)
    expect(await account.stub().countToReport('2030-01-15')).toMatchObject({ count: { customers: 2_001 } })
    await account.stub().countReported('2030-01-15')
    expect(await account.stub().countToReport('2030-01-15')).toBeNull()
  })

  it('is told every day of who has live projects, by the account’s own timer, and of nobody else [L7]', async () => {
    const account = await anAccount()
    await read(account, subscription())
    await ringAll(account)
    expect(handedOver(account, 'overage.count')).toEqual([])
    await account.stub().projectChecked('a'.repeat(20), 'live', true)
    for (let day = 0; day < 3; day += 1) {
      await ringAll(account)
      pass(DAY)
    }
    await ringAll(account)
    expect(handedOver(account, 'overage.count')).toEqual(['2030-01-15', '2030-01-16', '2030-01-17', '2030-01-18'])
  })

  it('is not told what it would refuse for its age', async () => {
    const account = await anAccount()
    await read(account, subscription())
    await account.stub().recordCount('2030-01-15', 1)
    pass(34 * DAY + HOUR)
    expect(await account.stub().countToReport('2030-01-15')).toBeNull()
  })
})

describe('[A1] a person', () => {
  it('has one account of their own, whoever proposes its id', async () => {
    const person = env.PERSON.getByName(`user_${crypto.randomUUID()}`)
    const proposed = Array.from({ length: 10 }, () => `plt_${crypto.randomUUID().replaceAll('-', '')}`)
    const answers = await Promise.all(proposed.map((platformId) => person.ownAccount(platformId)))
    expect(new Set(answers).size).toBe(1)
  })
})
