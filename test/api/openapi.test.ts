/** The OpenAPI document says what is so: every route is in it, and every example's answer has exactly the fields it says. */

import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { isDocumented } from '../../worker/openapi/document.ts'
import { ROUTES } from '../../worker/router.ts'
import { as, useApp, type Answer, type Body } from '../support/app.ts'
import { signedIn } from '../support/signIn.ts'
import { FURTHER_ANSWERS } from './furtherAnswers.ts'
import { addressOf, anOffice, MEMBER_EXAMPLES, type Office } from './memberRoutes.ts'
import { aWorld, EXAMPLES, nameOf, pathOf, routesInSource, type Things } from './routes.ts'

const app = useApp()
let document: Body
let things: Things
beforeAll(async () => {
  document = await app().ok('GET', '/openapi.json')
  things = await aWorld(app())
  await signedIn(app(), things.project, things.customerId)
})

const inBraces = (path: string) => path.replaceAll(/:(\w+)/g, '{$1}')
const operationOf = ({ method, path }: { method: string; path: string }) =>
  document.paths[inBraces(path)]?.[method.toLowerCase()]

/** A schema that refuses what it does not name, unless it says that anything may be there. */
function closed(schema: Body): Body {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]))
  const isObject = schema.type === 'object' && schema.properties !== undefined
  return isObject && schema.additionalProperties === undefined ? { ...inner, additionalProperties: false } : inner
}

function problemsOf(schema: Body, answer: unknown): unknown[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  const validate = ajv.compile(closed({ ...schema, components: document.components }))
  return validate(answer) ? [] : (validate.errors ?? [])
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document))
    expect([valid, errors]).toEqual([true, undefined])
  })

  it('has every route that a key opens or nobody guards, and no other of those', () => {
    const routes = routesInSource().filter(({ path }) => !path.startsWith('/admin'))
    for (const route of routes) expect(operationOf(route), nameOf(route)).toBeDefined()
    const known = new Set(routes.map(({ method, path }) => `${method.toLowerCase()} ${inBraces(path)}`))
    const told = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method} ${path}`),
    )
    expect(told.filter((name) => !known.has(name) && !name.includes(' /account'))).toEqual([])
  })

  it('gives each operation a name of its own', () => {
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods as Record<string, { operationId: string }>).map(({ operationId }) => operationId),
    )
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  it('describes what every route answers, and nothing that no call below has shown', () => {
    const shown = new Set([
      ...EXAMPLES.filter(({ status }) => status < 300).map(nameOf),
      ...MEMBER_EXAMPLES.map(nameOf),
      ...Object.keys(FURTHER_ANSWERS),
    ])
    const wrong = ROUTES.filter(isDocumented).filter((route) => {
      const [status, done] = Object.entries<Body>(operationOf(route).responses).find(([name]) => name < '3') ?? []
      const kinds = Object.entries<Body>(done?.content ?? {})
      if (kinds.length === 0) return status !== '101'
      if (kinds.some(([, { schema = {} }]) => Object.keys(schema).length === 0)) return true
      return done.content['application/json'] !== undefined && !shown.has(nameOf(route))
    })
    expect(wrong.map(nameOf)).toEqual([])
  })
})

/** What was answered has the fields that the document says, neither more nor less. */
function expectDescribed(route: { method: string; path: string }, { status, headers, body }: Answer<Body>): void {
  const { content } = operationOf(route).responses[status] ?? {}
  const type = headers.get('Content-Type')?.split(';')[0] ?? ''
  expect(Object.keys(content ?? {}), `${nameOf(route)} ${status} ${JSON.stringify(body)}`.slice(0, 600)).toContain(type)
  if (type !== 'application/json') return
  expect(problemsOf(content[type].schema, body), JSON.stringify(body).slice(0, 600)).toEqual([])
}

describe('an answer has exactly the fields that the document says', () => {
  it.each(
    EXAMPLES.filter(({ path }) => !path.startsWith('/admin')).map((example) => [nameOf(example), example] as const),
  )('%s', async (_, example) => {
    const answer = await app().call(example.method, pathOf(example, things), {
      headers: as(things.project, things.customerId),
      ...(example.body === undefined ? {} : { body: example.body(things) }),
    })
    if (answer.status < 300) return expectDescribed(example, answer)
    // A refusal carries the numbers of its own case besides.
    expect(typeof answer.body.code).toBe('string')
  })

  it.each(Object.keys(FURTHER_ANSWERS))('%s, when it succeeds', async (name) => {
    const [method = '', path = ''] = name.split(' ')
    const answer = await FURTHER_ANSWERS[name]!(app(), things)
    expect(answer.status, JSON.stringify(answer.body).slice(0, 300)).toBe(200)
    expectDescribed({ method, path }, answer)
  })
})

describe('an answer to a member, too', () => {
  let office: Office
  beforeAll(async () => {
    office = await anOffice(app())
  })

  it('has an example for every route', () => {
    const ours = ROUTES.filter((route) => route.path.startsWith('/account') && isDocumented(route))
    expect(MEMBER_EXAMPLES.map(nameOf).toSorted()).toEqual(ours.map(nameOf).toSorted())
  })

  it.each(MEMBER_EXAMPLES.map((example) => [nameOf(example), example] as const))('%s', async (_, example) => {
    const { method, body, who = 'owner', status = 200 } = example
    const sent = body === undefined ? {} : { body: await body(office) }
    const answer = await app().asMember(office[who], method, addressOf(example, office), sent)
    expect(answer.status, JSON.stringify(answer.body).slice(0, 300)).toBe(status)
    expectDescribed(example, answer)
  })
})
