/** Calls to the account's routes, with the session's token. Every screen goes through here; no project's key ever does. */

import type { Auth } from '../auth/auth.ts'
import { ApiError } from './error.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface CallOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The same key answers the same, however often it is pressed. */
  readonly idempotencyKey?: string
}

interface Caller {
  readonly auth: Auth
  readonly account: () => string | null
  readonly signedOut: () => void
}

let caller: Caller | null = null
export const callAs = (next: Caller): void => {
  caller = next
}

export async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(method, path, options)
  return (await response.json().catch(() => {
    throw new ApiError(502, UNREADABLE)
  })) as T
}

const UNREADABLE = { message: 'The answer was not readable.' }

/** A file, as the member who is signed in. */
export const download = async (path: string): Promise<Blob> => (await send('GET', path, {})).blob()

/** A whole list as one file, however many pages it comes in; the columns are named once. */
export async function downloadList(path: string, query: URLSearchParams): Promise<Blob> {
  const pages: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const asked: URLSearchParams = new URLSearchParams({ ...Object.fromEntries(query), format: 'csv', limit: '100' })
    if (cursor !== '') asked.set('cursor', cursor)
    const page: Response = await send('GET', `${path}?${asked}`, {})
    const text = await page.text()
    pages.push(cursor === '' ? text : text.slice(text.indexOf('\r\n') + 2))
    cursor = page.headers.get('X-Next-Cursor')
  }
  return new Blob(pages, { type: 'text/csv' })
}

async function send(method: Method, path: string, options: CallOptions): Promise<Response> {
  const first = await attempt(method, path, options, false)
  const isRefused = first.status === 401
  const response = isRefused ? await attempt(method, path, options, true) : first
  if (response.status === 401) caller?.signedOut()
  if (response.ok) return response
  throw new ApiError(response.status, await response.json().catch(() => UNREADABLE))
}

async function attempt(method: Method, path: string, options: CallOptions, fresh: boolean): Promise<Response> {
  if (caller === null) throw new Error('nobody is signed in yet')
  const token = await caller.auth.token({ fresh })
  if (token === null) return new Response('{}', { status: 401 })
  const account = caller.account()
  const { body, headers = {}, idempotencyKey } = options
  const isFile = body instanceof FormData
  return fetch(path, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(account === null ? {} : { 'X-Account': account }),
      ...(body === undefined || isFile ? {} : { 'Content-Type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
      ...headers,
    },
    body: body === undefined ? null : isFile ? body : JSON.stringify(body),
  }).catch(() => {
    throw new ApiError(0, {})
  })
}
