/** Starts the production bundle in workerd, with its state in a temporary folder and no proxy before it. */

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { unstable_readConfig } from 'wrangler'
import { CLERK, CLIENT_ID, CUSTOMER_TOKEN_KEYS, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET } from '../sandbox/keys.ts'
import { freePort } from '../support/port.ts'

const ROOT = join(import.meta.dirname, '../..')
const ENTRYPOINTS = ['default', 'hello', 'naive', 'original', 'cart', 'setup'] as const

export type Entrypoint = (typeof ENTRYPOINTS)[number]

/** Where our own sign-in pages would be: tokens issued to them hold for every project. */
export const SIGN_IN_ORIGIN = 'https://sign-in.example'

interface Limit {
  readonly name: string
  readonly namespace_id: string
  readonly simple: { readonly limit: number; readonly period: 10 | 60 }
}

/** What is read of wrangler.toml, so that a binding added there is here too. */
interface Config {
  readonly compatibility_date: string
  readonly compatibility_flags: string[]
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] }
  readonly d1_databases: readonly { readonly binding: string }[]
  readonly r2_buckets: readonly { readonly binding: string }[]
  readonly ratelimits: readonly Limit[]
}

export interface Server {
  readonly ports: Readonly<Record<Entrypoint, number>>
  /** Process id of workerd, where the system tells. */
  readonly pid: number | null
  /** The address of workerd's inspector, when it was asked for. */
  readonly inspector: string | null
  call<T>(path: string): Promise<T>
  stop(): Promise<void>
}

export async function startServer(options: { inspector: boolean }): Promise<Server> {
  const state = await mkdtemp(join(tmpdir(), 'dream-api-bench-'))
  const sockets = await Promise.all(ENTRYPOINTS.map(async (entrypoint) => ({ entrypoint, port: await freePort() })))
  const inspectorPort = options.inspector ? await freePort() : undefined
  const config = unstable_readConfig({ config: join(ROOT, 'wrangler.toml') }) as Config
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'bench',
      modules: [{ type: 'ESModule', path: join(state, 'worker.js'), contents: await bundle() }],
      modulesRoot: state,
      compatibilityDate: config.compatibility_date,
      compatibilityFlags: config.compatibility_flags,
      durableObjects: Object.fromEntries(
        [...config.durable_objects.bindings, { name: 'COUNTER', class_name: 'Counter' }].map((binding) => [
          binding.name,
          { className: binding.class_name, useSQLite: true },
        ]),
      ),
      d1Databases: [...config.d1_databases.map(({ binding }) => binding), 'ORIGINAL_DB'],
      r2Buckets: config.r2_buckets.map(({ binding }) => binding),
      ratelimits: Object.fromEntries(config.ratelimits.map(({ name, ...limit }) => [name, limit])),
      kvNamespaces: ['ORIGINAL_KV'],
      bindings: settings(),
      unsafeDirectSockets: sockets.map(({ entrypoint, port }) => ({
        host: '127.0.0.1',
        port,
        ...(entrypoint === 'default' ? {} : { entrypoint }),
      })),
      host: '127.0.0.1',
      resourcePersistencePath: state,
      ...(inspectorPort === undefined ? {} : { inspectorPort }),
      cf: false,
      logRequests: false,
    }),
  )
  await miniflare.ready
  await migrate(await miniflare.getD1Database('DB'))
  const ports = Object.fromEntries(sockets.map(({ entrypoint, port }) => [entrypoint, port])) as Server['ports']
  return {
    ports,
    pid: await pidOfWorkerd(),
    inspector: inspectorPort === undefined ? null : `127.0.0.1:${inspectorPort}`,
    call: async <T>(path: string) => {
      const response = await fetch(`http://127.0.0.1:${ports.setup}${path}`)
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
      return (await response.json()) as T
    },
    stop: async () => {
      await miniflare.dispose()
      await rm(state, { recursive: true, force: true })
    },
  }
}

/** The bundle as it would be deployed. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'worker.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.md': 'text' },
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0]!.text
}

const settings = () => ({
  KEY_SECRET: 'the secret of a measurement that opens nothing',
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
  CLERK_SECRET_KEY_MEMBERS: CLERK.developer.secretKey,
  CLERK_PUBLISHABLE_KEY_MEMBERS: CLERK.developer.publishableKey,
  CLERK_JWT_KEY_MEMBERS: CLERK.developer.publicKey,
  DASHBOARD_URL: SIGN_IN_ORIGIN,
  API_URL: SIGN_IN_ORIGIN,
  CUSTOMER_TOKEN_KEYS: JSON.stringify(CUSTOMER_TOKEN_KEYS),
  SIGN_IN_ORIGINS: SIGN_IN_ORIGIN,
})

async function migrate(db: D1Database): Promise<void> {
  const folder = join(ROOT, 'worker/migrations')
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()) {
    const statements = (await readFile(join(folder, file), 'utf8')).replaceAll(/--.*$/gm, '').split(';')
    await db.batch(statements.filter((sql) => sql.trim() !== '').map((sql) => db.prepare(sql)))
  }
}

/** The child of this process that is workerd, as Linux tells it. */
async function pidOfWorkerd(): Promise<number | null> {
  const children = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8').catch(() => '')
  for (const pid of children
    .split(' ')
    .filter((word) => word !== '')
    .map(Number)) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    if (name.trim() === 'workerd') return pid
  }
  return null
}
