/** A project as a file: written down, compared, changed to what it says, and never emptied by mistake. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DreamAdmin } from '../../../sdk/admin.ts'
import { readEnv } from '../../../sdk/cli/env.ts'
import { importCompiled, readConfig } from '../../../sdk/cli/config/file.ts'
import { run } from '../../../sdk/cli/run.ts'
import type { DreamConfig } from '../../../sdk/config.ts'
import { useApp, type TestProject } from '../../support/app.ts'
import { LADDER } from '../../support/billing.ts'
import { aShell } from '../../support/shell.ts'

const app = useApp()
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dream-config-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** One call of the command line in the folder. */
async function dream(project: TestProject, ...words: string[]) {
  const env = { DREAM_API_SECRET_KEY: project.secretKey, DREAM_API_URL: app().server.url }
  const shell = aShell({ folder, env })
  return { exit: await run(words, shell), said: shell.said() }
}

const adminOf = ({ secretKey }: TestProject) => new DreamAdmin({ secretKey, baseUrl: app().server.url })
const file = () => readFileSync(join(folder, 'dream.config.ts'), 'utf8')
/** A file that needs no package to be installed beside it. */
const write = (config: DreamConfig) =>
  writeFileSync(join(folder, 'dream.config.ts'), `export default ${JSON.stringify(config)}`)
/** What was pulled, without the one import that resolves only where the package is installed. */
const local = () =>
  writeFileSync(
    join(folder, 'dream.config.ts'),
    file().replace(/^import .*\n/, 'const defineConfig = <T>(config: T): T => config\n'),
  )

const usd = (unitAmount: number) => ({ interval: 'month' as const, unitAmount, currency: 'usd' })
const limit = (requests: number | null) => ({ requests: { limit: requests, period: 'month' as const } })
const free = { slug: 'free', displayName: 'Free', limits: limit(5), prices: [usd(0)] }
const pro = { slug: 'pro', displayName: 'Pro', limits: limit(50), prices: [usd(1000)] }
const team = { slug: 'team', displayName: 'Team', limits: limit(null), prices: [usd(9900)], features: ["Everyone's"] }

const mug = {
  slug: 'mug',
  name: 'Mug',
  options: ['size'],
  variants: [
    { options: { size: 'S' }, sku: 'mug-s', prices: [{ unitAmount: 900, currency: 'usd' }], stock: 3 },
    { options: { size: 'L' }, sku: 'mug-l', prices: [{ unitAmount: 1200, currency: 'usd' }], stock: 2 },
  ],
}

describe('pull', () => {
  it('writes a project down, so that there is nothing to change, and a fresh project can be made from it', async () => {
    const project = await app().project({ tiers: LADDER, type: 'store', allowedOrigins: ['https://it-s.example'] })
    await adminOf(project).products.create(mug)
    await adminOf(project).endpoints.create({ url: 'http://localhost:9/hooks', events: ['order.paid'] })
    expect(await dream(project, 'pull')).toEqual({ exit: 0, said: 'Wrote dream.config.ts.' })
    expect(file()).toContain("import { defineConfig } from '@dream-api/sdk/config'\n\nexport default defineConfig({\n")
    expect(file()).toContain("slug: 'pro',\n")
    expect(file()).not.toContain('whsec_')
    expect(await dream(project, 'pull')).toEqual({ exit: 0, said: 'dream.config.ts was right.' })
    local()
    expect((await dream(project, 'plan')).said).toMatch(/Nothing to change\.$/)
    const other = await app().project({ type: 'store', tiers: [LADDER[0]] })
    expect((await dream(other, 'push')).exit).toBe(0)
    expect((await dream(other, 'plan')).said).toMatch(/Nothing to change\.$/)
    expect((await adminOf(other).tiers.list()).tiers.map(({ slug }) => slug)).toEqual(['free', 'pro', 'max'])
  })

  it('does not write over what somebody wrote, unless forced', async () => {
    const project = await app().project({ tiers: LADDER })
    write({ tiers: [free] })
    const before = file()
    expect((await dream(project, 'pull')).exit).toBe(2)
    expect(file()).toBe(before)
    expect((await dream(project, 'pull', '--force')).exit).toBe(0)
    expect(file()).toContain("slug: 'max'")
  })
})

