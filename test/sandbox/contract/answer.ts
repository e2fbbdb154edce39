/**
 * Holds an object that the sandbox answers, or sends in an event, against the interface that the SDK declares for it.
 * Every required field must be there, no field may be unknown, and every word of an enum must be one of Stripe's.
 */
import { contract, fieldsOf } from './generated.ts'
import type { LiteralSchema, ScalarSchema, Schema } from './schema.ts'

type Value = Record<string, unknown>

/** What is wrong with it, a sentence each; an empty list when nothing is. */
export function checkStripeObject(object: Value): string[] {
  const kind = String(object['object'])
  if (kind === 'list' || kind === 'search_result') return checkPage(object, kind)
  const candidates = contract.kinds[kind]
  if (!candidates) return [`${kind}: no such kind of object`]
  return checkUnion(candidates, object, kind)
}

function checkPage(page: Value, kind: string): string[] {
  if (!Array.isArray(page['data'])) return [`${kind}.data: must be a list`]
  const problems = page['data'].flatMap((item: Value) => checkStripeObject(item))
  if (typeof page['has_more'] !== 'boolean') problems.push(`${kind}.has_more: must be a boolean`)
  if (typeof page['url'] !== 'string') problems.push(`${kind}.url: must be a string`)
  return problems
}

function check(schema: Schema, value: unknown, at: string): string[] {
  if (typeof schema === 'number') return checkObject(schema, value, at)
  if (typeof schema === 'string') return checkScalar(schema, value, at)
  switch (schema[0]) {
    case '=':
      return checkLiteral(schema, value, at)
    case '[]':
      if (!Array.isArray(value)) return [`${at}: must be a list`]
      return value.flatMap((item: unknown, position) => check(schema[1], item, `${at}[${position}]`))
    case '{}':
      if (!isMap(value)) return [`${at}: must be a map`]
      return Object.entries(value).flatMap(([key, item]) => check(schema[1], item, `${at}.${key}`))
    case '|':
      return checkUnion(schema.slice(1) as Schema[], value, at)
  }
}

/** An interface without fields, such as the object of an event, stands for any object: its own kind then decides. */
function checkObject(index: number, value: unknown, at: string): string[] {
  if (!isMap(value)) return [`${at}: must be an object`]
  const fields = fieldsOf(index)
  if (fields.size === 0) return typeof value['object'] === 'string' ? checkStripeObject(value) : []
  const unknown = Object.keys(value).filter((name) => value[name] !== undefined && !fields.has(name))
  const problems = unknown.map((name) => `${at}.${name}: unknown field`)
  for (const { name, required, schema } of fields.values()) {
    if (value[name] !== undefined) problems.push(...check(schema, value[name], `${at}.${name}`))
    else if (required) problems.push(`${at}.${name}: missing`)
  }
  return problems
}

/** Of several types, those of the value's own shape are meant, and of these the one with the least to complain about. */
function checkUnion(schemas: Schema[], value: unknown, at: string): string[] {
  const shaped = schemas.filter((schema) => hasShapeOf(schema, value))
  const meant = shaped.filter((schema) => typeof schema !== 'number' || hasLiteralsOf(schema, value))
  const results = (meant.length > 0 ? meant : shaped).map((schema) => check(schema, value, at))
  const isStructured = isMap(value) || Array.isArray(value)
  const best = results.sort((a, b) => a.length - b.length)[0]
  if (best && (isStructured || best.length === 0)) return best
  return [`${at}: ${JSON.stringify(value)} is none of the types it may have`]
}

function hasShapeOf(schema: Schema, value: unknown): boolean {
  if (schema === 'any') return true
  const isList = Array.isArray(schema) && schema[0] === '[]'
  const isObject = typeof schema === 'number' || (Array.isArray(schema) && schema[0] === '{}')
  if (Array.isArray(value)) return isList
  return isMap(value) ? isObject : !isList && !isObject
}

function hasLiteralsOf(index: number, value: unknown): boolean {
  if (!isMap(value)) return false
  return ['object', 'deleted'].every((name) => {
    const schema = fieldsOf(index).get(name)?.schema
    const isLiteral = Array.isArray(schema) && schema[0] === '='
    return isLiteral ? checkLiteral(schema, value[name], name).length === 0 : value[name] === undefined
  })
}

function checkScalar(schema: ScalarSchema, value: unknown, at: string): string[] {
  const isRight = holds[schema](value)
  return isRight ? [] : [`${at}: ${JSON.stringify(value)} is not ${schema}`]
}

const holds: Record<ScalarSchema, (value: unknown) => boolean> = {
  any: () => true,
  null: (value) => value === null,
  '': (value) => value === '',
  string: (value) => typeof value === 'string',
  integer: Number.isSafeInteger,
  number: Number.isFinite,
  boolean: (value) => typeof value === 'boolean',
  decimal: (value) => typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value),
  metadata: isMap,
}

const checkLiteral = (schema: LiteralSchema, value: unknown, at: string): string[] =>
  schema.slice(1).includes(value as string) ? [] : [`${at}: ${JSON.stringify(value)} is not one of Stripe's words`]

function isMap(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
