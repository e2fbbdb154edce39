/** One object, one thread, all of the sandbox's state: Stripe, Clerk, the clock, and the post to our webhooks. */
import { DurableObject } from 'cloudflare:workers'
import { answerAccess, controlAccess } from './access/access.ts'
import { ClerkSandbox } from './clerk/clerk.ts'
import { clerkControls } from './clerk/controls.ts'
import { Mailbox } from './mailbox/mailbox.ts'
import { answerDns, controlDns } from './dns.ts'
import { ACCESS } from './keys.ts'
import { showIndex } from './pages/index.ts'
import { servePage } from './pages/pages.ts'
import { Receivers, RECEIVERS_HOST } from './receivers/receivers.ts'
import { answerStripe, errorResponse, flightOf, worldOf } from './stripe/api.ts'
import { chaosOf } from './stripe/chaos.ts'
import { Clock } from './stripe/clock.ts'
import { controlStripe } from './stripe/control.ts'
import { nextDelivery } from './stripe/deliveries.ts'
import { StripeError } from './stripe/error.ts'
import { strike } from './stripe/faults.ts'
import { inFlight } from './stripe/idempotency.ts'
import { answerOAuth } from './stripe/oauth.ts'
import { Post } from './stripe/post.ts'
import { ring } from './stripe/run.ts'
import { firstDue, putAside } from './stripe/store.ts'
import { createTables } from './stripe/tables.ts'
import type { Api } from './stripe/api.ts'
import type { Fault, Service } from './stripe/faults.ts'
import type { DueRow } from './stripe/store.ts'

export interface SandboxEnv {
  SANDBOX: DurableObjectNamespace<Sandbox>
  APP: Fetcher
  ORIGIN: string
}

/** Marks an answer that must look like a lost connection. */
export const NETWORK_FAULT = 'x-sandbox-network-fault'

const RETRY_ALARM_MS = 60_000
const WATCH_MS = 2000

export class Sandbox extends DurableObject<SandboxEnv> {
  readonly #clock: Clock
  readonly #api: Api
  readonly #post: Post
  readonly #clerk: ClerkSandbox
  readonly #mailbox: Mailbox
  readonly #receivers: Receivers
  readonly #inFlight = new Set<string>()
  #advance: Promise<unknown> = Promise.resolve()

  constructor(ctx: DurableObjectState, env: SandboxEnv) {
    super(ctx, env)
    const { sql } = ctx.storage
    createTables(sql)
    this.#clock = new Clock(sql)
    const now = () => this.#clock.now()
    this.#api = { storage: ctx.storage, now, origin: env.ORIGIN }
    this.#post = new Post({ sql, app: env.APP, origin: env.ORIGIN, now })
    this.#clerk = new ClerkSandbox(sql, now, env.ORIGIN)
    this.#mailbox = new Mailbox(sql, now)
    this.#receivers = new Receivers(sql, now)
  }

  override async fetch(request: Request): Promise<Response> {
    const response = await this.#answer(request)
    this.#runSoon()
    return response
  }

  async clock(): Promise<number> {
    return this.#clock.offset
  }

  async nextDue(): Promise<number | null> {
    return this.#nextDue()
  }

  /** Steps from due moment to due moment, so that everything sees the time at which it happens. */
  advanceTo(moment: number): Promise<void> {
    const run = this.#advance.then(() => this.#stepTo(moment))
    this.#advance = run.catch(() => undefined)
    return run
  }

  settle(): Promise<number> {
    return this.#post.deliverDue()
  }

  async isSeeded(): Promise<boolean> {
    return (await this.ctx.storage.get('seeded')) === true
  }

  async setSeeded(): Promise<void> {
    await this.ctx.storage.put('seeded', true)
  }

  override async alarm() {
    try {
      await this.#run()
    } catch (error) {
      console.error('sandbox: something due failed', error)
      const armed = await this.ctx.storage.getAlarm()
      if (armed === null) await this.ctx.storage.setAlarm(Date.now() + RETRY_ALARM_MS)
    }
  }

