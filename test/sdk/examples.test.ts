/** Every public method has an example; each is compiled, and run against the server in Node, in workerd and in Chromium. */

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ERRORS } from '../../sdk/schema/error.ts'
import { executablePath } from '../dashboard/browser.ts'
import { useApp } from '../support/app.ts'
import { ExampleLand } from '../support/exampleFacts.ts'
import { inChromium, inNode, inWorkerd, type Place } from '../support/examplePlaces.ts'
import { isClass, methodsOf } from '../support/exampleRunner.ts'
import { builtExamples, EXAMPLES, examples, sources, writeExamples } from '../support/examples.ts'
import { complaintsOf, program } from '../support/program.ts'

const app = useApp()
let text = ''
beforeAll(async () => {
  writeExamples()
  text = await builtExamples()
})

const SDK = resolve(import.meta.dirname, '../../sdk')

it('the examples compile', async () => {
  const tsc = resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc')
  expect(await complaintsOf(program([process.execPath, tsc, '-p', EXAMPLES]))).toBe('')
})

/** Everything that the client offers and that no example has called in any of the places. */
const unused = async (...places: readonly Place[]): Promise<string[]> => {
  const called = (await Promise.all(places.map((place) => place.called()))).flat()
  return (await reached()).filter((what) => !called.includes(what))
}

describe.each([
  { name: 'Node', open: inNode },
  { name: 'workerd', open: inWorkerd },
])('in $name', ({ open }) => {
  let land: ExampleLand
  let place: Place
  beforeAll(async () => {
    land = await ExampleLand.settle(app())
    place = await open(text)
  })
  afterAll(() => place?.close())

  it.each(examples)('$name runs', async ({ name, code }) => {
    expect(await place.run(name, await land.facts(code))).toBeNull()
  })

  it('nothing that is offered was left out', async () => {
    expect(await unused(place)).toEqual([])
  })
})

/** What a page may do that has a publishable key and somebody signed in; all else needs a secret key. */
const FOR_PAGES =
  /^(?:auth|billing|checkout|config|error|feed|react|server|solid|webhooks)_|^index_[1-4]|^usage_\d_(?:consume|track|check)|^products_\d+_(?:listTiers|list|get|cartCheckout)$/
const KEPT_OUT = { message: expect.stringContaining('A secret key must never reach a browser') }

/** It expects to be refused by itself, whatever it asks. */
const isCaught = (code: string): boolean =>
  code.split('\n').every((line) => !line.includes('await') || line.includes('.catch('))

function refusalOf(code: string): object {
  // What an account does is for the dashboard's origin alone: another page may not read its answers.
  if (/\baccount\b|\bsession\b/.test(code)) return { reason: 'network_error' }
  return /new DreamA\w+\(\{ secretKey/.test(code) ? KEPT_OUT : { reason: 'secret_key_required' }
}

describe.skipIf(executablePath === undefined)('in Chromium', () => {
  let land: ExampleLand
  let page: Place
  let dashboard: Place
  beforeAll(async () => {
    land = await ExampleLand.settle(app())
    ;({ page, dashboard } = await inChromium(text, app().server.url))
  })
  afterAll(() => page?.close())

  it.each(examples.filter(({ name }) => FOR_PAGES.test(name)))('$name runs in a page', async ({ name, code }) => {
    expect(await page.run(name, await land.facts(code))).toBeNull()
  })

  const others = examples.filter(({ name }) => !FOR_PAGES.test(name))
  it.each(others)('$name is refused to a page, and runs in the dashboard', async ({ name, code }) => {
    const facts = await land.facts(code)
    expect(await page.run(name, facts)).toEqual(isCaught(code) ? null : expect.objectContaining(refusalOf(code)))
    const isRefused = /new DreamA\w+\(\{ secretKey/.test(code)
    expect(await dashboard.run(name, facts)).toEqual(isRefused ? expect.objectContaining(KEPT_OUT) : null)
  })

  it('nothing that is offered was left out', async () => {
    expect(await unused(page, dashboard)).toEqual([])
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
  const entries = Object.keys(exports).map((entry) => (entry === '.' ? 'index' : entry.slice(2)))
  const found = await Promise.all(
    entries.map(async (entry) => {
      const values = Object.values((await import(join(SDK, `${entry}.ts`))) as Record<string, unknown>)
      return values.flatMap((value) => (typeof value === 'function' ? offersOf(value, entry) : []))
    }),
  )
  return [...new Set(found.flat())]
}

function offersOf(value: { readonly name: string }, entry: string): string[] {
  if (isClass(value))
    return value.name === 'DreamClient' ? [] : methodsOf(value).map(([, name]) => `${value.name}.${name}`)
  return value.name === 'verify' ? ['webhooks.ts: verify'] : [`${entry}.ts: ${value.name}`]
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
