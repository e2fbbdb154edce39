/**
 * Checks the parameters of one request against their schema and says what is wrong with the first wrong one, in Stripe's words.
 * Enums are closed here, although the SDK leaves them open: a misspelt word must fail in a test, not in production.
 */
import { fieldsOf } from './generated.ts'
import type { Field } from './generated.ts'
import { checkMetadata } from './metadata.ts'
import type { LiteralSchema, ScalarSchema, Schema } from './schema.ts'

/** `param` is written as Stripe writes it: `line_items[0][price]`. */
export type Problem = { code?: string; param: string; message: string }

type Value = Record<string, unknown>

const expand: Field = { name: 'expand', required: false, schema: ['[]', 'string'] }
const stringLengthMax = 5000

export function checkParameters(index: number | null, params: Value): Problem | null {
  const fields = index === null ? new Map<string, Field>() : fieldsOf(index)
  return checkFields(new Map(fields).set('expand', expand), params, '')
}

function checkFields(fields: Map<string, Field>, value: Value, at: string): Problem | null {
  return (
    findUnknown(fields, value, at) ??
    findMissing(fields, value, at) ??
    first(Object.keys(value), (name) => check(fields.get(name)!.schema, value[name], inside(at, name)))
  )
}

function findUnknown(fields: Map<string, Field>, value: Value, at: string): Problem | null {
  const unknown = Object.keys(value).filter((name) => value[name] !== undefined && !fields.has(name))
  if (unknown.length === 0) return null
  const names = unknown.map((name) => inside(at, name))
  const message = `Received unknown parameter${names.length > 1 ? 's' : ''}: ${names.join(', ')}`
  return { code: 'parameter_unknown', param: names[0]!, message }
}

function findMissing(fields: Map<string, Field>, value: Value, at: string): Problem | null {
  const missing = [...fields.values()].find(({ name, required }) => required && value[name] === undefined)
  if (!missing) return null
  const param = inside(at, missing.name)
  return { code: 'parameter_missing', param, message: `Missing required param: ${param}.` }
}

function check(schema: Schema, value: unknown, at: string): Problem | null {
  if (value === undefined) return null
  if (typeof schema === 'number') return checkObject(schema, value, at)
  if (typeof schema === 'string') return checkScalar(schema, value, at)
  switch (schema[0]) {
    case '=':
      return checkLiteral(schema, value, at)
    case '[]':
      return checkList(schema[1], value, at)
    case '{}':
      return checkMap(schema[1], value, at)
    case '|':
      return checkUnion(schema.slice(1) as Schema[], value, at)
  }
}

function checkObject(index: number, value: unknown, at: string): Problem | null {
  return isMap(value) ? checkFields(fieldsOf(index), value, at) : { param: at, message: 'Invalid object' }
}

function checkMap(element: Schema, value: unknown, at: string): Problem | null {
  if (!isMap(value)) return { param: at, message: 'Invalid object' }
  return first(Object.keys(value), (name) => check(element, value[name], inside(at, name)))
}

/** `items[0]=…` may reach us as a list or as an object whose names are the positions. */
function checkList(element: Schema, value: unknown, at: string): Problem | null {
  const isPositions = isMap(value) && Object.keys(value).every((name) => /^\d+$/.test(name))
  if (!Array.isArray(value) && !isPositions) return { param: at, message: 'Invalid array' }
  const list: [string, unknown][] = Object.entries(value as Value)
  return first(list, ([position, item]) => check(element, item, inside(at, position)))
}

/** Of several types, the ones that could hold such a value decide; their first complaint is the answer. */
function checkUnion(schemas: Schema[], value: unknown, at: string): Problem | null {
  const problems: Problem[] = []
  for (const schema of schemas.filter((candidate) => couldHold(candidate, value))) {
    const problem = check(schema, value, at)
    if (!problem) return null
    problems.push(problem)
  }
  return (
    problems[0] ??
    check(
      schemas.find((schema) => schema !== '' && schema !== 'null')!,
      value,
      at,
    )
  )
}

function couldHold(schema: Schema, value: unknown): boolean {
  if (value === '') return true
  const isScalar = typeof schema === 'string' && schema !== 'metadata'
  if (Array.isArray(value)) return Array.isArray(schema) && schema[0] === '[]'
  if (isMap(value)) return !isScalar && !(Array.isArray(schema) && schema[0] === '=')
  return (isScalar && schema !== '') || (Array.isArray(schema) && schema[0] === '=')
}

function checkScalar(schema: ScalarSchema, value: unknown, at: string): Problem | null {
  if (schema === 'any') return null
  if (schema === 'metadata') return checkMetadata(value, at)
  if (typeof value === 'object') return { param: at, message: 'Invalid string: expected one value' }
  const text = String(value)
  if (schema === '' || schema === 'null') return text === '' ? null : notEmpty(text, at)
  if (text === '') return emptyValue(at)
  return checkText(schema, text, at)
}

function checkText(schema: 'string' | 'integer' | 'number' | 'boolean' | 'decimal', text: string, at: string) {
  switch (schema) {
    case 'string':
      return text.length > stringLengthMax ? tooLong(text, at) : null
    case 'integer':
      return isInteger(text)
        ? null
        : { code: 'parameter_invalid_integer', param: at, message: `Invalid integer: ${text}` }
    case 'number':
    case 'decimal':
      return /^-?\d+(\.\d{1,12})?$/.test(text) ? null : { param: at, message: `Invalid decimal: ${text}` }
    case 'boolean':
      return text === 'true' || text === 'false' ? null : { param: at, message: `Invalid boolean: ${text}` }
  }
}

const isInteger = (text: string): boolean => /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))

function checkLiteral(schema: LiteralSchema, value: unknown, at: string): Problem | null {
  const words = schema.slice(1).map(String)
  if (value === '') return emptyValue(at)
  if (typeof value !== 'object' && words.includes(String(value))) return null
  return { param: at, message: `Invalid ${at}: must be ${words.length > 1 ? 'one of ' : ''}${oneOf(words)}` }
}

function oneOf(words: string[]): string {
  if (words.length < 3) return words.join(' or ')
  return `${words.slice(0, -1).join(', ')}, or ${words.at(-1)}`
}

const emptyValue = (at: string): Problem => ({
  code: 'parameter_invalid_empty',
  param: at,
  message:
    `You passed an empty string for '${at}'. We assume empty values are an attempt to unset a parameter; however ` +
    `'${at}' cannot be unset. You should remove '${at}' from your request or supply a non-empty value.`,
})

const notEmpty = (text: string, at: string): Problem => ({ param: at, message: `Invalid ${at}: ${text}` })

const tooLong = (text: string, at: string): Problem => ({
  param: at,
  message: `Invalid string: ${text.slice(0, 8)}...${text.slice(-8)}; must be at most ${stringLengthMax} characters`,
})

const isMap = (value: unknown): value is Value => typeof value === 'object' && value !== null && !Array.isArray(value)

const inside = (at: string, name: string): string => (at === '' ? name : `${at}[${name}]`)

function first<T>(list: T[], step: (item: T) => Problem | null): Problem | null {
  for (const item of list) {
    const problem = step(item)
    if (problem) return problem
  }
  return null
}
