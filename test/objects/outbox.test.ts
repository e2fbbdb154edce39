import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../objects/outbox.ts'
import { join } from '../support/callers.ts'
import { crash, evict, ring } from '../support/inside.ts'
import { answering, gate, handedOver } from '../support/outside.ts'
import { aProject, asserting } from '../support/project.ts'
import { DAY, holdTime, HOUR, MINUTE, pass, SECOND, until } from '../support/time.ts'

holdTime()

type AProject = Awaited<ReturnType<typeof aProject>>
const me = asserting(null)
const owed = async (project: AProject, kind = 'identity.join'): Promise<Delivery[]> =>
  ((await project.stub().owed()) as Delivery[]).filter((delivery) => delivery.kind === kind)
const person = (project: AProject, userId: string) => join(project, me, { userId })
const rename = (project: AProject, userId: string, firstName: string) =>
  project.stub().updateCustomer(me, userId, { firstName }) as Promise<unknown>
const failing = () => ({ reason: 'away' })
/** Fails once more: the clock moves to when the debt is due, and the alarm rings. */
async function tryAgain(project: AProject): Promise<Delivery> {
  const [debt] = await owed(project)
  pass(Math.max(0, debt!.nextAt - Date.now()))
  await ring(project)
  return (await owed(project))[0]!
}

describe('[D3] what is owed outside', () => {
  it('is delivered promptly after the commit, and then owed no more', async () => {
    const project = await aProject()
    await person(project, 'user_a')
    await until(async () => (await owed(project)).length === 0)
    expect(handedOver(project, 'identity.join')).toEqual(['user_a'])
  })

  it('is never owed by a decision that was refused', async () => {
    const project = await aProject()
    await person(project, 'user_a')
    await join(project, me, { userId: 'user_b', email: 'user_a@example.com' })
    await until(async () => (await owed(project)).length === 0)
    expect(handedOver(project, 'identity.join')).toEqual(['user_a'])
  })

  it('many changes while one delivery is under way make one more, not many', async () => {
    const project = await aProject()
    const { opened, open } = gate()
    answering(project, (delivery) => (delivery.kind === 'identity.join' ? opened : null))
    await person(project, 'user_a')
    await until(() => handedOver(project, 'identity.join').length === 1)
    for (const name of ['a', 'b', 'c', 'd']) await rename(project, 'user_a', name)
    expect(await owed(project)).toHaveLength(1)
    expect(handedOver(project, 'identity.join')).toHaveLength(1)
    open()
    await until(async () => (await owed(project)).length === 0)
    expect(handedOver(project, 'identity.join')).toEqual(['user_a', 'user_a'])
  })

  it('is tried again after growing waits, up to an hour, and shown as stuck, but never given up', async () => {
    const project = await aProject()
    answering(project, (delivery) => (delivery.kind === 'identity.join' ? failing() : null))
    await person(project, 'user_a')
    await until(async () => (await owed(project))[0]?.attempts === 1)
    for (let attempts = 1; attempts < 16; attempts += 1) {
      const [debt] = await owed(project)
      const wait = debt!.nextAt - Date.now()
      const exact = Math.min(1000 * 2 ** (attempts - 1), HOUR)
      expect(wait).toBeGreaterThanOrEqual(exact * 0.75)
      expect(wait).toBeLessThanOrEqual(exact * 1.25)
      expect(debt).toMatchObject({ attempts, failure: 'away' })
      pass(wait - 1)
      await ring(project)
      expect((await owed(project))[0]!.attempts).toBe(attempts)
      pass(1)
      await ring(project)
    }
    answering(project, () => null)
    pass(2 * HOUR)
    await ring(project)
    expect(await owed(project)).toEqual([])
  })

  it('waits as long as the outside asked for, and no shorter than its own backoff', async () => {
    const project = await aProject()
    const asked = { retryAfterMs: 90 * SECOND }
    answering(project, ({ kind }) => (kind === 'identity.join' ? { reason: '429', ...asked } : null))
    await person(project, 'user_a')
    await until(async () => (await owed(project))[0]?.attempts === 1)
    expect((await owed(project))[0]!.nextAt).toBe(Date.now() + 90 * SECOND)
    asked.retryAfterMs = 1
    const debt = await tryAgain(project)
    expect(debt.nextAt - Date.now()).toBeGreaterThanOrEqual(1500)
  })

  it('survives a receiver that throws', async () => {
    const project = await aProject()
    answering(project, ({ kind }) => {
      if (kind === 'identity.join') throw new Error(`boom ${'x'.repeat(9_000)}`)
      return null
    })
    await person(project, 'user_a')
    await until(async () => (await owed(project))[0]?.attempts === 1)
    expect((await owed(project))[0]!.failure).toMatch(/^Error: boom x+$/)
    expect((await owed(project))[0]!.failure!.length).toBeLessThanOrEqual(500)
  })

  it('is shown as stuck after ten attempts, also when the same thing was owed again meanwhile', async () => {
    const project = await aProject()
    answering(project, ({ kind }) => (kind === 'identity.join' ? failing() : null))
    await person(project, 'user_a')
    await until(async () => (await owed(project))[0]?.attempts === 1)
    for (let attempts = 2; attempts <= 10; attempts += 1) {
      expect(await dashboardStuck(project)).toBe(0)
      await rename(project, 'user_a', `name ${attempts}`)
      await until(async () => (await owed(project))[0]?.attempts === attempts)
    }
    expect(await dashboardStuck(project)).toBe(1)
  })

  it('of many others is not held up by one that fails for ever [F5]', async () => {
    const project = await aProject()
    answering(project, ({ key }) => (key === 'user_7' ? failing() : null))
    await Promise.all(Array.from({ length: 20 }, (_, index) => person(project, `user_${index}`)))
    await until(async () => (await owed(project)).length === 1)
    expect(await owed(project)).toMatchObject([{ key: 'user_7' }])
  })

  it('of many others is not held up by one that never answers, nor are the timers', async () => {
    const project = await aProject()
    const never = gate()
    answering(project, ({ key, attempts }) =>
      key === 'user_0' ? never.opened : key === 'user_1' && attempts === 0 ? failing() : null,
    )
    for (const user of ['user_0', 'user_1', 'user_2']) await person(project, user)
    await until(async () => (await owed(project)).find(({ key }) => key === 'user_1')?.attempts === 1)
    pass(MINUTE)
    void ring(project)
    await until(async () => (await owed(project)).length === 1)
    expect(await owed(project)).toMatchObject([{ key: 'user_0' }])
    never.open()
  })

  it('of many others is not held up by a hundred that never answer', async () => {
    const project = await aProject()
    const never = gate()
    answering(project, ({ key }) => (key.startsWith('slow') ? never.opened : null))
    await Promise.all(Array.from({ length: 100 }, (_, index) => person(project, `slow_${index}`)))
    pass(SECOND)
    await person(project, 'user_a')
    await until(() => handedOver(project, 'identity.join').includes('user_a'))
    never.open()
    await until(async () => (await owed(project)).length === 0)
  })
})

