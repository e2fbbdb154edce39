/** Reads and holds to their types the bodies and the queries of Clerk's Backend API. An unknown field is refused, not ignored. */
import { ClerkRefusal, missingParam, unknownParam, wrongFormat, wrongType } from './refusal.ts'

export type Form = Record<string, unknown>
export type FieldType = 'string' | 'boolean' | 'integer' | 'object' | 'strings' | 'time'

export async function readForm(request: Request): Promise<Form> {
  const text = await request.text()
  if (text === '') return {}
  try {
    const form: unknown = JSON.parse(text)
    if (isObject(form)) return form
  } catch {
    // Falls through: a body that is no JSON and one that is no object are refused alike.
  }
  throw new ClerkRefusal(400, {
    code: 'request_body_invalid',
    message: 'Request body invalid',
    long: 'The request body is invalid. Please consult the API documentation for more information.',
  })
}

/** In a body, `null` says as much as leaving the field out, unless the reader of the field looks. */
export function checkForm(form: Form, types: Record<string, FieldType>, required: string[] = []): void {
  for (const [name, value] of Object.entries(form)) {
    if (!Object.hasOwn(types, name)) throw unknownParam(name)
    if (value !== null) checkField(name, types[name]!, value)
  }
  const missing = required.find((name) => form[name] === undefined || form[name] === null)
  if (missing) throw missingParam(missing)
}

function checkField(name: string, type: FieldType, value: unknown): void {
  if (type === 'strings') {
    const isStrings = Array.isArray(value) && value.every((item) => typeof item === 'string')
    if (!isStrings) throw wrongType(name, 'array of strings')
  } else if (type === 'object') {
    if (!isObject(value)) throw wrongType(name, 'object')
  } else if (type === 'integer') {
    if (!Number.isSafeInteger(value)) throw wrongType(name, 'integer')
  } else if (type === 'time') {
    if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) throw wrongFormat(name, 'a datetime in RFC3339')
  } else if (typeof value !== type) {
    throw wrongType(name, type)
  }
}

export function checkQuery(query: URLSearchParams, allowed: string[]): void {
  for (const name of query.keys()) if (!allowed.includes(name)) throw unknownParam(name)
}

export function integerIn(query: URLSearchParams, name: string, range: { from: number; to: number; unset: number }) {
  const text = query.get(name)
  if (text === null) return range.unset
  if (!/^\d+$/.test(text)) throw wrongType(name, 'integer')
  const value = Number(text)
  if (value < range.from || value > range.to) throw wrongFormat(name, `between ${range.from} and ${range.to}`)
  return value
}

export function isObject(value: unknown): value is Form {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