describe('push', () => {
  it('makes and changes what the file says, tells what it does, and the second time does nothing', async () => {
    const project = await app().project({ tiers: [LADDER[0], LADDER[1]] })
    const admin = adminOf(project)
    write({
      settings: { allowedOrigins: ['https://app.example'] },
      tiers: [free, team, { ...pro, prices: [usd(1500)] }],
      endpoints: [{ url: 'http://localhost:9/hooks', events: ['order.paid', 'customer.created'] }],
    })
    const planned = await dream(project, 'plan')
    expect(planned.said).toContain("  ~ settings\n      allowedOrigins: [] → ['https://app.example']")
    expect(planned.said).toContain('  + tier team\n')
    expect(planned.said).toMatch(/ {2}~ tier pro\n(?: .*\n)*? {6}prices: \[\{.*unitAmount: 1000.*→.*unitAmount: 1500/)
    expect(planned.said).toContain("order: ['free', 'pro', 'team'] → ['free', 'team', 'pro']")
    expect((await admin.tiers.list()).tiers).toHaveLength(2)

    const pushed = await dream(project, 'push')
    expect(pushed.exit).toBe(0)
    expect(pushed.said).toMatch(/✓ endpoint http:\/\/localhost:9\/hooks\. Its secret, shown this once: whsec_/)
    const { tiers } = await admin.tiers.list()
    expect(tiers.map(({ slug, prices }) => [slug, prices[0]?.unitAmount])).toEqual([
      ['free', 0],
      ['team', 9900],
      ['pro', 1500],
    ])
    expect((await admin.settings.get()).project.allowedOrigins).toEqual(['https://app.example'])

    const { project: before } = await admin.settings.get()
    expect((await dream(project, 'push')).said).toMatch(/Nothing to change\.$/)
    expect((await admin.settings.get()).project.revision).toBe(before.revision)
    expect((await admin.endpoints.list()).endpoints).toHaveLength(1)
  })

  it('takes nothing away, and changes nothing else either, until it is told to', async () => {
    const project = await app().project({ tiers: LADDER, type: 'store' })
    const admin = adminOf(project)
    await admin.products.create(mug)
    await admin.endpoints.create({ url: 'http://localhost:9/hooks', events: ['order.paid'] })
    const [small] = mug.variants
    write({
      tiers: [free, { ...pro, displayName: 'Professional' }],
      products: [{ ...mug, variants: [small!] }],
      endpoints: [],
    })
    const refused = await dream(project, 'push')
    expect(refused.exit).toBe(1)
    for (const gone of ['- tier max', '- variant mug L', '- endpoint http://localhost:9/hooks'])
      expect(refused.said).toContain(gone)
    expect(refused.said).toContain('Nothing was changed')
    expect((await admin.tiers.list()).tiers.every(({ archivedAt }) => archivedAt === null)).toBe(true)
    expect((await admin.tiers.list()).tiers.some(({ displayName }) => displayName === 'Professional')).toBe(false)

    expect((await dream(project, 'push', '--destroy')).exit).toBe(0)
    const { tiers } = await admin.tiers.list()
    expect(tiers.filter(({ archivedAt }) => archivedAt !== null).map(({ slug }) => slug)).toEqual(['max'])
    expect((await admin.products.list()).products[0]?.variants.map(({ sku }) => sku)).toEqual(['mug-s'])
    expect((await admin.endpoints.list()).endpoints).toEqual([])
    expect((await dream(project, 'plan')).said).toMatch(/Nothing to change\.$/)

    write({ tiers: [free, pro, { slug: 'max', displayName: 'Max', limits: limit(500), prices: [usd(5000)] }] })
    expect((await dream(project, 'push')).exit).toBe(0)
    expect((await admin.tiers.list()).tiers.map(({ slug, archivedAt }) => [slug, archivedAt])).toEqual([
      ['free', null],
      ['pro', null],
      ['max', null],
    ])
    expect((await dream(project, 'plan')).said).toMatch(/Nothing to change\.$/)
  })

  it('leaves alone what the file does not speak of, and the stock of what is there', async () => {
    const project = await app().project({ tiers: LADDER, type: 'store' })
    const admin = adminOf(project)
    await admin.products.create(mug)
    write({
      shop: { holdMinutes: 45 },
      products: [{ ...mug, name: 'Cup', variants: mug.variants.map((one) => ({ ...one, stock: 99 })) }],
    })
    const { said } = await dream(project, 'push')
    expect(said).toContain('holdMinutes: 30 → 45')
    expect(said).toContain("name: 'Mug' → 'Cup'")
    expect((await admin.products.list()).products[0]).toMatchObject({ name: 'Cup', available: 5 })
    expect((await admin.tiers.list()).tiers).toHaveLength(3)
    expect((await admin.shop.get()).shop).toMatchObject({ holdMinutes: 45, delayedPayments: true })
  })

  it('says what the server refuses, and what the file has wrong, without a stack', async () => {
    const project = await app().project({ tiers: LADDER })
    expect(await dream(project, 'push')).toMatchObject({
      exit: 2,
      said: expect.stringContaining('There is no dream.config.ts'),
    })
    const wrongs: [DreamConfig, RegExp][] = [
      [{ tier: [] } as object, /knows no tier/],
      [{ tiers: [free, free] }, /a tier twice: free, free/],
      [{ tiers: [free, { ...pro, slug: 'Not A Slug' }] }, /invalid_request/],
    ]
    for (const [config, says] of wrongs) {
      write(config)
      const { exit, said } = await dream(project, 'push', '--destroy')
      expect(said).toMatch(says)
      expect(exit).toBeGreaterThan(0)
    }
  })
})

it('is read with types by a Node that reads none, and leaves nothing beside it', async () => {
  const path = join(process.cwd(), '.generated', `dream.config.${process.pid}.ts`)
  writeFileSync(path, 'const tiers: string[] = []\nexport default { tiers } satisfies { tiers: string[] }')
  expect(await importCompiled(path)).toMatchObject({ default: { tiers: [] } })
  rmSync(path)
  await expect(readConfig(folder)).rejects.toThrow('There is no dream.config.ts here')
})

it('finds the keys in .env and .env.local, as other tools do', () => {
  writeFileSync(join(folder, '.env'), '# keys\nexport A="one two" # said\nB=three\nC=\nnonsense\n')
  writeFileSync(join(folder, '.env.local'), "B='four'\r\nD=five # six\n")
  expect(readEnv(folder)).toEqual({ A: 'one two', B: 'four', C: '', D: 'five' })
  expect(readEnv(join(folder, 'nowhere'))).toEqual({})
})
