/** Every public method has an example; each is compiled, and run against the server. */

import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { DreamAccount } from '../../sdk/account.ts'
import { DreamAdmin, type EndpointInput } from '../../sdk/admin.ts'
import { DreamAPI } from '../../sdk/index.ts'
import { ERRORS } from '../../sdk/schema/error.ts'
import { useApp } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { EXAMPLES, examples, sources, writeExamples, type World } from '../support/examples.ts'
import { complaintsOf, program } from '../support/program.ts'
import { aProduct, aStore, bought, order } from '../support/store.ts'

const app = useApp()
beforeAll(() => writeExamples())
afterEach(() => vi.restoreAllMocks())

const SDK = resolve(import.meta.dirname, '../../sdk')
const SECRET = Buffer.from('a secret of twenty-four.')

function signedRequest(): Request {
  const at = String(Math.floor(Date.now() / 1000))
  const body = '{"type":"order.paid"}'
  const signature = createHmac('sha256', SECRET).update(`evt_1.${at}.${body}`).digest('base64')
  const headers = { 'webhook-id': 'evt_1', 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` }
  return new Request('https://app.example/hook', { method: 'POST', headers, body })
}

const NOWHERE: EndpointInput = { url: 'http://localhost:9/hooks', events: ['order.paid'] }
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

const inSize = { options: { size: 'M' }, prices: [{ unitAmount: 1000, currency: 'usd' }], stock: 10 }

/** A world of its own for each example, with as much in it as the example speaks of. */
async function aWorld(code: string): Promise<World> {
  const { url: baseUrl } = app().server
  const needs = (...words: string[]) => new RegExp(`\\b(?:${words.join('|')})\\b`).test(code)
  const saas = await app().project({
    tiers: LADDER.map((tier) => ({ ...tier, limits: { requests: { limit: 1000, period: 'month' } } })),
  })
  const isBought = needs('subscriberId', 'eventId')
  const { id: customerId } = needs('customerId', 'token', 'feed') || isBought ? await app().customer(saas) : { id: '' }
  if (isBought) await app().subscribe(saas, customerId, 'pro')
  const session = needs('account', 'session') ? await app().memberToken(await app().member()) : ''
  const account = new DreamAccount({ session, baseUrl })
  const admin = new DreamAdmin({ ...saas, baseUrl })
  const [event] = needs('eventId') ? (await admin.events.list()).events : []
  const hook = needs('endpointId', 'messageId') ? await admin.endpoints.create(NOWHERE) : null
  return {
    admin,
    eventId: event?.id ?? '',
    endpointId: hook?.endpoint.id ?? '',
    messageId: hook && needs('messageId') ? (await admin.endpoints.test(hook.endpoint.id)).message.id : '',
    png: Uint8Array.from(Buffer.from(PNG, 'base64')),
    account,
    session,
    projectId: needs('projectId')
      ? (await account.projects.create({ name: 'Shop', type: 'saas' })).project.projectId
      : '',
    dream: new DreamAPI({ ...saas, baseUrl }),
    ...(needs('store') ? await aShop(needs) : noShop(baseUrl)),
    baseUrl,
    secretKey: saas.secretKey,
    publishableKey: saas.publishableKey,
    customerId,
    subscriberId: customerId,
    token: needs('token') ? await app().token(saas, customerId) : '',
    request: signedRequest(),
    webhookSecret: `whsec_${SECRET.toString('base64')}`,
  }
}

type Shop = Pick<World, 'store' | 'productId' | 'variantId' | 'orderId' | 'paidOrderId'>

const noShop = (baseUrl: string): Shop => ({
  store: new DreamAPI({ publishableKey: 'pk_test_none', baseUrl }),
  productId: '',
  variantId: '',
  orderId: '',
  paidOrderId: '',
})

async function aShop(needs: (...words: string[]) => boolean): Promise<Shop> {
  const { project, products } = await aStore(app(), {
    products: [aProduct({ options: ['size'], variants: [inSize] })],
  })
  const variantId = products[0].variants[0].id as string
  const items = [{ variantId }]
  return {
    store: new DreamAPI({ ...project, baseUrl: app().server.url }),
    productId: products[0].id,
    variantId,
    orderId: needs('orderId') ? (await order(app(), project, items)).orderId : '',
    paidOrderId: needs('paidOrderId') ? (await bought(app(), project, items)).id : '',
  }
}

describe('the examples', () => {
  it('compile', async () => {
    const tsc = resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc')
    expect(await complaintsOf(program([process.execPath, tsc, '-p', EXAMPLES]))).toBe('')
  })

  it.each(examples)('$name runs', async ({ file, name, code }) => {
    vi.spyOn(console, 'log').mockReturnValue(undefined) // an example says what it found
    const module = (await import(join(EXAMPLES, file))) as Record<string, (world: World) => Promise<void>>
    await module[name]!(await aWorld(code))
  })
})

/** Methods and functions that a user may call, with the comment above each. */
const offered = sources.flatMap(({ file, text }) => {
  const reached = /^(?:account|admin|config|react|solid|server|webhooks)\.ts$/.test(file)
  const classes = [...text.matchAll(/^export class (\w+)[\s\S]*?^\}/gm)].filter(
    ([, name = '']) => !['DreamClient', 'Session'].includes(name),
  )
  const methods = classes.flatMap(([body, name]) =>
    [
      ...body.matchAll(
        /((?:^ {2}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?)^ {2}(?:static |async |\*)*(?!constructor)([a-z]\w*)(?:<[^>]*>)?\(/gm,
      ),
    ].map(([, comment, method]) => ({ what: `${name}.${method}`, comment: comment! })),
  )
  const functions = reached
    ? [...text.matchAll(/((?:^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?)^export (?:async )?function (\w+)/gm)].map(
        ([, comment, name]) => ({ what: `${file}: ${name}`, comment: comment! }),
      )
    : []
  return [...methods, ...functions]
})

/** What the entries really offer: the methods of every class that they export, and their functions. */
async function reached(): Promise<string[]> {
  const { exports } = JSON.parse(readFileSync(join(SDK, 'package.json'), 'utf8')) as { exports: Record<string, object> }
  const names = Object.keys(exports).map((entry) => (entry === '.' ? 'index' : entry.slice(2)))
  const found = await Promise.all(
    names.map(async (name) => {
      const entry = (await import(join(SDK, `${name}.ts`))) as Record<string, unknown>
      return Object.values(entry).flatMap((value) => (typeof value === 'function' ? offersOf(value, name) : []))
    }),
  )
  return [...new Set(found.flat())]
}

function offersOf(value: { readonly name: string; readonly prototype?: object }, entry: string): string[] {
  if (!/^class\b/.test(Function.prototype.toString.call(value))) return [`${entry}.ts: ${value.name}`]
  if (value.name === 'DreamClient') return []
  const own = (of: object) =>
    Object.entries(Object.getOwnPropertyDescriptors(of)).filter(([, { value: member }]) => typeof member === 'function')
  return [...own(value.prototype ?? {}), ...own(value)]
    .filter(([name]) => name !== 'constructor')
    .map(([name]) => `${value.name}.${name}`)
}

it('are looked for at everything that an entry really offers', async () => {
  const known = offered.map(({ what }) => what)
  const isKnown = (what: string) =>
    known.includes(what) || known.some((one) => one.endsWith(`: ${what.split(': ')[1]}`))
  expect((await reached()).filter((what) => !isKnown(what))).toEqual([])
})

it('are given with the errors by the names that they have', () => {
  const codes = new Set([...Object.keys(ERRORS), 'auth_required', 'network_error', 'timeout', 'invalid_answer'])
  const thrown = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/^ *\* .*?Throws ((?:(?!\* @|\*\/)[\s\S])*)/gm)].flatMap(([, said]) =>
      [...said!.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map(([, code]) => `${file}: ${code}`),
    ),
  )
  expect(thrown.length).toBeGreaterThan(60)
  expect(thrown.filter((line) => !codes.has(line.split(': ')[1]!))).toEqual([])
})

it('are given for every method and function that is offered', () => {
  expect(offered.length).toBeGreaterThan(100)
  expect(offered.filter(({ comment }) => !/@example\n *\* ```ts\n/.test(comment)).map(({ what }) => what)).toEqual([])
})
