/** Every public method has an example; each is compiled, and run against the server. */

import { createHmac } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { DreamAccount } from '../../sdk/account.ts'
import { DreamAPI } from '../../sdk/index.ts'
import { useApp } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { EXAMPLES, examples, sources, writeExamples, type World } from '../support/examples.ts'
import { aProduct, aStore, bought, order } from '../support/store.ts'

const app = useApp()
beforeAll(() => writeExamples())
afterEach(() => vi.restoreAllMocks())

const SECRET = Buffer.from('a secret of twenty-four.')

function signedRequest(): Request {
  const at = String(Math.floor(Date.now() / 1000))
  const body = '{"type":"order.paid"}'
  const signature = createHmac('sha256', SECRET).update(`evt_1.${at}.${body}`).digest('base64')
  const headers = { 'webhook-id': 'evt_1', 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` }
  return new Request('https://app.example/hook', { method: 'POST', headers, body })
}

const inSize = { options: { size: 'M' }, prices: [{ unitAmount: 1000, currency: 'usd' }], stock: 10 }

/** A world of its own for each example, with as much in it as the example speaks of. */
async function aWorld(code: string): Promise<World> {
  const { url: baseUrl } = app().server
  const saas = await app().project({
    tiers: LADDER.map((tier) => ({ ...tier, limits: { requests: { limit: 1000, period: 'month' } } })),
  })
  const customer = await app().customer(saas)
  if (code.includes('subscriberId')) await app().subscribe(saas, customer.id, 'pro')
  const { project, products } = await aStore(app(), {
    products: code.includes('store') ? [aProduct({ options: ['size'], variants: [inSize] })] : [],
  })
  const [variant] = (products[0]?.variants ?? []) as { id: string }[]
  const items = [{ variantId: variant?.id }]
  const needs = (word: string) => new RegExp(`\\b${word}\\b`).test(code)
  const member = await app().member()
  const session = needs('account') || needs('session') ? await app().memberToken(member) : ''
  const account = new DreamAccount({ session, baseUrl })
  return {
    account,
    session,
    projectId: needs('projectId')
      ? (await account.projects.create({ name: 'Shop', type: 'saas' })).project.projectId
      : '',
    dream: new DreamAPI({ ...saas, baseUrl }),
    store: new DreamAPI({ ...project, baseUrl }),
    baseUrl,
    secretKey: saas.secretKey,
    publishableKey: saas.publishableKey,
    customerId: customer.id,
    subscriberId: customer.id,
    token: needs('token') ? await app().token(saas, customer.id) : '',
    productId: products[0]?.id ?? '',
    variantId: variant?.id ?? '',
    orderId: needs('orderId') && variant ? (await order(app(), project, items)).orderId : '',
    paidOrderId: needs('paidOrderId') ? (await bought(app(), project, items)).id : '',
    request: signedRequest(),
    webhookSecret: `whsec_${SECRET.toString('base64')}`,
  }
}

describe('the examples', () => {
  it('compile', () => {
    const tsc = resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc')
    let said = ''
    try {
      execFileSync(process.execPath, [tsc, '-p', EXAMPLES], { encoding: 'utf8', stdio: 'pipe' })
    } catch (error) {
      said = String((error as { stdout?: string }).stdout)
    }
    expect(said).toBe('')
  })

  it.each(examples)('$name runs', async ({ file, name, code }) => {
    vi.spyOn(console, 'log').mockReturnValue(undefined) // an example says what it found
    const module = (await import(join(EXAMPLES, file))) as Record<string, (world: World) => Promise<void>>
    await module[name]!(await aWorld(code))
  })
})

/** Methods and functions that a user may call, with the comment above each. */
const offered = sources.flatMap(({ file, text }) => {
  const reached = /^(?:account|react|solid|server|webhooks)\.ts$/.test(file)
  const classes = [...text.matchAll(/^export class (\w+)[\s\S]*?^\}/gm)].filter(
    ([, name = '']) => !['DreamClient', 'Session'].includes(name),
  )
  const methods = classes.flatMap(([body, name]) =>
    [
      ...body.matchAll(
        /((?:^ {2}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?)^ {2}(?:static |async )*(?!constructor)([a-z]\w*)(?:<[^>]*>)?\(/gm,
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

it('are given for every method and function that is offered', () => {
  expect(offered.length).toBeGreaterThan(45)
  expect(offered.filter(({ comment }) => !/@example\n *\* ```ts\n/.test(comment)).map(({ what }) => what)).toEqual([])
})
