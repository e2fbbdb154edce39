/** HTTP manners: bodies read with a cap, answers in JSON, refusals in one shape. The only catch of the worker is here. */

import * as v from 'valibot'
import type { Refusal } from '../objects/outcome.ts'
import { ERRORS, type Code, type ErrorDetail } from '../sdk/schema/error.ts'

/** A refusal on its way to the caller. Thrown inside the worker only; objects answer values. */
export class Refused extends Error {
  readonly code: Code
  readonly detail: ErrorDetail

  constructor(code: Code, detail: ErrorDetail = {}) {
    super(code)
    this.code = code
    this.detail = detail
  }
}

export const refuse = (code: Code, detail?: ErrorDetail): never => {
  throw new Refused(code, detail)
}

/** The value of an outcome, or its refusal thrown. */
export function need<T>(outcome: { readonly ok: true; readonly value: T } | Refusal): T {
  return outcome.ok ? outcome.value : refuse(outcome.code, outcome.detail)
}

const BODY_MAX_BYTES = 64 * 1024
const BODY_TIMEOUT_MS = 5_000
/** So many times its limit of a body that is too large is taken in, unless its sender falls silent for so long. */
const HEARD_OUT = 4
const SILENCE_MS = 500

/** Reads a body as text, up to a size and within a time. */
export async function readBody(request: Request, maxBytes = BODY_MAX_BYTES): Promise<string> {
  return toText(await readBytes(request, maxBytes))
}

/** Reads a body up to a size and within a time, so that neither a huge nor a dripping one holds anything up. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = request.headers.get('Content-Length')
  if (Number(declared ?? 0) > maxBytes) {
    if (request.body !== null) await hearOut(request.body.getReader(), maxBytes)
    refuse('payload_too_large', tooLarge(maxBytes))
  }
  if (request.body === null) return new Uint8Array()
  const deadline = timeout(BODY_TIMEOUT_MS)
  const bounded = declared !== null && !request.headers.has('Transfer-Encoding')
  return bounded ? readWhole(request, deadline) : readStream(request.body, deadline, maxBytes)
}

/** A body that says how long it is, and cannot be longer, is read in one go: several times cheaper than a reader. */
async function readWhole(request: Request, deadline: Deadline): Promise<Uint8Array> {
  try {
    const bytes = await Promise.race([request.arrayBuffer(), deadline.reached])
    return bytes === 'reached' ? refuse('request_timeout') : new Uint8Array(bytes)
  } finally {
    deadline.clear()
  }
}

async function readStream(body: ReadableStream<Uint8Array>, deadline: Deadline, maxBytes: number): Promise<Uint8Array> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), deadline.reached])
      if (next === 'reached') return refuse('request_timeout')
      if (next.done) return joined(chunks, size)
      size += next.value.byteLength
      if (size > maxBytes) {
        await hearOut(reader, maxBytes)
        return refuse('payload_too_large', tooLarge(maxBytes))
      }
      chunks.push(next.value)
    }
  } finally {
    deadline.clear()
    reader.cancel().catch(() => {}) // the caller is gone or done; there is nobody to tell
  }
}

/** Takes in what is still coming of a body that will be refused: who is cut off while sending never sees the answer. */
async function hearOut(reader: ReadableStreamDefaultReader<Uint8Array>, maxBytes: number): Promise<void> {
  const deadline = timeout(BODY_TIMEOUT_MS)
  for (let heard = 0; heard < HEARD_OUT * maxBytes;) {
    const silence = timeout(SILENCE_MS)
    const next = await Promise.race([reader.read(), silence.reached, deadline.reached])
    silence.clear()
    if (next === 'reached' || next.done) break
    heard += next.value.byteLength
  }
  deadline.clear()
}

const tooLarge = (maxBytes: number): ErrorDetail => ({
  message: `The body is larger than the ${Math.floor(maxBytes / 1024)} KiB that this endpoint accepts.`,
})

interface Deadline {
  readonly reached: Promise<'reached'>
  clear(): void
}

