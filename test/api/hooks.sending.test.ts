import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { WebhookEvent } from '../../sdk/schema/webhook.ts'
import { as, secret, useApp, type TestProject } from '../support/app.ts'
import { anEndpoint, endpoint, message, messages, register, tell, useReceivers } from '../support/hooks.ts'
import { signedBy } from '../support/receiver.ts'

const app = useApp()
const receiver = useReceivers()

const rename = (project: TestProject, id: string, firstName: string) =>
  app().ok('PATCH', `/api/customers/${id}`, { headers: secret(project), body: { firstName } })

describe('a message', () => {
  it('is signed as Standard Webhooks has it, by the secret that was shown once', async () => {
    const project = await app().project()
    const here = await receiver()
    const made = await anEndpoint(app(), project, { url: here.url, events: ['customer.created'] })
    const customer = await app().customer(project)
    await app().settle()
    const [heard] = here.heard
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(signedBy(heard!, [made.secret, 'whsec_c29tZWJvZHkgZWxzZQ=='])).toEqual([true, false])
    expect(heard!.headers['webhook-timestamp']).toMatch(/^\d{10}$/)
    expect(v.parse(WebhookEvent, heard!.body)).toEqual(heard!.body)
    expect(heard!.body).toMatchObject({
      type: 'customer.created',
      data: { id: customer.id, email: customer.email, plan: 'free' },
    })
    const [kept] = await messages(app(), project)
    expect(kept).toMatchObject({ id: heard!.headers['webhook-id'], state: 'delivered', tries: 1 })
  })

  it('is seen with its attempts, and nothing of what was answered', async () => {
    const project = await app().project()
    const here = await receiver()
    here.answer(() => ({ status: 500, headers: { 'X-Internal': 'secret of the receiver' } }))
    const { id } = await anEndpoint(app(), project, { url: here.url, events: ['stock.low'] })
    const sent = await tell(app(), project, id, 'test')
    await app().settle()
    const seen = await message(app(), project, sent.message.id)
    expect(seen).toMatchObject({ type: 'ping', state: 'pending', payload: { type: 'ping', data: { endpointId: id } } })
    expect(seen.attempts).toEqual([
      { number: 1, at: expect.any(Number), durationMs: expect.any(Number), status: 500, error: 'status' },
    ])
    expect(JSON.stringify(seen)).not.toContain('secret of the receiver')
  })

  it('goes to no other endpoint than those that asked for its type, and to no other project', async () => {
    const [project, other] = [await app().project(), await app().project()]
    const [asked, elsewhere, foreign] = [await receiver(), await receiver(), await receiver()]
    await anEndpoint(app(), project, { url: asked.url, events: ['customer.created'] })
    await anEndpoint(app(), project, { url: elsewhere.url, events: ['customer.deleted', 'order.paid'] })
    await anEndpoint(app(), other, { url: foreign.url, events: ['customer.created'] })
    await app().customer(project)
    await app().settle()
    expect([asked.types(), elsewhere.types(), foreign.types()]).toEqual([['customer.created'], [], []])
    const [kept] = await messages(app(), project)
    const answer = await app().call('GET', `/api/webhook-messages/${kept.id}`, { headers: secret(other) })
    expect(answer.status).toBe(404)
  })

  it('is not written twice for a call that is repeated under its key, nor at all for one that is refused', async () => {
    const project = await app().project()
    const here = await receiver()
    await anEndpoint(app(), project, { url: here.url, events: ['customer.created'] })
    const call = (email: string, key: string) =>
      app().call('POST', '/api/customers', {
        headers: { ...secret(project), 'Idempotency-Key': key },
        body: { email },
      })
    const email = `${crypto.randomUUID()}@example.com`
    expect((await call(email, 'one')).status).toBe(201)
    expect((await call(email, 'one')).status).toBe(201)
    expect((await call(email, 'two')).status).toBe(409)
    await app().settle()
    expect(here.types()).toEqual(['customer.created'])
  })
})

