/** The reference as a page: every route of the OpenAPI document, with its fields in tables. */

type Json = Readonly<Record<string, unknown>>

interface Operation {
  readonly tags: readonly [string]
  readonly summary: string
  readonly security: readonly Json[]
  readonly parameters: readonly { name: string; in: string; required?: boolean; schema: Json }[]
  readonly requestBody?: { content: Record<string, { schema: Json }> }
  readonly responses: Readonly<Record<string, { description: string; content?: Record<string, { schema?: Json }> }>>
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> }
}

const HEAD = `# API reference

Every route, made from [the OpenAPI document](/openapi.json), which a client or a tool may read instead. Money is integer minor units, times are epoch
ms, unknown fields are refused by name. Every write may carry an \`Idempotency-Key\`. What a refusal says and what to do: [Errors](/docs/errors.md),
and those [of an owner](/docs/errors-owner.md).`

const WHO: Readonly<Record<string, string>> = {
  publishableKey: 'publishable key',
  'publishableKey customerToken': 'publishable key and customer token',
  secretKey: 'secret key',
  member: 'a member’s session',
}

const who = (security: readonly Json[]): string =>
  security.length === 0 ? 'everybody' : security.map((one) => WHO[Object.keys(one).join(' ')]).join(' · ')

/** A type in a few words. */
function typeOf(schema: Json | undefined): string {
  if (schema === undefined) return 'anything'
  const { $ref, type, const: constant, enum: words, anyOf, oneOf, items, properties, additionalProperties } = schema
  if (typeof $ref === 'string') return `[${$ref.split('/').at(-1)}](#${$ref.split('/').at(-1)!.toLowerCase()})`
  if (constant !== undefined) return `\`${JSON.stringify(constant)}\``
  if (Array.isArray(words))
    return words.length > 8 ? 'one of a list' : words.map((word) => `\`${JSON.stringify(word)}\``).join(' ')
  const either = (anyOf ?? oneOf) as Json[] | undefined
  if (either !== undefined) return either.map(typeOf).join(' or ')
  if (type === 'array') return `list of ${typeOf(items as Json)}`
  if (type === 'object' && typeof properties === 'object') return `{ ${Object.keys({ ...properties }).join(', ')} }`
  if (type === 'object') return `object of ${typeOf(additionalProperties as Json | undefined)}`
  return typeof type === 'string' ? type : 'anything'
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function table(fields: readonly (readonly [name: string, schema: Json, required: boolean])[]): string {
  const rows = fields.map(([name, schema, required]) => {
    const { description = '', default: value } = schema as { description?: string; default?: unknown }
    const more = [description, value === undefined ? '' : `\`${JSON.stringify(value)}\` when left out`]
    return `| \`${name}\`${required ? '' : ' ?'} | ${cell(typeOf(schema))} | ${cell(more.filter((part) => part !== '').join('. '))} |`
  })
  return ['| field | type | |', '|---|---|---|', ...rows].join('\n')
}

function fieldsOf(schema: Json): string {
  const { properties, required = [] } = schema as { properties?: Record<string, Json>; required?: string[] }
  if (properties === undefined) return `${typeOf(schema)}.`
  return table(Object.entries(properties).map(([name, field]) => [name, field, required.includes(name)]))
}

function section(method: string, path: string, operation: Operation): string {
  const { summary, security, parameters, requestBody, responses } = operation
  const query = parameters.filter((one) => one.in === 'query')
  const body = requestBody?.content['application/json']?.schema
  const [status = '200', done] =
    Object.entries(responses).find(([name]) => name.startsWith('2') || name === '101') ?? []
  const [type = '', answer] = Object.entries(done?.content ?? {})[0] ?? []
  const refusals = Object.entries(responses).filter(([name]) => /^[45]/.test(name))
  return [
    `### ${method.toUpperCase()} ${path}`,
    `${summary}. For: ${who(security)}.`,
    ...(query.length === 0
      ? []
      : [`**Query**\n\n${table(query.map((one) => [one.name, one.schema, one.required === true]))}`]),
    ...(body === undefined ? [] : [`**Body**\n\n${fieldsOf(body)}`]),
    answer?.schema === undefined || type !== 'application/json'
      ? `**Answers** ${status}${type === '' ? '' : `, ${type}`}`
      : `**Answers** ${status}\n\n${fieldsOf(answer.schema)}`,
    ...refusals.map(([name, { description }]) => `**Refuses** ${name}\n\n${description}`),
  ].join('\n\n')
}

/** What an app needs least. */
const LAST = ['Account', 'The service']

export function toReference({ paths, components }: OpenApi): string {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
  const byTag = [...Map.groupBy(all, ({ operation }) => operation.tags[0])].toSorted(
    ([a], [b]) => LAST.indexOf(a) - LAST.indexOf(b),
  )
  const contents = byTag.map(([tag]) => `[${tag}](#${tag.toLowerCase().replaceAll(/[^a-z]+/g, '-')})`).join(' · ')
  const tags = byTag.map(
    ([tag, routes]) =>
      `## ${tag}\n\n${routes.map(({ method, path, operation }) => section(method, path, operation)).join('\n\n')}`,
  )
  const schemas = Object.entries(components.schemas).map(([name, schema]) => `### ${name}\n\n${fieldsOf(schema)}`)
  return `${[HEAD, contents, ...tags, `## Shapes\n\n${schemas.join('\n\n')}`].join('\n\n')}\n`
}
