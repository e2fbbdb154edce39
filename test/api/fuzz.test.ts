/** Whatever is sent: no 5xx, no answer without its shape, nothing leaked, and nothing changed by what is refused [M2]. */

import { beforeAll, expect, it } from 'vitest'
import { ERRORS } from '../../sdk/schema/error.ts'
import { as, page, secret, useApp, type Body } from '../support/app.ts'
import { dice } from '../support/dice.ts'
import { aWorld, EXAMPLES, nameOf, pathOf, type Example, type Things } from './routes.ts'

const app = useApp()
let things: Things
beforeAll(async () => {
  things = await aWorld(app())
})

const AT_ONCE = 12
const LEAK =
  /SQLITE|sqlite|\bSELECT\b|\bINSERT\b|\bUPDATE\b .*\bSET\b|node_modules|\.ts:\d|\n\s+at |sk_(test|live)_|whsec_|TypeError|RangeError/
const LONE = '\ud800'

/** Values that no field takes, or that some take and most do not. */
const WILD: readonly unknown[] = [
  null, '', ' ', 'x', -1, 0, 1.5, 1e308, -0, 2 ** 53 + 1, '1e3', '0x10', 'NaN', true, [], {}, [[]], [null],
  'x'.repeat(10_000), LONE, '\u0000', '\u202e', '😀'.repeat(2_000), { a: { b: { c: {} } } }, Array.from({ length: 500 }, () => 1),
  '../..', "' OR 1=1 --", '<script>', '${7*7}', 'javascript:alert(1)', 'http://', '//evil.example', 'https://a:b@c/', '%00',
  '-', '__proto__', 'constructor', 'toString', 'free', 'pro', new Date(0).toISOString(), 'user_1', 'a@b',
] // prettier-ignore
const EXTRA = [
  '__proto__',
  'constructor',
  'plan',
  'userId',
  'customerId',
  'priceId',
  'amount',
  'mode',
  'projectId',
  'limit',
  '',
]
const IDS = [
  '%zz',
  '%00',
  '..%2f..',
  '%2e%2e',
  '%',
  'a%20b',
  '%F0%9F%98%80',
  'x'.repeat(3_000),
  '-1',
  'null',
  '%ff',
  "'",
  '"',
  ';',
  'a;b',
]
const TYPES = [
  'text/plain',
  'application/xml',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'nonsense',
  '',
]
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND']

interface Shot {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array<ArrayBuffer> | null
}

function makeShots(seed: number) {
  const roll = dice(seed)
  const pick = <T>(all: readonly T[]): T => all[Math.floor(roll() * all.length)] as T
  const chance = (share: number) => roll() < share

  /** One field, at some depth, becomes wild; or one is added, or taken away. */
  function mutate(value: Body, depth = 0): Body {
    if (typeof value !== 'object' || value === null || chance(0.15 * depth)) return pick(WILD)
    if (Array.isArray(value)) return value.map((item) => (chance(0.7) ? mutate(item, depth + 1) : item))
    const copy = { ...value } as Record<string, unknown>
    const names = Object.keys(copy)
    const name = names.length === 0 || chance(0.3) ? pick(EXTRA) : pick(names)
    if (chance(0.1)) delete copy[name]
    else Object.defineProperty(copy, name, { value: mutate(copy[name], depth + 1), enumerable: true })
    return copy
  }

  const textOf = (example: Example): Shot['body'] => {
    const valid = JSON.stringify(example.body?.(things) ?? {})
    if (chance(0.1)) return valid.slice(0, Math.floor(roll() * valid.length))
    if (chance(0.05)) return `${'['.repeat(20_000)}`
    if (chance(0.05)) return new Uint8Array([0xff, 0xfe, 0x7b, 0xc3, 0x28, 0x7d])
    if (chance(0.1)) return JSON.stringify(pick(WILD)) ?? 'undefined'
    return JSON.stringify(mutate(JSON.parse(valid)))
  }

  function headersOf(example: Example): Record<string, string> {
    const own = as(things.project, chance(0.2) ? pick(IDS).slice(0, 200) : things.customerId)
    const headers: Record<string, string> = chance(0.85)
      ? own
      : { ...page(things.project, pick(['x.y.z', 'eyJ.eyJ.', '..'])) }
    if (chance(0.1)) headers['Idempotency-Key'] = pick(['', 'k', 'x'.repeat(300), 'a b', 'é'])
    if (chance(0.05)) headers['Origin'] = pick(['null', 'http://localhost', 'nonsense', 'file://'])
    if (chance(0.05)) headers['X-Clerk-Token'] = pick(['', 'a.b.c', 'x'.repeat(9_000), 'eyJhbGciOiJub25lIn0.e30.'])
    if (chance(0.05)) headers['Stripe-Signature'] = pick(['t=1,v1=x', '', ',,,=', 't=NaN'])
    if (chance(0.05)) headers['If-None-Match'] = pick(['"shelf-1"', '*', 'x'])
    if (chance(0.05)) headers['Content-Encoding'] = 'gzip'
    headers['Content-Type'] = chance(0.9) ? 'application/json' : pick(TYPES)
    if (example.method === 'GET' && chance(0.5)) delete headers['Content-Type']
    return headers
  }

  function pathFor(example: Example): string {
    let path = pathOf(example, things)
    if (example.path.includes(':') && chance(0.4)) path = example.path.replaceAll(/:\w+/g, () => pick(IDS))
    if (chance(0.3))
      path += `?${pick(['limit', 'cursor', 'email', 'plan', 'type', 'meter', 'x', 'ticket', 'since', 'until', 'format'])}=${encodeURIComponent(String(pick(WILD)).toWellFormed()).slice(0, 2_000)}`
    if (chance(0.03)) path += pick(['?', '?&&', '?%zz', '?a=%', '#x', '/', '//'])
    return path
  }

  return (): { example: Example; shot: Shot } => {
    const example = pick(EXAMPLES)
    const method = chance(0.92) ? example.method : pick(METHODS)
    const hasBody = method !== 'GET' && method !== 'HEAD' && chance(0.95)
    const body = hasBody ? textOf(example) : null
    return { example, shot: { method, path: pathFor(example), headers: headersOf(example), body } }
  }
}

