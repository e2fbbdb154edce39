import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Changes } from '../../sdk/schema/feed.ts'
import type { PurgeStep } from '../../objects/ending.ts'
import type { PurgeProgress, PurgeTask } from '../../objects/purging.ts'
import type { Delivery } from '../../objects/outbox.ts'
import { crash, evict, ring, rows, tables } from '../support/inside.ts'
import { handed } from '../support/objects.ts'
import { answering, gate, handedOver } from '../support/outside.ts'
import { aProject, asserting, use } from '../support/project.ts'
import { anEvent, aBuyer, aShop, reading } from '../support/stripe.ts'
import { DAY, holdTime, MINUTE, pass, SECOND, until } from '../support/time.ts'

holdTime()

type AProject = Awaited<ReturnType<typeof aProject>>
const wish = (facts: object = {}) => ({ reason: 'asked for', cancelSubscriptions: true, at: Date.now(), ...facts })
const progress = async (project: AProject) => (await project.stub().purgeProgress()) as PurgeProgress
const start = async (project: AProject, facts: object = {}) =>
  (await project.stub().startPurge(wish(facts))) as { ok: boolean; value: PurgeProgress }

/** Carries out what the purge asks for, as the worker does, and notes the order of the steps. */
function worker(project: AProject, steps: PurgeStep[] = []) {
  return async (delivery: Delivery): Promise<null> => {
    if (delivery.kind !== 'purge') return null
    const turn = Number(delivery.key)
    const task = (await project.stub().purgeTask(turn)) as PurgeTask | null
    if (task === null) return null
    steps.push(task.step)
    await project.stub().purged({ turn, next: task.next, deleted: { [task.step]: 1 } })
    return null
  }
}

/** Lets time go by until the purge is over. */
async function finish(project: AProject): Promise<void> {
  for (let rings = 0; rings < 40 && (await progress(project)).state !== 'done'; rings += 1) {
    pass(5 * SECOND)
    await ring(project)
  }
  expect(await progress(project)).toMatchObject({ state: 'done', failure: null })
}

