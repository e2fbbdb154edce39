/** What the OpenAPI document says a route reads is what its handler reads, for every route of the router. */

import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isDocumented, operationOf } from '../worker/openapi/document.ts'
import { ACCOUNT_OPERATIONS } from '../worker/openapi/accountOperations.ts'
import { OPERATIONS } from '../worker/openapi/operations.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface Row {
  readonly name: string
  readonly method: string
  readonly path: string
  /** The handler's own words, as far as they are found. */
  readonly code: string
}

const router = read('worker/router.ts')
const files = new Map(
  [...router.matchAll(/^import \* as (\w+) from '(\.\/routes\/\w+\.ts)'/gm)].map(([, alias, file]) => [
    alias!,
    read(join('worker', file!)),
  ]),
)

function codeOf(alias: string, name: string): string {
  const text = files.get(alias) ?? ''
  const start = text.search(new RegExp(`^export (?:async function|const) ${name}\\b`, 'm'))
  return start === -1 ? '' : text.slice(start).split(/\n}\n|\nexport /)[0]!
}

const rows: readonly Row[] = [
  ...router.matchAll(
    /^ {2}(?:open|keyed|seated)\((?:\s*'\w+',)?\s*'(GET|POST|PATCH|DELETE)',\s*'([^']+)',\s*([^\n]*)/gm,
  ),
].map(([, method = '', path = '', handler = '']) => {
  const [, alias = '', name = ''] = /(\w+)\.(\w+)/.exec(handler) ?? []
  return { name: `${method} ${path}`, method, path, code: codeOf(alias, name) }
})

const modules = readdirSync(join(root, 'sdk/schema')).filter((name) => name.endsWith('.ts'))
const schemas = new Map<string, unknown>()
for (const file of modules)
  for (const [name, value] of Object.entries((await import(join(root, 'sdk/schema', file))) as object))
    schemas.set(name, value)

/** Pages share one handler, which is made. */
const MADE = ['GET /signup', 'GET /signin', 'GET /customer', 'GET /refresh', 'GET /signout']

describe('the OpenAPI document', () => {
  it('describes every route, and none that there is not', () => {
    expect(rows.length).toBeGreaterThan(100)
    const wanted = rows.filter(isDocumented).map(({ name }) => name)
    expect(wanted.filter((_, at) => operationOf(rows.filter(isDocumented)[at]!) === undefined)).toEqual([])
    const described = [...Object.keys(OPERATIONS), ...Object.keys(ACCOUNT_OPERATIONS)]
    expect(described.filter((name) => !wanted.includes(name))).toEqual([])
  })

  it.each(rows.filter(isDocumented).map((row) => [row.name, row] as const))('knows what %s reads', (name, row) => {
    const { body, query } = operationOf(row) ?? {}
    const reads = (call: string) => schemas.get(new RegExp(`${call}\\(\\w+, (\\w+)`).exec(row.code)?.[1] ?? '')
    expect(body, 'body').toBe(reads('readJson'))
    if (!MADE.includes(name)) expect(query, 'query').toBe(reads('parseQuery'))
  })
})
