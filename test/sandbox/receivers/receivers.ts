/**
 * Somebody else's server, for webhooks that the app sends: it writes down what arrives, and fails when it is told to.
 * The app reaches it at `/sandbox/receivers/<name>` of its own origin, or from outside at `https://receivers.example/<name>`.
 */
import { badInput, ControlError, readInput } from '../stripe/controlInput.ts'
import { ReceiverLog } from './receiverLog.ts'
import type { Fault } from './receiverLog.ts'

export const RECEIVERS_HOST = 'receivers.example'

const DELAY_MAX_MS = 120_000
const TIMES_MAX = 10_000
const NAME = /^\/(?:sandbox\/receivers\/)?([\w-]{1,64})$/

export class Receivers {
  readonly #log: ReceiverLog
  readonly #now: () => number

  constructor(sql: SqlStorage, now: () => number) {
    this.#log = new ReceiverLog(sql)
    this.#now = now
  }

  /** Answers a request to a receiver; null when the address is none. */
  async fetch(request: Request): Promise<Response | null> {
    const { hostname, pathname } = new URL(request.url)
    const isOutside = hostname === RECEIVERS_HOST
    if (!isOutside && !pathname.startsWith('/sandbox/receivers/')) return null
    const name = NAME.exec(pathname)?.[1]
    if (name === undefined)
      return Response.json({ error: 'a receiver is named by letters, digits, _ and -' }, { status: 404 })
    if (isOutside || request.method === 'POST') return this.#receive(name, request)
    return this.#control(name, request)
  }

  async #receive(name: string, request: Request): Promise<Response> {
    const body = await request.text()
    const fault = this.#log.strike(name)
    const status = fault?.status ?? 200
    const { method, url } = request
    this.#log.write(name, { at: this.#now(), method, url, headers: Object.fromEntries(request.headers), body, status })
    if (fault === null) return new Response('ok')
    if (fault.delayMs > 0) await scheduler.wait(fault.delayMs)
    return new Response(isEmpty(status) ? null : `answer ${status}, as planned`, {
      status,
      headers: fault.location === null ? {} : { Location: fault.location },
    })
  }

  async #control(name: string, request: Request): Promise<Response> {
    try {
      switch (request.method) {
        case 'GET':
          return Response.json({ name, received: this.#log.read(name), plan: this.#log.plan(name) })
        case 'PUT':
          return Response.json({ name, plan: this.#log.setPlan(name, await readFault(request)) })
        case 'DELETE':
          this.#log.forget(name)
          return Response.json({ name, received: [], plan: null })
        default:
          return Response.json({ error: 'use GET, PUT, POST or DELETE' }, { status: 405 })
      }
    } catch (error) {
      if (error instanceof ControlError) return Response.json({ error: error.message }, { status: error.status })
      throw error
    }
  }
}

async function readFault(request: Request): Promise<Fault> {
  const input = await readInput(request, ['status', 'times', 'delayMs', 'location'])
  const status = input.number('status', { min: 200, max: 599 })
  const location = input.text('location') ?? null
  if (status === undefined) throw badInput('"status" is missing')
  const redirects = status >= 300 && status < 400 && status !== 304
  if (redirects !== (location !== null)) throw badInput('"location" belongs to a redirect, and a redirect needs one')
  return {
    status,
    times: input.number('times', { min: 1, max: TIMES_MAX }) ?? 1,
    delayMs: input.number('delayMs', { min: 0, max: DELAY_MAX_MS }) ?? 0,
    location,
  }
}

const isEmpty = (status: number) => status === 204 || status === 205 || status === 304
