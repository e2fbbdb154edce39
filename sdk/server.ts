/** Gates for what only some plans may use. The plan is asked of the server for every request; nothing a caller says is. */

import type { DreamAPI, Reason, Tier } from './index.ts'

/** Headers as a fetch `Request` has them, or as Node has them. */
type Asked = { headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>> }

export interface GateOptions<R extends Asked = Request> {
  dream: DreamAPI
  /** Slugs of the tiers that may pass. */
  plans: string | readonly string[]
  /**
   * Who asks, as an id of your own user table; `null` for nobody. Needs a secret key. Left out, it is whoever the
   * customer token in `Authorization: Bearer` or `X-Clerk-Token` names.
   */
  customer?: (request: R) => string | null | Promise<string | null>
}

type Handler<Rest extends unknown[]> = (request: Request, ...rest: Rest) => Response | Promise<Response>

interface HonoContext {
  req: { raw: Request }
}

interface ExpressRequest extends Asked {
  headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

interface ExpressResponse {
  status(code: number): { json(body: unknown): unknown }
}

/** Works as a middleware of Hono and of Express. */
export interface PlanMiddleware {
  (context: HonoContext, next: () => Promise<void>): Promise<Response | void>
  (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void): Promise<void>
}

interface Refusal {
  readonly status: number
  readonly body: { error: string; code: string; message: string }
}

/** What is answered, with 402, to a customer on another plan. A page shows its paywall by it, as by `limit_reached`. */
export interface PlanRequired {
  error: 'plan_required'
  code: 'plan_required'
  message: string
  /** The plan of the customer. */
  plan: string
  /** Those that pass. */
  plans: readonly string[]
  /** The first of them on sale, for `createCheckout`; `null` when none is. `price` is in minor units. */
  upgrade: { tier: string; displayName: string; price: number; currency?: string | undefined } | null
}

/**
 * Wraps a fetch-style handler — a Worker's, a Next route's, Bun's, Deno's — so that only customers on one of the plans
 * reach it. Others get JSON: 401 without a customer, 402 `plan_required` on another plan with the tier to `upgrade` to
 * (`PlanRequired`), 503 when it cannot be known.
 *
 * @example
 * ```ts
 * const GET = withPlan({ dream, plans: ['pro', 'max'] }, async () => Response.json({ report: 'paid content' }))
 * const headers = { Authorization: `Bearer ${token}` }
 * const response = await GET(new Request('https://app.example/report', { headers }))
 * console.log(response.status)
 * ```
 */
export function withPlan<Rest extends unknown[]>(options: GateOptions, handler: Handler<Rest>): Handler<Rest> {
  return async (request, ...rest) => {
    const refusal = await judge(options, request)
    return refusal === null ? handler(request, ...rest) : Response.json(refusal.body, { status: refusal.status })
  }
}

/**
 * Makes a middleware for Hono or Express that lets only customers on one of the plans pass, and answers others as
 * `withPlan` does.
 *
 * @example
 * ```ts
 * const middleware = requirePlan({ dream, plans: 'pro', customer: () => customerId })
 * const context = { req: { raw: new Request('https://app.example/report') } }
 * const refused = await middleware(context, async () => console.log('served'))
 * console.log(refused?.status)
 * ```
 */
export function requirePlan<R extends Asked = Request>(options: GateOptions<R>): PlanMiddleware {
  async function middleware(
    first: HonoContext | ExpressRequest,
    second: (() => Promise<void>) | ExpressResponse,
    third?: (error?: unknown) => void,
  ): Promise<Response | void> {
    const isExpress = third !== undefined
    const request = isExpress ? first : (first as HonoContext).req.raw
    const refusal = await judge(options, request as R)
    if (isExpress) return void (refusal === null ? third() : answer(second as ExpressResponse, refusal))
    if (refusal !== null) return Response.json(refusal.body, { status: refusal.status })
    await (second as () => Promise<void>)()
  }
  return middleware as PlanMiddleware
}

const answer = (response: ExpressResponse, { status, body }: Refusal): unknown => response.status(status).json(body)

/** `null` lets pass. What cannot be known does not. */
async function judge<R extends Asked>({ dream, plans, customer }: GateOptions<R>, request: R): Promise<Refusal | null> {
  const wanted = typeof plans === 'string' ? [plans] : plans
  const who = customer === undefined ? tokenOf(request) : await customer(request)
  if (!who) return refused(401, 'missing_customer', 'Sign in first.')
  try {
    const api = customer === undefined ? dream.forToken(who) : dream.forCustomer(who)
    const { plan } = await api.usage.check()
    return wanted.includes(plan) ? null : { status: 402, body: await planRequired(dream, plan, wanted) }
  } catch (error) {
    const { status, reason, message } = error as { status?: number; reason?: Reason; message: string }
    if (reason === undefined) throw error
    return refused(status === 401 || status === 403 || status === 429 ? status : 503, reason, message)
  }
}

async function planRequired(dream: DreamAPI, plan: string, plans: readonly string[]): Promise<PlanRequired> {
  const { tiers } = await dream.products.listTiers()
  const found = tiers.find(({ name }) => plans.includes(name))
  const code = 'plan_required'
  const message = `This needs the plan ${plans.join(' or ')}.`
  return { error: code, code, message, plan, plans, upgrade: found ? toUpgrade(found) : null }
}

const toUpgrade = ({ name, displayName, price, currency }: Tier): PlanRequired['upgrade'] => ({
  tier: name,
  displayName,
  price,
  currency,
})

function tokenOf({ headers }: Asked): string | null {
  const read = (name: string): string =>
    String((typeof headers.get === 'function' ? headers.get(name) : (headers as Record<string, unknown>)[name]) ?? '')
  return read('x-clerk-token') || (/^Bearer +(\S+)$/i.exec(read('authorization'))?.[1] ?? null)
}

const refused = (status: number, code: string, message: string): Refusal => ({
  status,
  body: { error: code, code, message },
})
