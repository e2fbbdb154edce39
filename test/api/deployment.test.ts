/** What a deployment needs, and what it says when something of it is missing. */

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildWorkers, sandboxSettings, startServer, type Server } from '../support/server.ts'

const root = (path: string) => new URL(`../../${path}`, import.meta.url).pathname
const at = (path: string) => readFileSync(root(path), 'utf8')

const toml = at('wrangler.toml')
const example = at('.dev.vars.example')
const deploy = /^## Deploy\n([\s\S]*?)\n## /m.exec(at('README.md'))![1]!

/** Each line of the interface: its name, whether it may be left out, and what it is. */
const DECLARED = [...at('worker/env.ts').matchAll(/^ {2}readonly ([A-Z_]+)(\??): (.+)$/gm)].map(
  ([, name = '', optional, type = '']) => ({
    name,
    isOptional: optional === '?',
    isBinding: !/^string$|^'/.test(type),
  }),
)
const namesOf = (those: typeof DECLARED) => those.map(({ name }) => name).toSorted()
const bindings = DECLARED.filter(({ isBinding }) => isBinding)
/** The sandbox alone sets these: in a deployment they have no other value than the default. */
const OF_THE_SANDBOX = ['STRIPE_AUTHORIZE_URL', 'CLERK_SCRIPT_URL']
const settings = DECLARED.filter(({ name, isBinding }) => !isBinding && !OF_THE_SANDBOX.includes(name))
const needed = DECLARED.filter(({ isOptional }) => !isOptional)

let server: Server
beforeAll(async () => {
  server = await startServer({ port: 0, stateDir: null, workers: await buildWorkers(root('test/support/lacking.ts')) })
})
afterAll(() => server.stop())

const PATHS = ['/health', '/api/tiers', '/webhook/stripe', '/account', '/docs', '/sandbox/demo', '/nowhere']

/** What the production Worker says when these settings are different. */
async function said(path: string, settings: Record<string, string>) {
  const answer = await fetch(server.url + path, { headers: { 'X-Settings': JSON.stringify(settings) } })
  const text = await answer.text()
  return { status: answer.status, text, body: JSON.parse(text) as Record<string, unknown> }
}

describe('a deployment', () => {
  it('that has everything is served, and has no sandbox in it', async () => {
    expect((await said('/health', {})).status).toBe(200)
    expect((await said('/sandbox/demo', {})).status).toBe(404)
  })

  it.each(namesOf(needed))('that lacks %s answers 503 with its name, on every path', async (name) => {
    for (const path of PATHS) {
      const { status, body } = await said(path, { [name]: '' })
      expect([status, path]).toEqual([503, path])
      expect(body).toMatchObject({ code: 'misconfigured', missing: [name], message: expect.stringContaining(name) })
    }
  })

  it('names everything that it lacks at once, and no value', async () => {
    const { body } = await said('/', Object.fromEntries(needed.map(({ name }) => [name, ''])))
    expect((body['missing'] as string[]).toSorted()).toEqual(namesOf(needed))
    const { text } = await said('/', { API_URL: '' })
    for (const value of Object.values(sandboxSettings(server.url))) expect(text).not.toContain(value)
  })

  it('whose keys of test and live are mixed up serves nobody', async () => {
    const { status, text } = await said('/health', { STRIPE_SECRET_KEY_TEST: 'sk_live_1' })
    expect([status, text]).toEqual([503, expect.stringContaining('STRIPE_SECRET_KEY_TEST')])
    expect(text).not.toContain('sk_live_1')
    expect((await said('/health', { STRIPE_SECRET_KEY_LIVE: 'rk_test_1' })).status).toBe(503)
  })

  it('finds every setting in the example file, with a word on what it is for', () => {
    const named = [...example.matchAll(/^(# )?([A-Z_]+)=/gm)].map(([, commented, name = '']) => ({
      name,
      isOptional: commented !== undefined,
    }))
    expect(named.map(({ name }) => name).toSorted()).toEqual(namesOf(settings))
    for (const { name, isOptional } of named)
      expect([name, isOptional]).toEqual([name, settings.find((setting) => setting.name === name)!.isOptional])
    for (const paragraph of example.split('\n\n')) expect(paragraph).toMatch(/^# \S/)
    expect(example).not.toMatch(/^[A-Z_]+=\S/m) // an example holds no value
  })

  it('binds in wrangler.toml what the Worker needs, and no setting in clear', () => {
    const bound = [...toml.matchAll(/^(?:name|binding) = "([A-Z_]+)"$/gm)].map(([, name]) => name)
    expect(bound.toSorted()).toEqual(namesOf(bindings))
    expect(toml).not.toContain('[vars]')
  })

  it('is described whole: settings, database, bucket, and both of Stripe’s addresses', () => {
    const puts = /grep -oE '\^\[A-Z_\]\+='\s+\.dev\.vars\.example[^\n]*secret put/
    expect(deploy).toMatch(puts) // every setting that is needed
    for (const { name } of settings.filter(({ isOptional }) => isOptional)) expect(deploy, name).toContain(name)
    for (const command of [
      'd1 create dream-api',
      'd1 migrations apply dream-api --remote',
      'npm run deploy',
      'npm run build:dashboard && npx wrangler d1',
    ])
      expect(deploy).toContain(command)
    const [, bucket] = /^bucket_name = "(.+)"$/m.exec(toml)!
    expect(deploy).toContain(`r2 bucket create ${bucket}`)
    for (const path of ['/webhook/stripe`', '/webhook/stripe/platform`']) expect(deploy).toContain(path)
  })

  it('asks Stripe for every event of a connected account that is understood, and for no other', () => {
    const [, listed = ''] = /```\n(checkout\.session\.completed checkout\.session\.async[\s\S]*?)\n```/.exec(deploy)!
    const understood = [...at('worker/stripe/events.ts').matchAll(/^ {4}case '([a-z_.]+)'/gm)].map(([, type]) => type)
    expect(listed.split(/\s+/).toSorted()).toEqual(understood.toSorted())
  })
})