describe('the purge of a project', () => {
  it('goes step by step, in an order in which nothing can take money after it is forgotten', async () => {
    const project = await aProject()
    await use(project, 'u1')
    const steps: PurgeStep[] = []
    answering(project, worker(project, steps))
    await start(project)
    await finish(project)
    expect(steps).toEqual(['feed', 'sessions', 'subscriptions', 'catalog', 'images', 'people', 'reports', 'connection'])
  })

  it('without a Stripe account has nothing to do there', async () => {
    const project = await aProject({ stripeAccount: null })
    const steps: PurgeStep[] = []
    answering(project, worker(project, steps))
    await start(project)
    await finish(project)
    expect(steps).toEqual(['feed', 'images', 'people', 'reports'])
  })

  it('refuses every call from its first moment on, and for ever', async () => {
    const project = await aProject()
    answering(project, () => ({ reason: 'away' }))
    await start(project)
    expect(await use(project, 'u1')).toMatchObject({ ok: false, code: 'project_deleted' })
    answering(project, worker(project))
    await finish(project)
    for (const end of [evict, crash]) {
      expect(await use(project, 'u1')).toMatchObject({ ok: false, code: 'project_deleted' })
      await end(project)
    }
    const birth = { projectId: project.projectId, mode: 'test', tiers: [], allowedOrigins: [] }
    expect(await project.stub().create(birth as never)).toMatchObject({ ok: false, code: 'project_deleted' })
    expect(await project.stub().putTiers([])).toMatchObject({ code: 'project_deleted' })
  })

  it('leaves a tombstone that says what was deleted, a debt to the account, and not one row more', async () => {
    const project = await aProject()
    await use(project, 'u1', { idempotencyKey: 'k' })
    answering(project, async (delivery) =>
      delivery.kind === 'account.purged' ? { reason: 'the account is away' } : worker(project)(delivery),
    )
    const revision = (await rows<{ revision: number }>(project, 'SELECT revision FROM clock'))[0]!.revision
    await start(project)
    for (let rings = 0; rings < 40 && (await progress(project)).state !== 'done'; rings += 1) {
      pass(5 * SECOND)
      await ring(project)
    }
    await until(async () => (await progress(project)).failure !== null)
    const left = Object.entries(await tables(project)).filter(([, list]) => list.length > 0)
    expect(left.map(([name]) => name).toSorted()).toEqual(['clock', 'ending', 'outbox', 'schema_version'])
    expect(left.find(([name]) => name === 'ending')![1]).toMatchObject([
      { project_id: project.projectId, mode: 'test' },
    ])
    const { counts } = await progress(project)
    expect(counts).toMatchObject({ feed: 1, people: 1, subscriptions: 1 })
    expect(counts['rows']).toBeGreaterThan(5)
    const [owed] = await project.stub().owed()
    expect(owed).toMatchObject({ kind: 'account.purged', key: '' })
    expect(JSON.parse(owed!.payload)).toEqual({
      platformId: 'plt_test',
      projectId: project.projectId,
      mode: 'test',
      reason: 'asked for',
      deletedAt: expect.any(Number),
      counts,
    })
    const clock = (await rows<{ revision: number }>(project, 'SELECT revision FROM clock'))[0]!
    expect(clock.revision).toBeGreaterThan(revision)
    expect(await runInDurableObject(project.stub(), (_, { storage }) => storage.getAlarm())).not.toBeNull()
    answering(project, () => null)
    pass(5 * MINUTE)
    await ring(project)
    expect(await project.stub().owed()).toEqual([])
  })

  it('goes on in the same memory as if it had just been made: nothing of before is remembered', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    answering(project, worker(project))
    await start(project)
    await finish(project)
    expect(await project.stub().broken()).toEqual([])
    expect(((await project.stub().changesSince(0)) as Changes).changes).toEqual([])
    const before = await tables(project)
    pass(40 * DAY)
    await ring(project)
    expect(await ring(project)).toBe(false)
    await evict(project)
    expect(await tables(project)).toEqual(before)
  })

  it('resumes where it was, whenever its object dies', async () => {
    const project = await aProject()
    await use(project, 'u1')
    const steps: PurgeStep[] = []
    // Each delivery is carried out, and its object dies before that is written down.
    answering(project, async (delivery) => {
      await worker(project, steps)(delivery)
      return delivery.kind === 'purge' ? gate().opened : null
    })
    void start(project).catch(() => null)
    for (let deaths = 1; deaths <= 8; deaths += 1) {
      await until(() => steps.length >= deaths)
      await crash()
      pass(2 * MINUTE)
      void ring(project).catch(() => false)
    }
    await until(async () => (await progress(project)).state === 'done')
    expect(await progress(project)).toMatchObject({ state: 'done' })
    expect([...new Set(steps)]).toHaveLength(8)
    expect(handedOver(project, 'account.purged').length).toBeGreaterThan(0)
  })

  it('does a step again whose end it did not hear, and counts it once', async () => {
    const project = await aProject()
    let lost = 0
    answering(project, async (delivery) => {
      await worker(project)(delivery)
      lost += 1
      return lost <= 3 ? { reason: 'the answer was lost' } : null
    })
    await start(project)
    await finish(project)
    const { rows: _, ...counts } = (await progress(project)).counts
    expect(Object.values(counts)).toEqual([1, 1, 1, 1, 1, 1, 1, 1])
  })

  it('asked for twice is one purge', async () => {
    const project = await aProject()
    answering(project, () => ({ reason: 'away' }))
    const first = await start(project)
    expect((await start(project, { reason: 'another' })).value).toMatchObject({ closedAt: first.value.closedAt })
    expect((await project.stub().owed()).filter(({ kind }) => kind === 'purge')).toHaveLength(1)
    expect(await rows(project, 'SELECT reason FROM ending')).toEqual([{ reason: 'asked for' }])
  })

  it('begins when it is told to, though calls are refused at once', async () => {
    const project = await aProject()
    const steps: PurgeStep[] = []
    answering(project, worker(project, steps))
    await start(project, { at: Date.now() + DAY })
    expect(await use(project, 'u1')).toMatchObject({ code: 'project_deleted' })
    pass(DAY - MINUTE)
    await ring(project)
    expect(steps).toEqual([])
    pass(MINUTE)
    await ring(project)
    await finish(project)
  })
})