describe('[W6] messages of one customer', () => {
  it('arrive in order though the first attempt of the first one fails, while another customer’s go on', async () => {
    const project = await app().project()
    const here = await receiver()
    const [first, second] = [await app().customer(project), await app().customer(project)]
    let failures = 1
    here.answer(({ body }) => (body.data['id'] === first.id && failures-- > 0 ? 503 : 200))
    await anEndpoint(app(), project, { url: here.url, events: ['customer.updated'] })
    await rename(project, first.id, 'Ada')
    await rename(project, first.id, 'Bea')
    await rename(project, second.id, 'Cid')
    await app().settle()
    const names = () => here.heard.map(({ body }) => body.data['firstName'])
    expect(names().toSorted()).toEqual(['Ada', 'Cid'])
    await app().advance('5s')
    expect(names().slice(2)).toEqual(['Ada', 'Bea'])
    expect((await messages(app(), project)).map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered'])
  })
})

describe('[W6] an endpoint that is dead', () => {
  it('holds up no other', async () => {
    const project = await app().project()
    const [dead, alive] = [await receiver(), await receiver()]
    dead.answer(() => 'hang')
    await anEndpoint(app(), project, { url: dead.url, events: ['customer.created'] })
    await anEndpoint(app(), project, { url: alive.url, events: ['customer.created'] })
    const began = Date.now()
    for (let n = 0; n < 12; n += 1) await app().customer(project)
    await expect.poll(() => alive.heard.length, { timeout: 8_000 }).toBe(12)
    expect(Date.now() - began).toBeLessThan(9_000) // the first one still waits for its answer
    await expect.poll(() => dead.heard.length).toBe(8) // so many at a time
  })

  it('is tried for three days by the schedule, then its message is failed and it is disabled, and says so', async () => {
    const project = await app().project()
    const here = await receiver()
    here.answer(() => 500)
    const { id } = await anEndpoint(app(), project, { url: here.url, events: ['customer.created', 'customer.updated'] })
    const customer = await app().customer(project)
    await app().settle()
    await app().advance('51h')
    expect(await endpoint(app(), project, id)).toMatchObject({ disabled: false })
    await rename(project, customer.id, 'Ada')
    await app().advance('25h')
    expect(await endpoint(app(), project, id)).toMatchObject({ disabled: true, disabledReason: 'failing' })
    const [updated, created] = await messages(app(), project)
    expect(updated).toMatchObject({ type: 'customer.updated', state: 'failed', tries: 0 })
    const seen = await message(app(), project, created.id)
    expect(seen).toMatchObject({ state: 'failed', tries: 10 })
    const ats = seen.attempts.map(({ at }: { at: number }) => at)
    const waits = ats.slice(1).map((at: number, index: number) => Math.round((at - ats[index]) / 1_000))
    expect(waits).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400])
    await app().advance('30h')
    expect(here.heard).toHaveLength(10)
  })

  it('that answers 410 is disabled at once', async () => {
    const project = await app().project()
    const here = await receiver()
    here.answer(() => 410)
    const { id } = await anEndpoint(app(), project, { url: here.url, events: ['customer.created'] })
    await app().customer(project)
    await app().settle()
    expect(await endpoint(app(), project, id)).toMatchObject({ disabled: true, disabledReason: 'gone' })
    await app().advance('4d')
    expect(here.heard).toHaveLength(1)
  })

  it('is sent what it missed, each customer’s in order, when it is enabled and asks for it', async () => {
    const project = await app().project()
    const here = await receiver()
    here.answer(() => 410)
    const since = (await app().ok('GET', '/sandbox/clock')).now
    const { id } = await anEndpoint(app(), project, { url: here.url, events: ['customer.created', 'customer.updated'] })
    const customer = await app().customer(project)
    await app().settle()
    await rename(project, customer.id, 'Ada')
    await rename(project, customer.id, 'Bea')
    await app().settle()
    here.answer(() => 200)
    const headers = secret(project)
    const body = { since }
    const refused = await app().call('POST', `/api/webhook-endpoints/${id}/recover`, { headers, body })
    expect([refused.status, refused.body.code]).toEqual([409, 'webhook_endpoint_disabled'])
    await app().ok('PATCH', `/api/webhook-endpoints/${id}`, { headers, body: { disabled: false } })
    expect(await tell(app(), project, id, 'recover', body)).toMatchObject({ recovered: 3 })
    await app().settle()
    expect(here.heard.slice(1).map(({ body: { data } }) => data['firstName'])).toEqual([null, 'Ada', 'Bea'])
    expect(await tell(app(), project, id, 'recover', body)).toMatchObject({ recovered: 0 })
  })
})

