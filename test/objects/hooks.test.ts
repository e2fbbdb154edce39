/** What is told to a developer's app: once, in the decision that caused it, in order, whatever crashes. */

import { describe, expect, it } from 'vitest'
import type { OrderTask } from '../../objects/carting.ts'
import type { Attempt } from '../../objects/messages.ts'
import type { Outcome } from '../../objects/outcome.ts'
import type { WebhookTask } from '../../objects/emitting.ts'
import type { EndpointInput, WebhookType } from '../../sdk/schema/webhook.ts'
import { join, takeBack } from '../support/callers.ts'
import { crash, evict, revisionOf, ring, rows } from '../support/inside.ts'
import { answering } from '../support/outside.ts'
import { aProject, asserting, tier, track, one, use } from '../support/project.ts'
import { answered, Till } from '../support/till.ts'
import { DAY, holdTime, HOUR, pass, SECOND, until } from '../support/time.ts'

holdTime()

type AProject = Awaited<ReturnType<typeof aProject>>
type Asked = EndpointInput['events'][number]
type Body = { type: WebhookType; data: Record<string, unknown> }
const me = asserting(null)

/** An endpoint behind which a script answers: a status for each message. Answers what was heard, in order. */
async function listening(
  project: AProject,
  events: readonly Asked[],
  answer: (body: Body) => number = () => 200,
  id = 'we_1',
): Promise<Body[]> {
  const heard: Body[] = []
  const input = { url: 'https://hooks.example.com/in', events: [...events], description: null }
  answered(await project.stub().addEndpoint(me, input, { id, secret: 'whsec_AAAA' }))
  answering(project, async (delivery) => {
    if (delivery.kind !== 'webhooks' || delivery.key !== id) return null
    for (;;) {
      const task = (await project.stub().dueMessages(id, { limit: 8, busy: [] })) as WebhookTask | null
      if (task === null || task.messages.length === 0) return null
      for (const message of task.messages) {
        const body = JSON.parse(message.body) as Body
        heard.push(body)
        answered(await project.stub().settleMessage(message.id, attemptOf(answer(body))))
      }
    }
  })
  return heard
}

const attemptOf = (status: number): Attempt => ({
  at: Date.now(),
  durationMs: 1,
  status,
  error: status < 300 ? null : 'status',
})

const quiet = async (project: AProject): Promise<void> =>
  until(async () =>
    (await project.stub().owed()).every(({ kind, nextAt }) => kind !== 'webhooks' || nextAt > Date.now()),
  )
const written = (project: AProject) =>
  rows<{ id: number; type: string; lane: string; state: string; next_at: number | null; tries: number }>(
    project,
    'SELECT id, type, lane, state, next_at, tries FROM webhook_messages ORDER BY id',
  )
const rename = (project: AProject, id: string, firstName: string) =>
  project.stub().updateCustomer(me, id, { firstName }) as Promise<unknown>
const tiers = [tier({ slug: 'free', limits: { requests: { limit: 10, period: 'month' } } })]

const shop = async (events: readonly Asked[] = ['stock.low']) => {
  const project = await aProject({ tiers })
  const variant = (sku: string, stock: number) => ({
    sku,
    options: {},
    prices: [{ unitAmount: 500, currency: 'usd' }],
    stock,
  })
  for (const [sku, stock] of [
    ['a', 8],
    ['b', 1],
  ] as const) {
    const { id: productId } = { id: `prod_${sku}` }
    const input = { name: sku, description: '', features: [], images: [], options: [], grant: null }
    answered(
      await project
        .stub()
        .addProduct(me, { ...input, variants: [variant(sku, stock)] }, { productId, variantIds: [`var_${sku}`] }),
    )
  }
  return { project, heard: await listening(project, events) }
}
const move = (project: AProject, delta: number) =>
  project.stub().changeStock(me, 'var_a', { delta, reason: undefined }) as Promise<unknown>
