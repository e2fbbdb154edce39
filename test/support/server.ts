/** The whole product on a port: the app's sandbox build and the sandbox beside it, real workerd, real SQLite. */

import { existsSync } from 'node:fs'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import {
  ACCESS,
  CLERK,
  CLIENT_ID,
  CUSTOMER_TOKEN_KEYS,
  RESEND_API_KEY,
  STRIPE_SECRET_KEY,
  STRIPE_WEBHOOK_SECRET,
} from '../sandbox/keys.ts'
import { bundle } from './bundle.ts'
import { showLine } from './log.ts'
import { onFreePort } from './port.ts'

const root = new URL('../../', import.meta.url)
const at = (path: string) => new URL(path, root).pathname

export const COMPATIBILITY_DATE = '2026-10-01'

export interface Server {
  readonly url: string
  readonly port: number
  /** The reports' database. */
  db(): Promise<D1Database>
  /** The store of images. */
  images(): Promise<R2Bucket>
  /** Sends a request to Stripe's or Clerk's address, as somebody else than the app would: a developer, for one. */
  outside(url: string, init?: RequestInit): Promise<Response>
  stop(): Promise<void>
}

export interface ServerOptions {
  /** 0 picks a free one. */
  readonly port: number
  /** `null` keeps everything in memory. */
  readonly stateDir: string | null
  /** Built already; left out, they are built here, once a process. */
  readonly workers?: Workers
  /** The folder of the built dashboard; left out, there is only the API. */
  readonly dashboard?: string
  /** Where it is reached, when something stands before it. */
  readonly origin?: string
  /** Other limits of the edge than a deployment has, by the minute. */
  readonly limits?: Partial<Record<keyof typeof LIMITS, number>>
}

/** As `[[ratelimits]]` of wrangler.toml says. */
const LIMITS = {
  FLOOD_PLACE: { namespace_id: '4121', simple: { limit: 600, period: 60 } },
  FLOOD_KEY: { namespace_id: '4122', simple: { limit: 1000, period: 10 } },
  GUESSES: { namespace_id: '4123', simple: { limit: 20, period: 60 } },
} as const

/** Both Workers as module text. */
export type Workers = readonly [app: string, sandbox: string]

/** The settings of a deployment whose Stripe and Clerk are the sandbox. */
export function sandboxSettings(origin: string): Record<string, string> {
  return {
    KEY_SECRET: 'sandbox-key-secret',
    STRIPE_SECRET_KEY_TEST: STRIPE_SECRET_KEY.test,
    STRIPE_SECRET_KEY_LIVE: STRIPE_SECRET_KEY.live,
    STRIPE_WEBHOOK_SECRET_TEST: STRIPE_WEBHOOK_SECRET.connect.test,
    STRIPE_WEBHOOK_SECRET_LIVE: STRIPE_WEBHOOK_SECRET.connect.live,
    CLERK_WEBHOOK_SECRET_TEST: CLERK.test.webhookSecret,
    CLERK_WEBHOOK_SECRET_LIVE: CLERK.live.webhookSecret,
    CLERK_SECRET_KEY_TEST: CLERK.test.secretKey,
    CLERK_SECRET_KEY_LIVE: CLERK.live.secretKey,
    CLERK_PUBLISHABLE_KEY_TEST: CLERK.test.publishableKey,
    CLERK_PUBLISHABLE_KEY_LIVE: CLERK.live.publishableKey,
    CLERK_JWT_KEY_TEST: CLERK.test.publicKey,
    CLERK_JWT_KEY_LIVE: CLERK.live.publicKey,
    STRIPE_WEBHOOK_SECRET_PLATFORM: STRIPE_WEBHOOK_SECRET.platform.live,
    STRIPE_CLIENT_ID_TEST: CLIENT_ID.test,
    STRIPE_CLIENT_ID_LIVE: CLIENT_ID.live,
    STRIPE_AUTHORIZE_URL: `${origin}/sandbox/connect/authorize`,
    CLERK_SECRET_KEY_MEMBERS: CLERK.developer.secretKey,
    CLERK_PUBLISHABLE_KEY_MEMBERS: CLERK.developer.publishableKey,
    CLERK_JWT_KEY_MEMBERS: CLERK.developer.publicKey,
    DASHBOARD_URL: origin,
    WEBHOOKS_LOOPBACK: 'allowed',
    ACCESS_TEAM: ACCESS.team,
    ACCESS_AUDIENCE: ACCESS.audience,
    EMAIL_API_KEY: RESEND_API_KEY,
    EMAIL_FROM: 'dream-api <hello@dream.example>',
    API_URL: origin,
    CLERK_SCRIPT_URL: `${origin}/sandbox/clerk/clerk.js`,
    CUSTOMER_TOKEN_KEYS: JSON.stringify(CUSTOMER_TOKEN_KEYS),
    SIGN_IN_ORIGINS: origin === 'http://localhost:8787' ? origin : `${origin},http://localhost:8787`,
  }
}

/** Both Workers, built once a process however many servers it starts, and once a run of the tests. */
let built: Promise<Workers> | null = null
function build(): Promise<Workers> {
  const folder = process.env['DREAM_BUILDS']
  built ??= folder === undefined ? buildSandbox() : builtIn(folder)
  return built
}