/** Fires one, and holds its answer to the rules; answers the status. */
async function fire({ method, path, headers, body }: Shot, shown: string): Promise<number> {
  const legal = Object.fromEntries(Object.entries(headers).filter(([, value]) => /^[\x20-\x7e\xa0-\xff]*$/.test(value)))
  const response = await fetch(app().server.url + path, { method, headers: legal, body, redirect: 'manual' })
  const text = await response.text()
  expect(response.status, `${shown} answered ${text}`).toBeLessThan(500)
  if (response.status >= 400 && method !== 'HEAD') {
    const answer = JSON.parse(text) as Body
    expect(answer, shown).toMatchObject({
      error: expect.any(String),
      message: expect.any(String),
      code: expect.any(String),
      requestId: expect.any(String),
    })
    expect(Object.keys(ERRORS), shown).toContain(answer.code)
    expect(text, shown).not.toMatch(LEAK)
  }
  return response.status
}

async function inParallel(count: number, one: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await one(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** All that a project shows of itself, but for when it was last asked. */
async function stateOf(): Promise<unknown> {
  await app().settle()
  const paths = [
    '/api/dashboard',
    '/api/customers?limit=100',
    '/api/events?limit=100',
    '/api/orders',
    '/api/products',
    '/api/stock/ledger',
    '/api/shop',
  ]
  const bodies = []
  for (const path of paths) bodies.push(await app().ok('GET', path, { headers: secret(things.project) }))
  return JSON.parse(JSON.stringify(bodies, (key, value: unknown) => (key === 'lastUsedAt' ? null : value)))
}

it.each([1, 2, 3, Math.floor(Math.random() * 1e9)])('seed %i: 1,300 mutated calls', async (seed) => {
  const shoot = makeShots(seed)
  await inParallel(1_300, async (index) => {
    const { example, shot } = shoot()
    const body = typeof shot.body === 'string' ? shot.body.slice(0, 300) : 'bytes'
    await fire(shot, `seed ${seed} #${index} ${nameOf(example)} as ${shot.method} ${shot.path.slice(0, 200)} ${body}`)
  })
  expect((await app().ok('GET', '/sandbox/violations')).violations).toEqual([])
})

it('a refused call changes nothing: 700 of them leave the project as it was', async () => {
  const fresh = await aWorld(app())
  things = fresh
  const before = await stateOf()
  const roll = dice(7)
  const pick = <T>(all: readonly T[]): T => all[Math.floor(roll() * all.length)] as T
  const withBody = EXAMPLES.filter(({ body }) => body !== undefined)
  await inParallel(700, async (index) => {
    const example = pick(withBody)
    const valid = example.body?.(things) as Record<string, unknown>
    const wrong = { ...valid, [`unknown${index}`]: pick(WILD) }
    const shown = `#${index} ${nameOf(example)}`
    const shot = {
      method: example.method,
      path: pathOf(example, things),
      headers: as(things.project, things.customerId),
    }
    const headers = { ...shot.headers, 'Content-Type': 'application/json' }
    const status = await fire({ ...shot, headers, body: JSON.stringify(wrong) }, shown)
    expect(status, shown).toBe(400)
  })
  expect(await stateOf()).toEqual(before)
})
