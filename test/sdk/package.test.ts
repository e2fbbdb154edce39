/** What is published: packed, installed where nothing else is, and used as ESM, as CJS, with its types and in workerd. */

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useApp } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { buildSdk } from '../support/builtSdk.ts'
import { complaintsOf, program } from '../support/program.ts'
import { COMPATIBILITY_DATE } from '../support/server.ts'

const app = useApp()
const root = resolve(import.meta.dirname, '../..')
const home = mkdtempSync(join(tmpdir(), 'dream-sdk-'))
const installed = join(home, 'node_modules/@dream-api/sdk')

const run = (file: string, ...args: string[]) => program([process.execPath, file, ...args], { cwd: home })
const npx = (words: readonly string[], env: Record<string, string> = {}) =>
  program(['npx', '--no', '@dream-api/sdk', ...words], { cwd: home, env: { ...process.env, ...env } })

/** Installs the packed package into an empty project; nothing is asked of a registry. */
beforeAll(async () => {
  await buildSdk()
  const npm = (...args: string[]) => program(['npm', ...args, '--offline'], { cwd: home })
  const packed = (await npm('pack', join(root, 'sdk'), '--silent', '--ignore-scripts')).trim() // it is built above
  writeFileSync(join(home, 'package.json'), '{ "private": true }')
  await npm('install', `./${packed}`, '--no-audit', '--no-fund')
})
afterAll(() => rmSync(home, { recursive: true }))

/** A program that reads the tiers of a project and says their names. */
const aProgram = async (head: string) => {
  const { publishableKey } = await app().project({ tiers: LADDER })
  return `${head}
const dream = new DreamAPI({ publishableKey: '${publishableKey}', baseUrl: '${app().server.url}' })
dream.products.listTiers().then(({ tiers }) => console.log(tiers.map(({ name }) => name).join()))
dream.customers.get('u').catch((error) => console.log(error instanceof DreamAPIException, error.reason))
`
}
const SAYS = ['free,pro,max', 'true secret_key_required']

const tsc = join(root, 'node_modules/typescript/bin/tsc')