describe('the subscriptions of a project that is purged', () => {
  async function withSubscription() {
    const project = await aShop()
    await aBuyer(project, 'u1')
    const { number } = (await project.stub().startReading('sub_1')) as { number: number }
    await project.stub().applySubscription({ id: 'sub_1', number, found: reading() })
    return project
  }

  it('are each a debt of its own, and the purge waits until all are paid', async () => {
    const project = await withSubscription()
    let away = true
    answering(project, async (delivery) => {
      if (delivery.kind === 'purge.subscription' && away) return { reason: 'Stripe is away' }
      return worker(project)(delivery)
    })
    await start(project)
    for (let rings = 0; rings < 10; rings += 1) {
      pass(MINUTE)
      await ring(project)
    }
    expect(await progress(project)).toMatchObject({
      state: 'running',
      step: 'subscriptions',
      failure: 'Stripe is away',
    })
    away = false
    pass(DAY)
    await ring(project)
    await finish(project)
    expect((await progress(project)).counts['subscriptions']).toBe(2) // the debt, and the step itself
  })

  it('are left alone when they are to go on', async () => {
    const project = await withSubscription()
    answering(project, worker(project))
    await start(project, { cancelSubscriptions: false })
    await finish(project)
    expect(handedOver(project, 'purge.subscription')).toEqual([])
  })

  it('void what was promised about them before, but not the money that is to go back', async () => {
    const project = await withSubscription()
    handed.delete(project.name)
    answering(project, () => ({ reason: 'away' }))
    await runInDurableObject(project.stub(), (_, { storage }) => {
      for (const kind of ['stripe.refund', 'stripe.product', 'identity'])
        storage.sql.exec(
          "INSERT INTO outbox (kind, key, generation, payload, next_at, owed_at) VALUES (?, 'x', 1, 'null', 0, 0)",
          kind,
        )
    })
    await start(project)
    expect((await project.stub().owed()).map(({ kind }) => kind).toSorted()).toEqual(['purge', 'stripe.refund'])
    answering(project, async (delivery) =>
      delivery.kind === 'stripe.refund' ? { reason: 'unknown' } : worker(project)(delivery),
    )
    for (let rings = 0; rings < 20; rings += 1) {
      pass(HOUR_ISH)
      await ring(project)
    }
    expect(await progress(project)).toMatchObject({ state: 'running', step: 'reports' })
    answering(project, worker(project))
    pass(DAY)
    await ring(project)
    await finish(project)
  })

  it('are not heard of any more, during the purge or after it', async () => {
    const project = await withSubscription()
    answering(project, () => ({ reason: 'away' }))
    await start(project)
    const late = () =>
      project
        .stub()
        .hear(anEvent({ hints: [{ read: 'subscription', id: 'sub_1', stripeCustomer: 'cus_u1' }] }), 'always')
    expect(await late()).toMatchObject({ ok: true, value: { kept: false } })
    answering(project, worker(project))
    await finish(project)
    const before = await tables(project)
    expect(await late()).toMatchObject({ ok: true, value: { kept: false } })
    expect(await tables(project)).toEqual(before)
  })
})

const HOUR_ISH = 61 * MINUTE

describe('a feed that was ended', () => {
  it('lets nobody in, ticket or not', async () => {
    const name = `${crypto.randomUUID().replaceAll('-', '').slice(0, 20)}:test`
    const feed = () => env.FEED.getByName(name)
    await feed().admit('ticket', 'all')
    await feed().end()
    await feed().admit('another', 'all')
    for (const ticket of ['ticket', 'another']) {
      const response = await feed().fetch(`http://feed/?ticket=${ticket}`, { headers: { Upgrade: 'websocket' } })
      expect(response.headers.get('X-Refusal')).toBe('project_deleted')
    }
  })
})

it('a customer named while the project is closed is nobody', async () => {
  const project = await aProject()
  answering(project, () => ({ reason: 'away' }))
  await start(project)
  expect(await project.stub().usage(asserting('u9'), null)).toMatchObject({ code: 'project_deleted' })
  expect(await rows(project, 'SELECT id FROM customers')).toEqual([])
})
