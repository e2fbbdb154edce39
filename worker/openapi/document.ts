/** The OpenAPI document: the router's table, what each route is for, and the schemas that its input is parsed by. */

import { toJsonSchema, type ConversionConfig } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { ERRORS, type Code } from '../../sdk/schema/error.ts'
import { WebhookEvent } from '../../sdk/schema/webhook.ts'
import type { Access } from '../auth.ts'
import { ACCOUNT_OPERATIONS } from './accountOperations.ts'
import * as account from '../../sdk/schema/answers/account.ts'
import * as answers from '../../sdk/schema/answers/plans.ts'
import { OPERATIONS, type Operation } from './operations.ts'
import * as projects from '../../sdk/schema/answers/projects.ts'
import * as store from '../../sdk/schema/answers/store.ts'

type Json = Record<string, unknown>

interface Row {
  readonly method: string
  readonly path: string
  readonly access: Access
}

/** Schemas that are named, because many answers hold them. */
const NAMED: Readonly<Record<string, v.GenericSchema>> = {
  Refusal: answers.Refusal,
  Entitlement: answers.Entitlement,
  TierOnSale: answers.TierOnSale,
  Tier: answers.Tier,
  Customer: answers.Customer,
  Subscription: answers.Subscription,
  Variant: store.Variant,
  Product: store.Product,
  Order: store.Order,
  Account: account.Account,
  Member: account.Member,
  Connection: account.Connection,
  Project: projects.Project,
  Promotion: projects.Promotion,
  WebhookEvent,
}

/** What the schemas ask beyond JSON Schema (that a currency exists, for one) is said by the refusal. */
const config = {
  target: 'draft-2020-12',
  typeMode: 'input',
  errorMode: 'ignore',
  definitions: NAMED,
  overrideRef: ({ referenceId }: { referenceId: string }) => `#/components/schemas/${referenceId}`,
} satisfies ConversionConfig

function schemaOf(schema: v.GenericSchema): Json {
  const { $schema: _, $defs: __, ...rest } = toJsonSchema(schema, config) as Json
  return rest
}

/** The schema itself where it is named, and not only a reference to it. */
function definitionOf(name: string): Json {
  const { [name]: schema, ...others } = NAMED
  const { $schema: _, $defs: __, ...rest } = toJsonSchema(schema!, { ...config, definitions: others }) as Json
  return rest
}

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })
const header = (name: string, description: string): Json => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
})
const USER_ID = header(
  'X-User-Id',
  'With a secret key: whose call this is. Any id of your own; it becomes a customer on first use.',
)
const REPEATABLE = header(
  'Idempotency-Key',
  'Made before the first try, the same for every retry: the call counts once.',
)

const SECURITY: Readonly<Record<Access, readonly Json[]>> = {
  public: [],
  key: [{ publishableKey: [] }, { secretKey: [] }],
  guest: [{ publishableKey: [] }, { publishableKey: [], customerToken: [] }, { secretKey: [] }],
  customer: [{ publishableKey: [], customerToken: [] }, { secretKey: [] }],
  secret: [{ secretKey: [] }],
  member: [{ member: [] }],
}

/** Whatever a key may do, a member may do at an address of theirs; administration is for ourselves. */
const isMirror = (path: string): boolean => path.startsWith('/account/projects/:projectId/:mode')
export const isDocumented = ({ path }: { path: string }): boolean => !path.startsWith('/admin') && !isMirror(path)

export const operationOf = ({ method, path }: { method: string; path: string }): Operation | undefined =>
  OPERATIONS[`${method} ${path}`] ?? ACCOUNT_OPERATIONS[`${method} ${path}`]

const inBraces = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}')
const operationId = ({ method, path }: Row, { answer }: Operation): string =>
  [method.toLowerCase(), ...path.split(/[^A-Za-z]+/), answer === 'text/html' ? 'page' : '']
    .filter((word) => word !== '' && word !== 'api')
    .map((word, index) => (index === 0 ? word : word[0]!.toUpperCase() + word.slice(1)))
    .join('')

function parametersOf({ method, path, access }: Row, { query }: Operation): Json[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const { properties = {}, required = [] } = (query === undefined ? {} : schemaOf(query)) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
  const headers = [
    ...(access === 'customer' || access === 'guest' ? [USER_ID] : []),
    ...(method !== 'GET' && path.startsWith('/api/') ? [REPEATABLE] : []),
  ]
  return [...inPath, ...inQuery, ...headers]
}

function contentOf(answer: v.GenericSchema | string): Json {
  if (typeof answer === 'string') return { [answer]: { schema: { type: 'string' } } }
  return { 'application/json': { schema: schemaOf(answer) } }
}

function responsesOf({ status = 200, answer, also, refuses = [] }: Operation): Json {
  const kinds = [answer, also].filter((kind) => kind !== null && kind !== undefined)
  const content = Object.assign({}, ...kinds.map(contentOf)) as Json
  const byStatus = Map.groupBy(refuses, (code) => ERRORS[code].status)
  const refusals = [...byStatus].map(([refused, codes]) => [refused, refusal(codes)] as const)
  return {
    [status]: { description: 'Done', ...(kinds.length > 0 && { content }) },
    ...Object.fromEntries(refusals),
    default: { description: 'Any other refusal', content: { 'application/json': { schema: ref('Refusal') } } },
  }
}

function refusal(codes: readonly Code[]): Json {
  const schema = { allOf: [ref('Refusal'), { properties: { code: { enum: codes } } }] }
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].message}`).join('\n\n'),
    content: { 'application/json': { schema } },
  }
}

function operation(row: Row): Json {
  const what = operationOf(row)
  if (what === undefined) throw new Error(`${row.method} ${row.path} is not described`)
  const body = what.body && { content: { 'application/json': { schema: schemaOf(what.body) } } }
  return {
    operationId: operationId(row, what),
    tags: [what.tag],
    summary: what.summary,
    security: SECURITY[row.access],
    parameters: parametersOf(row, what),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: responsesOf(what),
  }
}

const DESCRIPTION = `Every refusal is \`{error, code, message, requestId, …}\`: switch on \`code\`. Money is integer minor units, times are epoch ms.
Unknown fields are refused by name. Guides: /docs; everything in one file: /llms-full.txt.

Whatever a secret key may do at \`/api/…\`, a member of the account may do at \`/account/projects/{projectId}/{mode}/…\` without one.`

/** The document; where it is served is said by who serves it. */
export function toDocument(rows: readonly Row[]): Json {
  const paths: Record<string, Json> = {}
  for (const row of rows.filter(isDocumented))
    (paths[inBraces(row.path)] ??= {})[row.method.toLowerCase()] = operation(row)
  return {
    openapi: '3.1.1',
    info: {
      title: 'dream-api',
      version: '0.1.0',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: {
      schemas: Object.fromEntries(Object.keys(NAMED).map((name) => [name, definitionOf(name)])),
      securitySchemes: {
        secretKey: { type: 'http', scheme: 'bearer', description: '`sk_…`, on a server only' },
        publishableKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Publishable-Key',
          description: '`pk_…`, safe in a page',
        },
        customerToken: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Clerk-Token',
          description: 'Who is signed in to the page',
        },
        member: { type: 'http', scheme: 'bearer', description: 'The session token of a member of the account' },
      },
    },
  }
}