describe('a long queue', () => {
  it('arrives whole and each message once, though sending makes a pause in between', async () => {
    const project = await app().project()
    const here = await receiver()
    await anEndpoint(app(), project, { url: here.url, events: ['customer.created'] })
    const ids = Array.from({ length: 250 }, (_, n) => `u${n}`)
    const items = ids.map((customerId) => ({ customerId }))
    await app().ok('POST', '/api/usage/batch', { headers: secret(project), body: { items } })
    await app().settle()
    expect(here.heard.map(({ body }) => body.data['id'] as string).toSorted()).toEqual(ids.toSorted())
  })
})

describe('a redirect', () => {
  it('is a failure and is not followed', async () => {
    const project = await app().project()
    const [here, there] = [await receiver(), await receiver()]
    here.answer(() => ({ status: 307, headers: { Location: there.url } }))
    await anEndpoint(app(), project, { url: here.url, events: ['customer.created'] })
    await app().customer(project)
    await app().settle()
    const [kept] = await messages(app(), project)
    const { attempts, state } = await message(app(), project, kept.id)
    expect([state, attempts[0].status, attempts[0].error]).toEqual(['pending', 307, 'redirect'])
    expect(there.heard).toEqual([])
  })
})

describe('a secret', () => {
  it('signs beside the new one to the last moment of the overlap, and not after it', async () => {
    const project = await app().project()
    const here = await receiver()
    const { id, secret: old } = await anEndpoint(app(), project, { url: here.url, events: ['order.paid'] })
    const rotated = await tell(app(), project, id, 'rotate', { overlap: '15m' })
    const endsAt = rotated.endpoint.previousSecretEndsAt as number
    const to = (at: number) => app().ok('POST', '/sandbox/clock', { body: { to: new Date(at).toISOString() } })
    const ping = async () => {
      await tell(app(), project, id, 'test')
      await app().settle()
      return signedBy(here.heard.at(-1)!, [old, rotated.secret])
    }
    expect(await ping()).toEqual([true, true])
    await to(endsAt - 5_000)
    expect(await ping()).toEqual([true, true])
    await to(endsAt)
    expect(await ping()).toEqual([false, true])
    expect(await endpoint(app(), project, id)).toMatchObject({ previousSecretEndsAt: null })
  })

  it('is replaced at once when no overlap is asked for', async () => {
    const project = await app().project()
    const here = await receiver()
    const { id, secret: old } = await anEndpoint(app(), project, { url: here.url, events: ['order.paid'] })
    const rotated = await tell(app(), project, id, 'rotate', { overlap: '0' })
    await tell(app(), project, id, 'test')
    await app().settle()
    expect(signedBy(here.heard[0]!, [old, rotated.secret])).toEqual([false, true])
  })

  it('is in no answer but those to its making and its rotation', async () => {
    const project = await app().project()
    const here = await receiver()
    const made = await anEndpoint(app(), project, { url: here.url, events: ['order.paid'] })
    const headers = secret(project)
    const { message: sent } = await tell(app(), project, made.id, 'test')
    const answers = [
      await app().ok('GET', '/api/webhook-endpoints', { headers }),
      await endpoint(app(), project, made.id),
      await app().ok('PATCH', `/api/webhook-endpoints/${made.id}`, { headers, body: { description: 'Orders' } }),
      await message(app(), project, sent.id),
      await app().ok('GET', '/api/dashboard', { headers }),
    ]
    expect(JSON.stringify(answers)).not.toMatch(/whsec_/)
    expect(JSON.stringify(answers)).not.toContain(made.secret.slice(6))
  })
})