const cart = (project: AProject, items: readonly { sku: string; quantity: number }[]) =>
  project.stub().startOrder(me, {
    items: [...items],
    newId: `ord_${crypto.randomUUID()}`,
    successUrl: 'http://localhost/ok',
    cancelUrl: 'http://localhost/no',
    attempt: null,
    address: null,
  }) as Promise<Outcome<OrderTask>>

describe('[W5] a count', () => {
  it('writes nothing down while nobody listens to it', async () => {
    const project = await aProject({ tiers })
    await listening(project, ['customer.updated', 'order.paid'])
    await use(project, 'u1', { quantity: 10 })
    const before = await revisionOf(project)
    expect(await use(project, 'u1')).toMatchObject({ code: 'limit_reached' })
    expect(await revisionOf(project)).toBe(before)
    expect(await written(project)).toEqual([])
    expect(await rows(project, 'SELECT * FROM announced')).toEqual([])
  })

  it('tells of 80 and 100 percent once a period, however often it is passed', async () => {
    const project = await aProject({ tiers })
    const heard = await listening(project, ['usage.threshold'])
    await use(project, 'u1', { quantity: 7 })
    const eighth = await use(project, 'u1')
    if (!eighth.ok) throw new Error(eighth.code)
    await takeBack(project, me, eighth.value.id)
    await use(project, 'u1', { quantity: 3 })
    await quiet(project)
    expect(heard.map(({ data }) => [data['percent'], data['used'], data['limit']])).toEqual([
      [80, 8, 10],
      [100, 10, 10],
    ])
    pass(31 * DAY)
    await use(project, 'u1', { quantity: 9 })
    await quiet(project)
    expect(heard.slice(2).map(({ data }) => data['percent'])).toEqual([80])
  })

  it('tells of a refusal once a customer, meter and period, and of the next one in the next', async () => {
    const project = await aProject({ tiers })
    const heard = await listening(project, ['usage.limit_reached'])
    await track(project, me, [
      one({ customerId: 'u1', quantity: 10 }),
      ...Array.from({ length: 50 }, () => one({ customerId: 'u1' })),
      one({ customerId: 'u2', quantity: 11, idempotencyKey: 'k' }),
      one({ customerId: 'u2', quantity: 11, idempotencyKey: 'k' }),
    ])
    await use(project, 'u1')
    await quiet(project)
    expect(heard.map(({ data }) => data['customerId'])).toEqual(['u1', 'u2'])
    pass(31 * DAY)
    await use(project, 'u1', { quantity: 11 })
    await quiet(project)
    expect(heard.map(({ data }) => data['customerId'])).toEqual(['u1', 'u2', 'u1'])
  })
})

describe('stock', () => {
  it('is told of when it falls to five, once until it rises again', async () => {
    const { project, heard } = await shop()
    await move(project, -2)
    await quiet(project)
    expect(heard).toEqual([])
    await move(project, -1)
    await move(project, -1)
    await quiet(project)
    expect(heard.map(({ data }) => [data['sku'], data['available']])).toEqual([['a', 5]])
    await move(project, +2)
    await move(project, -3)
    await quiet(project)
    expect(heard.map(({ data }) => data['available'])).toEqual([5, 3])
  })

  it('that an open cart holds is not there; a cart that is refused tells nothing', async () => {
    const { project, heard } = await shop()
    const refused = await cart(project, [
      { sku: 'a', quantity: 4 },
      { sku: 'b', quantity: 2 },
    ])
    expect(refused.ok).toBe(false)
    expect(await written(project)).toEqual([])
    expect(await rows(project, 'SELECT * FROM announced')).toEqual([])
    expect((await cart(project, [{ sku: 'a', quantity: 4 }])).ok).toBe(true)
    await quiet(project)
    expect(heard.map(({ data }) => data['available'])).toEqual([4])
  })

  it('that rose while nobody listened is told of again', async () => {
    const { project, heard } = await shop()
    await move(project, -4)
    await quiet(project)
    const change = (events: Asked[]) => project.stub().changeEndpoint(me, 'we_1', { events }) as Promise<unknown>
    await change(['order.paid'])
    await move(project, +4)
    await change(['stock.low'])
    await move(project, -4)
    await quiet(project)
    expect(heard.map(({ data }) => data['available'])).toEqual([4, 4])
  })

  it('told of last in a decision takes a number that no later event gets again, though everything crashes', async () => {
    const { project } = await shop(['stock.low', 'customer.created'])
    await move(project, -4)
    await crash()
    await join(project, me, { userId: 'user_a' })
    const ids = (await written(project)).map(({ id }) => id)
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(2)
  })
})