const buildSandbox = () => buildWorkers(at('test/sandbox/app.ts'))

async function builtIn(folder: string): Promise<Workers> {
  const file = join(folder, 'workers.json')
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Workers
  const workers = await buildSandbox()
  await writeFile(`${file}.${process.pid}`, JSON.stringify(workers))
  await rename(`${file}.${process.pid}`, file) // whole or not there
  return workers
}

export async function buildWorkers(app: string): Promise<Workers> {
  await generateContract()
  return Promise.all([bundle(app), bundle(at('test/sandbox/index.ts'))])
}

async function generateContract(): Promise<void> {
  if (!existsSync(at('.generated/stripe-contract.json'))) await import('../sandbox/contract/generate.ts')
}

export async function startServer({ port, workers, ...options }: ServerOptions): Promise<Server> {
  const texts = workers ?? (await build())
  const start = (chosen: number) => startOn(chosen, { ...options, workers: texts })
  return port === 0 ? onFreePort(start) : start(port)
}

async function startOn(
  port: number,
  {
    stateDir,
    workers: [app, sandbox],
    dashboard,
    origin,
    limits = {},
  }: Omit<ServerOptions, 'port'> & { workers: Workers },
): Promise<Server> {
  const url = `http://localhost:${port}`
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port,
      cf: false,
      logRequests: false,
      log: new Log(LogLevel.WARN),
      handleStructuredLogs: showLine,
      ...(stateDir === null ? {} : { resourcePersistencePath: stateDir }),
      workers: [
        {
          name: 'app',
          modules: [{ type: 'ESModule', path: 'app.js', contents: app }],
          compatibilityDate: COMPATIBILITY_DATE,
          durableObjects: {
            PROJECT: { className: 'Project', useSQLite: true },
            FEED: { className: 'Feed', useSQLite: true },
            CONNECTION: { className: 'Connection', useSQLite: true },
            ACCOUNT: { className: 'Account', useSQLite: true },
            PERSON: { className: 'Person', useSQLite: true },
            REGISTRY: { className: 'Registry', useSQLite: true },
            TRIAL: { className: 'Trial', useSQLite: true },
          },
          d1Databases: { DB: 'dream-api' },
          r2Buckets: { IMAGES: 'dream-api-images' },
          ratelimits: limitsWith(limits),
          serviceBindings: { SANDBOX: 'sandbox' },
          outboundService: 'sandbox',
          ...(dashboard === undefined ? {} : { assets: assetsIn(dashboard) }),
          bindings: sandboxSettings(origin ?? url),
        },
        {
          name: 'sandbox',
          modules: [{ type: 'ESModule', path: 'sandbox.js', contents: sandbox }],
          compatibilityDate: COMPATIBILITY_DATE,
          durableObjects: { SANDBOX: { className: 'Sandbox', useSQLite: true } },
          serviceBindings: { APP: 'app' },
          bindings: { ORIGIN: origin ?? url },
        },
      ],
    }),
  )
  await miniflare.ready
  await migrate(await miniflare.getD1Database('DB', 'app'))
  const stripeAndClerk = await miniflare.getWorker('sandbox')
  return {
    url,
    port,
    db: () => miniflare.getD1Database('DB', 'app'),
    images: async () => (await miniflare.getR2Bucket('IMAGES', 'app')) as unknown as R2Bucket,
    outside: (address, init) =>
      stripeAndClerk.fetch(address, init as Parameters<typeof stripeAndClerk.fetch>[1]) as unknown as Promise<Response>,
    stop: () => miniflare.dispose(),
  }
}

const limitsWith = (limits: NonNullable<ServerOptions['limits']>) =>
  Object.fromEntries(
    Object.entries(LIMITS).map(([name, deployed]) => {
      const limit = limits[name as keyof typeof LIMITS]
      return [name, limit === undefined ? deployed : { ...deployed, simple: { limit, period: 60 as const } }]
    }),
  )

/** As `[assets]` of wrangler.toml says. */
const assetsIn = (directory: string) => ({
  directory,
  binding: 'ASSETS',
  routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
  assetConfig: { html_handling: 'none' as const, not_found_handling: 'none' as const },
})

/** Applies what is missing of `worker/migrations`, remembered in the table that wrangler uses too. */
async function migrate(db: D1Database): Promise<void> {
  await db
    .prepare(
      'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TEXT)',
    )
    .run()
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  const files = (await readdir(at('worker/migrations'))).filter((name) => name.endsWith('.sql')).toSorted()
  for (const name of files.filter((file) => !applied.has(file))) {
    const statements = (await readFile(at(`worker/migrations/${name}`), 'utf8'))
      .replaceAll(/^--.*$/gm, '')
      .split(';')
      .map((statement) => statement.trim())
      .filter((statement) => statement !== '')
    await db.batch([
      ...statements.map((statement) => db.prepare(statement)),
      db.prepare("INSERT INTO d1_migrations (name, applied_at) VALUES (?, datetime('now'))").bind(name),
    ])
  }
}