describe('a message sent again by hand', () => {
  it('has the same id and body, and a new time', async () => {
    const project = await app().project()
    const here = await receiver()
    await anEndpoint(app(), project, { url: here.url, events: ['customer.created'] })
    await app().customer(project)
    await app().settle()
    await app().advance('1h')
    const [kept] = await messages(app(), project)
    await app().ok('POST', `/api/webhook-messages/${kept.id}/resend`, { headers: secret(project) })
    await app().settle()
    const [first, again] = here.heard
    expect(again!.text).toBe(first!.text)
    expect(again!.headers['webhook-id']).toBe(first!.headers['webhook-id'])
    expect(Number(again!.headers['webhook-timestamp'])).toBeGreaterThan(Number(first!.headers['webhook-timestamp']))
    expect((await message(app(), project, kept.id)).attempts).toHaveLength(2)
  })
})

describe('[W7] an address', () => {
  const at = (name: string) => `https://${name}/hooks`
  const teach = (name: string, addresses: readonly string[]) =>
    app().ok('POST', '/sandbox/dns', { body: { name, addresses } })

  it('is refused when its name leads to a private place by any of its addresses', async () => {
    const project = await app().project()
    await teach('good.receiver.example', ['93.184.215.14', '2606:2800:21f:cb07::1'])
    await teach('mixed.receiver.example', ['93.184.215.14', '10.0.0.7'])
    await teach('six.receiver.example', ['fd00:ec2::254'])
    const to = async (name: string) =>
      (await register(app(), project, { url: at(name), events: ['order.paid'] })).status
    expect(await to('good.receiver.example')).toBe(201)
    expect(await to('mixed.receiver.example')).toBe(400)
    expect(await to('six.receiver.example')).toBe(400)
    expect(await to('nobody-knows.receiver.example')).toBe(400)
  })

  it('is looked up again before every message: one that moved to a private place is not called', async () => {
    const project = await app().project()
    await teach('moving.receiver.example', ['93.184.215.14'])
    const { id } = await anEndpoint(app(), project, { url: at('moving.receiver.example'), events: ['order.paid'] })
    await teach('moving.receiver.example', ['169.254.169.254'])
    const sent = await tell(app(), project, id, 'test')
    await app().settle()
    const { attempts } = await message(app(), project, sent.message.id)
    expect(attempts).toMatchObject([{ status: null, error: 'address' }])
  })
})

describe('the receivers that come with the sandbox', () => {
  it.each([
    ['near', () => `${app().server.url}/sandbox/receivers/near`],
    ['far', () => 'https://receivers.example/far'],
  ])('hear what is sent to them: %s', async (name, url) => {
    const project = await app().project()
    const made = await anEndpoint(app(), project, { url: url(), events: ['order.paid'] })
    await tell(app(), project, made.id, 'test')
    await app().settle()
    const { received } = await app().ok('GET', `/sandbox/receivers/${name}`)
    expect(received).toHaveLength(1)
    expect(signedBy({ headers: received[0].headers, text: received[0].body }, [made.secret])).toEqual([true])
  })
})

describe('the twenty-first endpoint', () => {
  it('is refused', async () => {
    const project = await app().project()
    const here = await receiver()
    for (let n = 0; n < 20; n += 1) await anEndpoint(app(), project, { url: here.url, events: ['order.paid'] })
    const refused = await register(app(), project, { url: here.url, events: ['order.paid'] })
    expect([refused.status, refused.body.code]).toEqual([409, 'too_many_webhook_endpoints'])
    expect(await app().ok('GET', '/api/usage', { headers: as(project, 'u1') })).toMatchObject({ used: 0 })
  })
})