describe('an order', () => {
  it('that was paid after its stock was sold is told of as unfillable, once', async () => {
    const { project, heard } = await shop(['order.expired', 'order.paid', 'order.unfillable', 'order.refunded'])
    const till = new Till(project, () => 0.5)
    const [late, soon] = await Promise.all(
      ['late', 'soon'].map(async (name) => {
        if (name === 'soon') await until(async () => (await written(project)).length > 0)
        const task = answered<OrderTask>(await cart(project, [{ sku: 'b', quantity: 1 }]))
        const session = till.create(task)
        answered(await project.stub().openOrder(task.order.id, { id: session.id, url: 'http://x' }))
        if (name === 'late') {
          till.expire(session)
          await till.look(session.id)
        }
        return session
      }),
    )
    till.pay(soon!, 'paid')
    await till.look(soon!.id)
    till.pay(late!, 'paid')
    for (const _ of [1, 2]) await till.look(late!.id)
    await quiet(project)
    expect(heard.map(({ type, data }) => [type, data['id']])).toEqual([
      ['order.expired', late!.orderId],
      ['order.paid', soon!.orderId],
      ['order.unfillable', late!.orderId],
    ])
  })
})

describe('[W5] a message', () => {
  it('that was committed when everything crashed is sent after it', async () => {
    const project = await aProject()
    const heard = await listening(project, ['customer.created'])
    answering(project, () => ({ reason: 'away' }))
    await join(project, me, { userId: 'user_a' })
    await crash()
    expect(await written(project)).toMatchObject([{ state: 'pending' }])
    expect(heard).toEqual([])
    const again = await aListener(project)
    pass(HOUR)
    await ring(project)
    await quiet(project)
    expect(again).toEqual(['customer.created'])
    expect(await written(project)).toMatchObject([{ state: 'delivered' }])
  })

  it('waits for its retry across a restart', async () => {
    const project = await aProject()
    let status = 500
    const heard = await listening(project, ['customer.created'], () => status)
    await join(project, me, { userId: 'user_a' })
    await quiet(project)
    await evict(project)
    status = 200
    pass(5 * SECOND - 1)
    await ring(project)
    expect(heard).toHaveLength(1)
    pass(1)
    await ring(project)
    await quiet(project)
    expect(heard).toHaveLength(2)
  })

  it('of a refused decision is not written, and nobody is owed it', async () => {
    const project = await aProject()
    await listening(project, ['customer.created', 'customer.updated'])
    await join(project, me, { userId: 'user_a' })
    await join(project, me, { userId: 'user_b', email: 'user_a@example.com' })
    await rename(project, 'nobody', 'Ada')
    expect((await written(project)).map(({ lane }) => lane)).toEqual(['customer:user_a'])
  })

  it('that is never accepted is given up alone when its endpoint accepts others', async () => {
    const project = await aProject()
    const heard = await listening(project, ['customer.updated'], ({ data }) => (data['id'] === 'user_a' ? 500 : 200))
    for (const id of ['user_a', 'user_b']) await join(project, me, { userId: id })
    await rename(project, 'user_a', 'Ada')
    await rename(project, 'user_a', 'Bea')
    for (let tries = 0; tries < 10; tries += 1) {
      await rename(project, 'user_b', `B${tries}`)
      await quiet(project)
      pass(25 * HOUR)
      await ring(project)
      await quiet(project)
    }
    const [first, second, ...others] = (await written(project)).filter(({ type }) => type === 'customer.updated')
    expect(first).toMatchObject({ state: 'failed', tries: 10 })
    expect(second).toMatchObject({ state: 'pending' })
    expect(others.map(({ state }) => state)).toEqual(Array.from({ length: 10 }, () => 'delivered'))
    expect(heard.filter(({ data }) => data['firstName'] === 'Bea').length).toBeGreaterThan(0)
    expect(await rows(project, 'SELECT disabled_at FROM webhook_endpoints')).toEqual([{ disabled_at: null }])
  })

  it('is kept for thirty days with its attempts, and then gone', async () => {
    const project = await aProject()
    await listening(project, ['customer.created'])
    await join(project, me, { userId: 'user_a' })
    await quiet(project)
    const live = async (days: number) => {
      for (let day = 0; day < days; day += 1) {
        pass(DAY)
        await ring(project)
      }
    }
    await live(30)
    expect(await written(project)).toHaveLength(1)
    await live(2)
    expect(await written(project)).toEqual([])
    expect(await rows(project, 'SELECT * FROM webhook_attempts')).toEqual([])
  })
})

