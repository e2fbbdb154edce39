/** Starts the sandbox Worker alone, with a stand-in for our app that records the webhooks it is sent. For Node tests. */
import { existsSync } from 'node:fs'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { Stripe } from 'stripe'
import { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET } from '../sandbox/keys.ts'
import { bundle } from './bundle.ts'

const ORIGIN = 'http://localhost:8787'
const at = (path: string) => new URL(`../../${path}`, import.meta.url).pathname

/** The app's side of the wire: answers webhooks with the status it was told and remembers what it heard. */
const APP = `
let heard = [], status = 200
export default {
  async fetch(request) {
    const url = new URL(request.url)
    if (url.pathname === '/heard') return Response.json(heard)
    if (url.pathname === '/forget') { heard = []; return new Response('ok') }
    if (url.pathname === '/status') { status = Number(url.searchParams.get('is')); return new Response('ok') }
    heard.push({ path: url.pathname, signature: request.headers.get('stripe-signature'), body: await request.text(), status })
    return new Response('', { status })
  },
}`

const PROXY = `
export default {
  fetch(request, env) {
    const url = new URL(request.url)
    if (url.pathname === '/rpc') return rpc(request, env)
    const target = request.headers.get('x-target')
    if (target === null) return env.SANDBOX.fetch(request)
    const headers = new Headers(request.headers)
    headers.delete('x-target')
    const init = { method: request.method, headers, redirect: 'manual', body: request.body }
    return env.SANDBOX.fetch(new Request(target, init))
  },
}
async function rpc(request, env) {
  const { method, args } = await request.json()
  try { return Response.json({ value: (await env.SANDBOX[method](...args)) ?? null }) }
  catch (error) { return Response.json({ error: String(error) }) }
}`

export interface Heard {
  path: string
  signature: string
  body: string
  status: number
}

export interface SandboxOptions {
  /** A folder that keeps the state, to start from it again. */
  persist?: string
}

export async function startSandbox({ persist }: SandboxOptions = {}) {
  if (!existsSync(at('.generated/stripe-contract.json'))) await import('../sandbox/contract/generate.ts')
  const script = await bundle(at('test/sandbox/index.ts'))
  const compatibilityDate = '2026-10-01'
  const shared = { modules: true, compatibilityDate }
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...(persist && { resourcePersistencePath: persist }),
      workers: [
        { ...shared, name: 'proxy', script: PROXY, serviceBindings: { SANDBOX: 'sandbox' } },
        {
          ...shared,
          name: 'sandbox',
          script,
          bindings: { ORIGIN },
          serviceBindings: { APP: 'app' },
          durableObjects: { SANDBOX: { className: 'Sandbox', useSQLite: true } },
        },
        { ...shared, name: 'app', script: APP },
      ],
    }),
  )
  await miniflare.ready
  const app = await miniflare.getWorker('app')

  async function rpc<T>(method: string, ...args: unknown[]): Promise<T> {
    const response = await miniflare.dispatchFetch(`${ORIGIN}/rpc`, {
      method: 'POST',
      body: JSON.stringify({ method, args }),
    })
    const { value, error } = (await response.json()) as { value: T; error?: string }
    if (error) throw new Error(error)
    return value
  }

  /** Sends a request to a real Stripe or Clerk address, as the app's outgoing fetches do. */
  async function toService(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...Object.fromEntries(new Headers(init.headers)), 'x-target': url }
    const body = init.body as string | undefined
    const response = await miniflare.dispatchFetch(ORIGIN, { method: init.method, headers, body, redirect: 'manual' })
    const text = await response.text()
    if (response.ok && url.startsWith('https://api.stripe.com')) await holdToContract(JSON.parse(text))
    return new Response(text, {
      status: response.status,
      headers: Object.fromEntries(response.headers),
    })
  }

  function stripe(options: { account?: string; mode?: 'test' | 'live'; retries?: number } = {}): Stripe {
    return new Stripe(STRIPE_SECRET_KEY[options.mode ?? 'test'], {
      stripeAccount: options.account,
      maxNetworkRetries: options.retries ?? 0,
      telemetry: false,
      httpClient: Stripe.createFetchHttpClient((url: string | URL | Request, init?: RequestInit) =>
        toService(String(url), init),
      ),
    })
  }

  async function control<T = Record<string, never>>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T }> {
    const init = { method, body: body === undefined ? undefined : JSON.stringify(body) }
    const response = await miniflare.dispatchFetch(`${ORIGIN}/sandbox${path}`, init)
    return { status: response.status, body: (await response.json()) as T }
  }

  function page(path: string, form?: Record<string, string>): Promise<Response> {
    const init = form && { method: 'POST', body: new URLSearchParams(form).toString() }
    return miniflare.dispatchFetch(new URL(path, ORIGIN).href, {
      ...init,
      redirect: 'manual',
    }) as unknown as Promise<Response>
  }

  async function settle() {
    while ((await rpc<number>('settle')) > 0);
  }

  async function now(): Promise<number> {
    return Date.now() + (await rpc<number>('clock'))
  }

  async function advance(ms: number) {
    await rpc('advanceTo', (await now()) + ms)
  }

  /** What the app heard, with every signature verified by Stripe's own library. */
  async function heard(): Promise<(Stripe.Event & { path: string })[]> {
    await settle()
    const all = (await (await app.fetch(`${ORIGIN}/heard`)).json()) as Heard[]
    return Promise.all(all.map(verified))
  }

  async function verified({ path, signature, body }: Heard): Promise<Stripe.Event & { path: string }> {
    const secrets = path.endsWith('/platform') ? STRIPE_WEBHOOK_SECRET.platform : STRIPE_WEBHOOK_SECRET.connect
    const mode = (JSON.parse(body) as { livemode: boolean }).livemode ? 'live' : 'test'
    const signedAt = Number(/^t=(\d+)/.exec(signature)?.[1])
    await holdToContract((JSON.parse(body) as Stripe.Event).data.object)
    const event = await stripe().webhooks.constructEventAsync(
      body,
      signature,
      secrets[mode],
      300,
      undefined,
      signedAt * 1000,
    )
    return { ...event, path }
  }

  return {
    origin: ORIGIN,
    stripe,
    toService,
    control,
    page,
    settle,
    now,
    advance,
    heard,
    nextDue: () => rpc<number | null>('nextDue'),
    clock: () => rpc<number>('clock'),
    forget: () => app.fetch(`${ORIGIN}/forget`),
    answerWith: (status: number) => app.fetch(`${ORIGIN}/status?is=${status}`),
    stop: () => miniflare.dispose(),
  }
}

/** Fails when an object is not what the SDK's types promise. Loaded late: the contract may have to be generated first. */
async function holdToContract(object: unknown) {
  const { checkStripeObject } = await import('../sandbox/contract/contract.ts')
  const problems = checkStripeObject(object as Record<string, unknown>)
  if (problems.length > 0) throw new Error(`the sandbox answered what Stripe would not: ${problems.join('; ')}`)
}

export type RunningSandbox = Awaited<ReturnType<typeof startSandbox>>