const dashboardStuck = async (project: AProject): Promise<number> => {
  const answer = (await project.stub().dashboard(me)) as { ok: true; value: { stuck: number } }
  return answer.value.stuck
}

describe('[D3] an object that dies with debts', () => {
  it('killed while one is under way, delivers it when its alarm rings', async () => {
    const project = await aProject()
    const never = gate()
    answering(project, () => never.opened)
    await person(project, 'user_a')
    await until(() => handedOver(project, 'identity.join').length === 1)
    await crash()
    answering(project, () => null)
    pass(2 * MINUTE)
    expect(await ring(project)).toBe(true)
    await until(async () => (await owed(project)).length === 0)
    expect(handedOver(project, 'identity.join')).toEqual(['user_a', 'user_a'])
    never.open()
  })

  it.each([
    ['evicted', (project: AProject) => evict(project)],
    ['killed', () => crash()],
  ])('%s between two attempts, is awakened by its alarm', async (_, end) => {
    const project = await aProject()
    answering(project, failing)
    await person(project, 'user_a')
    await until(async () => (await owed(project))[0]?.attempts === 1)
    await end(project)
    answering(project, () => null)
    pass(DAY)
    expect(await ring(project)).toBe(true)
    await until(async () => (await owed(project)).length === 0)
  })
})

describe('[D3] the alarm', () => {
  it('rung twice delivers once [F4]', async () => {
    const project = await aProject()
    let away = true
    answering(project, ({ kind }) => (kind === 'identity.join' && away ? failing() : null))
    await person(project, 'user_a')
    await until(async () => (await owed(project))[0]?.attempts === 1)
    away = false
    pass(HOUR)
    await ring(project)
    await ring(project)
    expect(handedOver(project, 'identity.join')).toHaveLength(2)
  })

  it('thirty days late delivers everything that is due [F4]', async () => {
    const project = await aProject()
    let away = true
    answering(project, () => (away ? failing() : null))
    await Promise.all(Array.from({ length: 120 }, (_, index) => person(project, `user_${index}`)))
    away = false
    pass(30 * DAY)
    for (let rings = 0; rings < 10 && (await owed(project)).length > 0; rings += 1) await ring(project)
    expect(await owed(project)).toEqual([])
  })

  it('that was lost is set again when the object wakes next', async () => {
    const project = await aProject()
    answering(project, failing)
    await person(project, 'user_a')
    await until(async () => (await owed(project))[0]?.attempts === 1)
    await runInDurableObject(project.stub(), (_, state) => state.storage.deleteAlarm())
    await evict(project)
    await owed(project)
    answering(project, () => null)
    pass(DAY)
    expect(await ring(project)).toBe(true)
    expect(await owed(project)).toEqual([])
  })

  it('is armed again for what is left after it rang', async () => {
    const project = await aProject()
    answering(project, ({ kind }) => (kind === 'identity.join' ? failing() : null))
    await person(project, 'user_a')
    for (let rings = 0; rings < 5; rings += 1) {
      pass(2 * HOUR)
      expect(await ring(project)).toBe(true)
    }
  })
})