/** Somebody listens again behind an endpoint that was registered before. */
async function aListener(project: AProject): Promise<WebhookType[]> {
  const heard: WebhookType[] = []
  answering(project, async (delivery) => {
    if (delivery.kind !== 'webhooks') return null
    const task = (await project.stub().dueMessages(delivery.key, { limit: 8, busy: [] })) as WebhookTask | null
    for (const message of task?.messages ?? []) {
      heard.push((JSON.parse(message.body) as Body).type)
      answered(await project.stub().settleMessage(message.id, attemptOf(200)))
    }
    return null
  })
  return heard
}

describe('[W6] a customer', () => {
  it('has one message under way at a time, the oldest first', async () => {
    const project = await aProject()
    await join(project, me, { userId: 'user_a' })
    await join(project, me, { userId: 'user_b' })
    await listening(project, ['customer.updated'])
    answering(project, () => ({ reason: 'away' }))
    for (const name of ['Ada', 'Bea', 'Cid']) for (const id of ['user_a', 'user_b']) await rename(project, id, name)
    const due = async (busy: string[] = []) =>
      ((await project.stub().dueMessages('we_1', { limit: 8, busy })) as WebhookTask).messages
    const names = (await due()).map(({ body }) => (JSON.parse(body) as Body).data['firstName'])
    expect(names).toEqual(['Ada', 'Ada'])
    expect((await due(['customer:user_a'])).map(({ lane }) => lane)).toEqual(['customer:user_b'])
    const [first] = await due()
    answered(await project.stub().settleMessage(first!.id, attemptOf(200)))
    expect((await due()).map(({ body }) => (JSON.parse(body) as Body).data['firstName'])).toEqual(['Ada', 'Bea'])
  })

  it('who is removed is told of, and what was told before is forgotten', async () => {
    const project = await aProject()
    const heard = await listening(project, ['customer.created', 'customer.deleted'])
    await join(project, me, { userId: 'user_a' })
    await join(project, me, { userId: 'user_b' })
    await quiet(project)
    answered(await project.stub().removeCustomer('user_a'))
    await quiet(project)
    expect(heard.map(({ type }) => type)).toEqual(['customer.created', 'customer.created', 'customer.deleted'])
    expect(heard.at(-1)!.data).toEqual({ id: 'user_a' })
    expect(JSON.stringify(await rows(project, 'SELECT body FROM webhook_messages'))).not.toContain('user_a@example.com')
    expect(await rows(project, 'SELECT * FROM webhook_attempts')).toHaveLength(2)
  })
})