describe('the package', () => {
  it('brings nothing along but itself, and none of its files imports anything', () => {
    expect(readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['@dream-api'])
    const { dependencies, sideEffects } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    expect([dependencies, sideEffects]).toEqual([undefined, false])
    for (const name of ['index', 'account', 'admin', 'config', 'webhooks', 'server']) {
      const esm = readFileSync(join(installed, `dist/esm/${name}.js`), 'utf8')
      expect(esm, name).not.toMatch(/\bimport\b|\brequire\b/)
      expect(readFileSync(join(installed, `dist/cjs/${name}.js`), 'utf8'), name).not.toMatch(/\brequire\(/)
    }
    expect(gzipSync(readFileSync(join(installed, 'dist/esm/index.js')), { level: 9 }).length).toBeLessThan(6 * 1024)
  })

  it('works in an ESM project and in a CJS project', async () => {
    const esm = await aProgram(
      "import Default, { DreamAPI, DreamAPIException } from '@dream-api/sdk'\nif (Default !== DreamAPI) throw 0",
    )
    const cjs = await aProgram(
      "const { DreamAPI, DreamAPIException, default: Default } = require('@dream-api/sdk')\nif (Default !== DreamAPI) throw 0",
    )
    writeFileSync(join(home, 'main.mjs'), esm)
    writeFileSync(join(home, 'main.cjs'), cjs)
    for (const file of ['main.mjs', 'main.cjs']) expect((await run(file)).trim().split('\n').toSorted()).toEqual(SAYS)
  })

  it('is one error to whoever mixes its entries and formats', async () => {
    const code = `import { DreamAPIException } from '@dream-api/sdk'
import { verify } from '@dream-api/sdk/webhooks'
import { createRequire } from 'node:module'
const cjs = createRequire(import.meta.url)('@dream-api/sdk/webhooks')
for (const check of [verify, cjs.verify])
  await check({ headers: {}, body: '' }, 'whsec_YQ==').catch((error) => console.log(error instanceof DreamAPIException))`
    writeFileSync(join(home, 'mixed.mjs'), code)
    expect(await run('mixed.mjs')).toBe('true\ntrue\n')
  })

  it('compiles strictly in either kind of project, its libraries checked too', async () => {
    const code = (from: string) => `${from}
const dream = new DreamAPI({ secretKey: 'sk_test_x' })
export async function used(request: Request): Promise<number | 'unlimited'> {
  const event = await verify(request, 'whsec_YQ==')
  for await (const customer of dream.customers.list()) console.log(customer.email, event.id)
  for await (const change of dream.feed.open({ since: 1 })) console.log(change.kind === 'usage')
  try {
    return (await dream.forCustomer('u').usage.consume({ meter: 'tokens', quantity: 2 })).usage.remaining
  } catch (error) {
    if (error instanceof DreamAPIException && error.reason === 'limit_reached') return error.retryAfter ?? 0
    throw error
  }
}
export const members = new DreamAccount({ session: async () => 'x' }).members.list().then((all) => all.members[0]?.role === 'owner')
export const tiers = new DreamAdmin({ secretKey: 'sk_test_x' }).tiers.list().then((all) => all.tiers[0]?.revision)
export default defineConfig({ endpoints: [{ url: 'https://app.example/hooks', events: ['order.paid'] }] })
// @ts-expect-error: there is no such event
defineConfig({ endpoints: [{ url: 'https://app.example/hooks', events: ['order.payed'] }] })
export const GET = withPlan({ dream, plans: ['pro'] }, async () => Response.json({}))
// @ts-expect-error: a quantity is a number
void dream.usage.consume({ quantity: '2' })
`
    const names = (form: (names: string, from: string) => string) =>
      [
        form('DreamAPI, DreamAPIException', '@dream-api/sdk'),
        form('DreamAccount', '@dream-api/sdk/account'),
        form('DreamAdmin', '@dream-api/sdk/admin'),
        form('defineConfig', '@dream-api/sdk/config'),
        form('verify', '@dream-api/sdk/webhooks'),
        form('withPlan', '@dream-api/sdk/server'),
      ].join('\n')
    writeFileSync(join(home, 'typed.mts'), code(names((name, from) => `import { ${name} } from '${from}'`)))
    writeFileSync(join(home, 'typed.cts'), code(names((name, from) => `import { ${name} } from '${from}'`)))
    const bundled = 'bundled.ts'
    writeFileSync(join(home, bundled), code(names((name, from) => `import { ${name} } from '${from}'`)))
    const lib = 'es2023,dom,dom.iterable,dom.asynciterable'
    const compiled = (module: readonly string[], ...files: string[]) =>
      complaintsOf(
        run(tsc, '--strict', '--noEmit', '--target', 'es2022', '--lib', lib, '--module', ...module, ...files),
      )
    const said = await Promise.all([
      compiled(['nodenext'], 'typed.mts', 'typed.cts'),
      compiled(['node16', '--skipLibCheck'], 'typed.mts', 'typed.cts'),
      compiled(['esnext', '--moduleResolution', 'bundler', '--skipLibCheck'], bundled),
    ])
    expect(said).toEqual(['', '', ''])
  })

  it('resolves every entry that it names, its code and its types, in either format', () => {
    const { exports, bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      exports: Record<string, Record<'import' | 'require', Record<'types' | 'default', string>>>
      bin: Record<string, string>
    }
    const files = Object.values(exports).flatMap((entry) => Object.values(entry).flatMap((one) => Object.values(one)))
    const missing = [...files, ...Object.values(bin)].filter((file) => !existsSync(join(installed, file)))
    expect(missing).toEqual([])
    expect(
      readdirSync(join(installed, 'dist/esm'))
        .filter((name) => name.endsWith('.js'))
        .toSorted(),
    ).toEqual(
      Object.keys(exports)
        .map((entry) => `${entry === '.' ? 'index' : entry.slice(2)}.js`)
        .toSorted(),
    )
  })

  it('is a command line too, for npx', async () => {
    expect(await npx([])).toContain('doctor')
    expect(await npx(['doctor', '--build', 'node_modules/@dream-api'])).toMatch(/^✓ secrets/)
  })

  it('makes an app from the templates that it brings along', async () => {
    expect(await npx(['create', 'my-app', '--template', 'saas-react'])).toContain('Made my-app')
    const files = readdirSync(join(home, 'my-app'), { recursive: true })
    expect(files).toEqual(
      expect.arrayContaining(['.env.example', '.gitignore', 'AGENTS.md', '.claude/commands/pwa.md']),
    )
    const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    const { dependencies } = JSON.parse(readFileSync(join(home, 'my-app/package.json'), 'utf8'))
    expect(dependencies['@dream-api/sdk']).toBe(`^${version}`)
  })

  it('makes one by `npm create dream-app` too', async () => {
    const creator = join(home, 'node_modules/create-dream-app')
    cpSync(join(root, 'sdk/create-dream-app'), creator, { recursive: true })
    const words = ['made', '--template', 'store-react', '--key', 'pk_test_x']
    expect(await run(join(creator, 'bin.js'), ...words)).toContain('npm install')
    expect(readFileSync(join(home, 'made/.env.local'), 'utf8')).toBe('VITE_DREAM_PUBLISHABLE_KEY=pk_test_x\n')
    const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    const { dependencies } = JSON.parse(readFileSync(join(creator, 'package.json'), 'utf8'))
    expect(dependencies).toEqual({ '@dream-api/sdk': `^${version}` })
    rmSync(creator, { recursive: true })
  })

  it('keeps a project as a typed file, from its own command line', async () => {
    const { secretKey } = await app().project({ tiers: LADDER })
    const env = { DREAM_API_URL: app().server.url }
    writeFileSync(join(home, '.env.local'), `DREAM_API_SECRET_KEY=${secretKey}`)
    expect(await npx(['pull'], env)).toBe('Wrote dream.config.ts.\n')
    expect(await npx(['plan'], env)).toContain('Nothing to change.')
  })

  it('runs in workerd, from its ESM files as they are', async () => {
    const project = await app().project({ tiers: LADDER, type: 'store' })
    const names = ['admin', 'server', 'webhooks']
    const entries = names.map((name) => ({
      type: 'ESModule' as const,
      path: `${name}.js`,
      contents: readFileSync(join(installed, `dist/esm/${name}.js`), 'utf8'),
    }))
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        compatibilityDate: COMPATIBILITY_DATE,
        modules: [{ type: 'ESModule', path: 'worker.js', contents: WORKER }, ...entries],
      }),
    )
    try {
      const body = JSON.stringify({ secretKey: project.secretKey, baseUrl: app().server.url })
      const answer = await miniflare.dispatchFetch('http://worker/', { method: 'POST', body })
      expect(await answer.json()).toEqual({
        used: 2,
        told: 2,
        reversed: true,
        refused: 'limit_reached',
        plan: 'pro',
        order: 'expired',
        tiers: ['free', 'pro', 'max'],
        secret: 'whsec_',
        exported: true,
        gates: [402, 200],
        unsigned: 'signature_missing',
      })
    } finally {
      await miniflare.dispose()
    }
  })
})