  #answer(request: Request): Response | Promise<Response> {
    const { hostname, pathname } = new URL(request.url)
    if (hostname === 'api.stripe.com') return this.#withFaults('stripe', request, () => this.#stripe(request))
    if (hostname === 'connect.stripe.com') return this.#withFaults('stripe', request, () => this.#connect(request))
    if (hostname === 'api.clerk.com') return this.#withFaults('clerk', request, () => this.#clerk.fetch(request))
    if (hostname === 'api.resend.com') return this.#withFaults('mail', request, () => this.#mailbox.fetch(request))
    if (hostname === RECEIVERS_HOST || pathname.startsWith('/sandbox/receivers/')) return this.#receive(request)
    if (hostname === ACCESS.team) return answerAccess(request)
    if (hostname === 'cloudflare-dns.com') return answerDns(request, this.ctx.storage.sql)
    if (pathname === '/sandbox' || pathname.startsWith('/sandbox/')) return this.#sandboxPath(request)
    return json(599, { error: { type: 'invalid_request_error', message: `blocked: the sandbox has no ${hostname}` } })
  }

  async #sandboxPath(request: Request): Promise<Response> {
    const mailbox = this.#mailbox.control(request)
    if (mailbox) return mailbox
    const clerk = await this.#clerk.control(request.clone())
    if (clerk) return clerk
    const control = await controlStripe(this.#api, request.clone())
    if (control) return control
    const access = await controlAccess(request.clone(), this.#clock.now())
    if (access) return access
    const dns = await controlDns(request.clone(), this.ctx.storage.sql)
    if (dns) return dns
    const page = showIndex(request, clerkControls) ?? (await servePage(this.#api, request))
    return page ?? json(404, { error: 'no such page; see GET /sandbox' })
  }

  async #receive(request: Request): Promise<Response> {
    return (await this.#receivers.fetch(request)) ?? json(404, { error: 'no such receiver' })
  }

  async #stripe(request: Request): Promise<Response> {
    const text = await request.text()
    return answerStripe(this.#api, request, text)
  }

  async #connect(request: Request): Promise<Response> {
    const text = await request.text()
    return answerOAuth(this.#api, request, text)
  }

  /** Lets a planned fault strike. While a call waits, its idempotency key is taken. */
  async #withFaults(service: Service, request: Request, answer: () => Promise<Response>): Promise<Response> {
    const flight = service === 'stripe' ? flightOf(request) : null
    if (flight !== null && this.#inFlight.has(flight)) {
      return errorResponse(inFlight(request.headers.get('idempotency-key') ?? ''))
    }
    const fault = strike(this.ctx.storage.sql, service, request.method, new URL(request.url).pathname)
    if (fault === null) return answer()
    if (flight !== null) this.#inFlight.add(flight)
    try {
      return await suffer(fault, answer)
    } finally {
      if (flight !== null) this.#inFlight.delete(flight)
    }
  }

  async #stepTo(moment: number) {
    for (let due = this.#nextDue(); due !== null && due <= moment; due = this.#nextDue()) {
      this.#clock.moveTo(due)
      await this.#run()
    }
    this.#clock.moveTo(moment)
    await this.#run()
  }

  /** Does what is due now, each at its own moment, then carries the post. */
  async #run() {
    const { sql } = this.ctx.storage
    let broken: unknown = null
    for (let due = firstDue(sql); due !== null && due.due <= this.#clock.now(); due = firstDue(sql)) {
      broken ??= this.#ring(due)
    }
    await this.#arm(WATCH_MS)
    await this.#post.deliverDue()
    await this.#arm(1)
    if (broken !== null) throw broken
  }

  /** One due thing, alone in its transaction. One that fails is put aside, so that it cannot stop the world. */
  #ring(row: DueRow): unknown {
    const world = worldOf({ ...this.#api, now: () => row.due }, row.account, row.mode)
    try {
      this.ctx.storage.transactionSync(() => ring(world, row))
      return null
    } catch (error) {
      putAside(this.ctx.storage.sql, row)
      return error
    }
  }

  /** After an answer: what it caused is carried out promptly, but never before the answer. */
  #runSoon() {
    const running = this.#run().catch((error: unknown) => console.error('sandbox: something due failed', error))
    this.ctx.waitUntil(running)
  }

  #nextDue(): number | null {
    const { sql } = this.ctx.storage
    const delivery = chaosOf(sql).paused ? null : nextDelivery(sql)
    const times = [firstDue(sql)?.due ?? null, delivery].filter((time) => time !== null)
    return times.length === 0 ? null : Math.min(...times)
  }

  /** Wakes the object when the next thing is due, but not sooner than the given pause: a crash must not lose what is under way. */
  async #arm(pauseMs: number) {
    const next = this.#nextDue()
    if (next === null) return
    const at = Math.max(next - this.#clock.offset, Date.now() + pauseMs)
    const armed = await this.ctx.storage.getAlarm()
    if (armed === null || armed > at) await this.ctx.storage.setAlarm(at)
  }
}

async function suffer(fault: Fault, answer: () => Promise<Response>): Promise<Response> {
  if (fault.kind === 'network') return networkFault()
  if (fault.kind === 'status') return failure(fault)
  if (fault.kind === 'delay') {
    await scheduler.wait(fault.delayMs)
    return answer()
  }
  await answer()
  await scheduler.wait(fault.delayMs)
  return networkFault()
}

function networkFault(): Response {
  return new Response(null, { status: 599, headers: { [NETWORK_FAULT]: '1' } })
}

function failure({ service, status }: Fault): Response {
  const message = status === 429 ? 'Request rate limit exceeded.' : 'An unknown error occurred'
  if (service === 'stripe') {
    const code = status === 429 ? 'rate_limit' : undefined
    return errorResponse(new StripeError({ status, message, code, type: status >= 500 ? 'api_error' : undefined }))
  }
  if (service === 'mail') {
    const name = status === 429 ? 'rate_limit_exceeded' : 'application_error'
    return json(status, { statusCode: status, name, message })
  }
  const errors = [
    { code: status === 429 ? 'too_many_requests' : 'internal_clerk_error', message, long_message: message },
  ]
  const retry: Record<string, string> = status === 429 ? { 'Retry-After': '1' } : {}
  return json(status, { errors, clerk_trace_id: 'sandbox' }, retry)
}

/** Clerk's client reads JSON only from the bare content type. */
function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })
}