function timeout(ms: number): Deadline {
  let timer: ReturnType<typeof setTimeout>
  const reached = new Promise<'reached'>((resolve) => {
    timer = setTimeout(() => resolve('reached'), ms)
  })
  return { reached, clear: () => clearTimeout(timer) }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

export function toText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return refuse('invalid_json', { message: 'The body is not valid UTF-8.' })
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** Parses a JSON body; no body at all is an empty object. */
export async function readJson<S extends v.GenericSchema>(
  request: Request,
  schema: S,
  maxBytes?: number,
): Promise<v.InferOutput<S>> {
  const text = await readBody(request, maxBytes)
  const input = text.trim() === '' ? {} : parseJson(text)
  // Valibot takes a list for an object without fields: an empty one would be a request that says nothing.
  if (Array.isArray(input)) return refuse('invalid_request', { message: 'The body must be an object, not a list.' })
  return parse(schema, input)
}

const DEPTH_MAX = 16

export function parseJson(text: string): unknown {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i]
    if (inString) {
      if (character === '\\') i += 1
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') {
      depth += 1
      if (depth > DEPTH_MAX) refuse('invalid_json', { message: `The body is nested deeper than ${DEPTH_MAX} levels.` })
    } else if (character === '}' || character === ']') depth -= 1
  }
  try {
    return JSON.parse(text)
  } catch {
    return refuse('invalid_json')
  }
}

/** Parses input once, at the border. The refusal names every field that is wrong and why. */
export function parse<S extends v.GenericSchema>(schema: S, input: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, input)
  if (result.success) return result.output
  const issues = result.issues
    .slice(0, 10)
    .map((issue) => ({ field: v.getDotPath(issue) ?? 'body', problem: problemOf(issue) }))
  const message = issues.map(({ field, problem }) => `${field} ${problem}`).join('; ')
  return refuse('invalid_request', { message: `${message}.`, issues })
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'is not a known field'
  if (issue.received === 'undefined') return 'is required'
  if (/^(must|is) /.test(issue.message)) return issue.message
  return `must be ${issue.expected ?? 'valid'}`
}

export function parseQuery<S extends v.GenericSchema>(url: URL, schema: S): v.InferOutput<S> {
  const query: Record<string, string> = {}
  for (const [name, value] of url.searchParams) {
    if (Object.hasOwn(query, name)) refuse('invalid_request', { message: `${name.slice(0, 100)} is given twice.` })
    query[name] = value
  }
  return parse(schema, query)
}

/** A place in a list, opaque to the caller. */
export const toCursor = (place: readonly (string | number)[]): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(place))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

export function fromCursor(cursor: string): readonly unknown[] {
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
    const place: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (Array.isArray(place)) return place
  } catch {
    // Not base64 or not JSON: a cursor that we never gave.
  }
  return refuse('invalid_request', { message: 'cursor must be a cursor from an earlier answer.' })
}

/** What stands above whatever we answer. */
export const GUARDED = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
}

/** What is no page has nothing to run and nothing to show in a frame. */
export const NO_PAGE = { ...GUARDED, 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'" }

/** Made once: copying it costs a fraction of making it. */
const HEADERS = new Headers({ ...NO_PAGE, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })

export function json(body: unknown, init: { status?: number; headers?: Record<string, string> } = {}): Response {
  const response = new Response(JSON.stringify(body), { status: init.status ?? 200, headers: HEADERS })
  for (const [name, value] of Object.entries(init.headers ?? {})) response.headers.set(name, value)
  return response
}

export function toErrorResponse(refused: { code: Code; detail: ErrorDetail }, requestId: string): Response {
  const { status, error, message } = ERRORS[refused.code]
  const headers: Record<string, string> = {}
  const { retryAfter } = refused.detail
  if (typeof retryAfter === 'number') headers['Retry-After'] = String(retryAfter)
  else if (status === 503) headers['Retry-After'] = '1'
  return json({ error, code: refused.code, message, ...refused.detail, requestId }, { status, headers })
}

/** What a thrown error means to the caller. A bug says nothing but its request id. */
export function toRefused(error: unknown): Refused {
  if (error instanceof Refused) return error
  const {
    message = '',
    remote,
    retryable,
    overloaded,
    durableObjectReset,
  } = (error ?? {}) as {
    message?: string
    remote?: boolean
    retryable?: boolean
    overloaded?: boolean
    durableObjectReset?: boolean
  }
  if (remote !== true && overloaded === true) return new Refused('overloaded')
  if (remote !== true && (durableObjectReset === true || retryable === true)) return new Refused('outcome_unknown')
  if (/SQLITE_FULL|database or disk is full/.test(message)) return new Refused('storage_full')
  return new Refused('internal')
}
