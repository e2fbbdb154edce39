/** Outgoing webhooks are believed when they are signed and new, and not otherwise. */

import { createHmac } from 'node:crypto'
import { afterEach, expect, it, vi } from 'vitest'
import { DreamAPI, DreamAPIException } from '../../sdk/index.ts'
import { verify } from '../../sdk/webhooks.ts'
import { useApp } from '../support/app.ts'
import { anEndpoint, tell, useReceivers } from '../support/hooks.ts'

const app = useApp()
const aReceiver = useReceivers()

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const SECRET = `whsec_${Buffer.from('a secret of twenty-four.').toString('base64')}`
const OTHER = `whsec_${Buffer.from('another one of the kind.').toString('base64')}`
const BODY = '{"type":"order.paid","data":{"name":"Žofie ☂"}}'

const sign = (secret: string, { id = 'evt_1', at = NOW, body = BODY } = {}) =>
  `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(`${id}.${Math.floor(at / 1000)}.${body}`)
    .digest('base64')}`

function hook({ at = NOW, body = BODY, signature = sign(SECRET, { at, body }) } = {}): Request {
  const headers = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': signature,
  }
  return new Request('https://app.example/hook', { method: 'POST', headers, body })
}

afterEach(() => vi.useRealTimers())
const atNow = () => vi.useFakeTimers({ now: NOW, toFake: ['Date'] })

it('answers the event, with its id and every letter of it', async () => {
  atNow()
  const { webhooks } = new DreamAPI({ publishableKey: 'pk_test_x' })
  expect(await webhooks.verify(hook(), SECRET)).toEqual({
    id: 'evt_1',
    type: 'order.paid',
    data: { name: 'Žofie ☂' },
  })
})

it('reads what Express has of a request', async () => {
  atNow()
  const headers = Object.fromEntries(hook().headers)
  expect(await verify({ headers, body: BODY }, SECRET)).toMatchObject({ type: 'order.paid' })
  expect(await verify({ headers, body: Buffer.from(BODY) }, SECRET)).toMatchObject({ type: 'order.paid' })
})

it('takes either signature and either secret while one is being replaced', async () => {
  atNow()
  const both = `${sign(OTHER)} ${sign(SECRET)}`
  expect(await verify(hook({ signature: both }), SECRET)).toMatchObject({ id: 'evt_1' })
  expect(await verify(hook({ signature: `v1a,xyz ${sign(OTHER)}` }), [SECRET, OTHER])).toMatchObject({ id: 'evt_1' })
})

it.each([
  ['another secret', { signature: sign(OTHER) }],
  ['another body', { body: BODY.replace('paid', 'lost'), signature: sign(SECRET) }],
  ['another time', { at: NOW - 1000, signature: sign(SECRET) }],
  ['a signature of another version', { signature: sign(SECRET).replace('v1,', 'v2,') }],
  ['half a signature', { signature: sign(SECRET).slice(0, 20) }],
  ['no base64', { signature: 'v1,***' }],
])('refuses %s', async (_, facts) => {
  atNow()
  await expect(verify(hook(facts), SECRET)).rejects.toMatchObject({ reason: 'signature_invalid', status: 400 })
})

it('takes five minutes either way, and not a second more', async () => {
  atNow()
  for (const late of [-300, 300]) expect(await verify(hook({ at: NOW + late * 1000 }), SECRET)).toBeTruthy()
  for (const late of [-302, 302])
    await expect(verify(hook({ at: NOW + late * 1000 }), SECRET)).rejects.toMatchObject({ reason: 'signature_invalid' })
})

it('refuses what is not signed at all, and says when the secret is not one', async () => {
  atNow()
  const bare = new Request('https://app.example/hook', { method: 'POST', body: BODY })
  await expect(verify(bare, SECRET)).rejects.toMatchObject({ reason: 'signature_missing' })
  for (const none of [undefined, '', 'whsec_', ['undefined']]) {
    const error: unknown = await verify(hook(), none).catch((thrown: unknown) => thrown)
    expect(error).not.toBeInstanceOf(DreamAPIException) // it is no refusal: whoever is caught as one is answered 400
    expect(String(error)).toContain('The webhook secret is missing')
  }
  await expect(verify(hook(), [])).rejects.toMatchObject({ reason: 'signature_invalid' })
})

it('believes what the server sends, and nobody who knows less', async () => {
  const project = await app().project()
  const receiver = await aReceiver()
  const endpoint = await anEndpoint(app(), project, { url: receiver.url, events: ['order.paid'] })
  await tell(app(), project, endpoint.id, 'test')
  await app().settle()
  await expect.poll(() => receiver.heard.length).toBe(1)
  const { headers, text, body } = receiver.heard[0]!
  const event = await verify({ headers, body: text }, endpoint.secret)
  expect(event).toEqual({ ...body, id: headers['webhook-id'] })
  await expect(verify({ headers, body: text }, OTHER)).rejects.toMatchObject({ reason: 'signature_invalid' })
})
