/** The OpenAPI document says what is so: every route is in it, and every example's answer has exactly the fields it says. */

import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { as, useApp, type Body } from '../support/app.ts'
import { aWorld, EXAMPLES, nameOf, pathOf, routesInSource, type Things } from './routes.ts'

const app = useApp()
let document: Body
let things: Things
beforeAll(async () => {
  document = await app().ok('GET', '/openapi.json')
  things = await aWorld(app())
})

const inBraces = (path: string) => path.replaceAll(/:(\w+)/g, '{$1}')
const operationOf = ({ method, path }: { method: string; path: string }) =>
  document.paths[inBraces(path)]?.[method.toLowerCase()]

/** JSON whose fields no schema describes yet. What is described leaves this list; nothing may join it. */
const UNDESCRIBED: readonly string[] = [
  'GET /api/dashboard',
  'GET /api/dashboard/totals',
  'GET /dashboard/config',
  'GET /openapi.json',
]

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

  it('describes every answer in JSON but those of a list that only shrinks', () => {
    const isSuccess = ({ status }: { status: number }) => status < 300
    const bare = EXAMPLES.filter(isSuccess).filter((example) => {
      const content = operationOf(example)?.responses[example.status]?.content ?? {}
      return content['application/json'] !== undefined && content['application/json'].schema === undefined
    })
    expect(bare.map(nameOf).toSorted()).toEqual(UNDESCRIBED)
  })
})

describe('an answer has exactly the fields that the document says', () => {
  it.each(
    EXAMPLES.filter(({ path }) => !path.startsWith('/admin')).map((example) => [nameOf(example), example] as const),
  )('%s', async (name, example) => {
    const { status, headers, body } = await app().call(example.method, pathOf(example, things), {
      headers: as(things.project, things.customerId),
      ...(example.body === undefined ? {} : { body: example.body(things) }),
    })
    const { responses } = operationOf(example)
    const { content } = responses[status] ?? responses.default
    expect(Object.keys(content), name).toContain(headers.get('Content-Type')?.split(';')[0])
    const { schema } = content['application/json'] ?? {}
    if (schema === undefined) return
    // A refusal carries the numbers of its own case besides.
    const open = status < 400 ? schema : { allOf: [schema], unevaluatedProperties: true }
    expect(status < 400 ? problemsOf(open, body) : [typeof body.code], JSON.stringify(body).slice(0, 600)).toEqual(
      status < 400 ? [] : ['string'],
    )
  })
})