/** A Worker that calls a noun after the other. */
const WORKER = `
import { DreamAdmin } from './admin.js'
import { withPlan } from './server.js'
import { verify } from './webhooks.js'

const back = { successUrl: 'http://localhost:3000/', cancelUrl: 'http://localhost:3000/' }
const reasonOf = (call) => call.then(() => null, ({ reason }) => reason)

export default {
  async fetch(request) {
    const dream = new DreamAdmin(await request.json())
    const { id, usage } = await dream.forCustomer('u').usage.consume({ quantity: 2 })
    let told = null
    for await (const change of dream.feed.open({ since: 0 })) if (change.kind === 'usage') { told = change.row.used; break }
    const { reversed } = await dream.usage.reverse(id)
    const refused = await reasonOf(dream.forCustomer('u').usage.consume({ quantity: 6 }))
    const { customer } = await dream.customers.create({ email: 'worker@' + crypto.randomUUID() + '.example', plan: 'pro' })
    const prices = [{ unitAmount: 900, currency: 'usd' }]
    const { product } = await dream.products.create({ name: 'Mug', variants: [{ prices, stock: 2 }] })
    const { orderId } = await dream.products.cartCheckout({ items: [{ variantId: product.variants[0].id }], ...back })
    const { order } = await dream.orders.cancel(orderId)
    const { secret } = await dream.endpoints.create({ url: 'http://localhost:9/', events: ['order.paid'] })
    await dream.keys.create({ name: 'reports', scopes: ['read'] })
    const tables = new Set()
    for await (const { table } of dream.exports.rows()) tables.add(table)
    const gate = (who) => withPlan({ dream, plans: 'pro', customer: () => who }, () => new Response())(request)
    return Response.json({
      used: usage.used,
      told,
      reversed,
      refused,
      plan: customer.plan,
      order: order.status,
      tiers: (await dream.tiers.list()).tiers.map(({ slug }) => slug),
      secret: secret.slice(0, 6),
      exported: ['keys', 'customers', 'orders', 'variants'].every((table) => tables.has(table)),
      gates: [(await gate('u')).status, (await gate(customer.id)).status],
      unsigned: await reasonOf(verify(new Request('http://worker/', { method: 'POST', body: '{}' }), 'whsec_YQ==')),
    })
  },
}`
