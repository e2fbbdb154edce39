/** The doctor finds nothing wrong with an app that is right, and finds each thing that an app can have wrong. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../../sdk/cli/run.ts'
import { DreamAPI } from '../../../sdk/index.ts'
import { claimsOf } from '../../../sdk/token.ts'
import { secret, useApp, type TestProject } from '../../support/app.ts'
import { LADDER } from '../../support/billing.ts'
import {
  page,
  refusals,
  rightApp,
  script,
  serveApp,
  tokenOf,
  type Handle,
  type Routes,
} from '../../support/developer.ts'
import { aShell } from '../../support/shell.ts'

const app = useApp()
const WEBHOOK_SECRET = `whsec_${Buffer.from('a secret of twenty-four.').toString('base64')}`

let project: TestProject
let dream: DreamAPI
beforeAll(async () => {
  project = await app().project({ tiers: LADDER })
  dream = new DreamAPI({ secretKey: project.secretKey, baseUrl: app().server.url })
})

let close = () => {}
afterEach(() => close())

/** What each check is told to look at. Secrets are looked for always. */
const LOOKS = {
  limit: ['--metered', '/api/answer'],
  retries: ['--metered', '/api/answer'],
  plan: ['--paid', '/api/report'],
  webhook: ['--webhook', '/hooks'],
  secrets: [],
} as const
const ALL = [...LOOKS.limit, ...LOOKS.plan, ...LOOKS.webhook]

/** What the doctor says of an app that is right but for the routes given. */
async function examine(wrongs: Routes = {}, words: readonly string[] = [], env: Record<string, string> = {}) {
  const config = {
    secretKey: project.secretKey,
    publishableKey: project.publishableKey,
    baseUrl: app().server.url,
    retries: 0,
  }
  const developers = await serveApp({ ...rightApp(config, WEBHOOK_SECRET), ...wrongs })
  close = developers.close
  const shell = aShell({
    env: {
      DREAM_API_SECRET_KEY: project.secretKey,
      DREAM_API_URL: app().server.url,
      DREAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
      ...env,
    },
  })
  const exit = await run(['doctor', '--app', developers.url, ...words], shell)
  const lines = shell.said().split('\n')
  return { exit, said: shell.said(), wrong: lines.filter((line) => line.startsWith('✗')) }
}

/** What an app believes that reads a token without proving it. */
const readOf = (request: Request) => claimsOf(tokenOf(request)) ?? {}

it('finds nothing wrong with an app that is right, and leaves nothing behind', async () => {
  const { exit, said } = await examine({}, ALL)
  expect(said.split('\n').map((line) => line.slice(0, 10).trim())).toEqual([
    '✓ secrets',
    '✓ webhook',
    '✓ retries',
    '✓ limit',
    '✓ plan',
  ])
  expect(exit).toBe(0)
  expect((await app().ok('GET', '/api/customers', { headers: secret(project) })).customers).toEqual([])
})

it('finds nothing wrong with an app that serves no press without a key', async () => {
  const { 'POST /api/answer': answer } = rightApp({ secretKey: project.secretKey, baseUrl: app().server.url }, '')
  const keyed: Handle = (request) =>
    request.headers.has('Idempotency-Key') ? answer!(request) : Response.json({ code: 'no_key' }, { status: 400 })
  const { exit, said } = await examine({ 'POST /api/answer': keyed }, LOOKS.limit)
  expect(said).toMatch(/✓ retries[\s\S]*✓ limit .*limit_reached/)
  expect(exit).toBe(0)
})

it('names the variable that holds no webhook secret, and looks at the rest', async () => {
  const { exit, said, wrong } = await examine({}, ALL, { DREAM_WEBHOOK_SECRET: 'not one' })
  expect(wrong).toEqual([expect.stringMatching(/^✗ webhook .*DREAM_WEBHOOK_SECRET/)])
  expect(said).toMatch(/✓ limit[\s\S]*✓ plan/)
  expect(exit).toBe(1)
  close()
  const without = await examine({}, LOOKS.webhook, { DREAM_WEBHOOK_SECRET: '' })
  expect(without).toMatchObject({ exit: 1, wrong: [expect.stringMatching(/^✗ webhook .*Set DREAM_WEBHOOK_SECRET/)] })
})

it('ends with what it was not told to look at, and is not content when that is everything', async () => {
  const { exit, said } = await examine({}, LOOKS.plan)
  expect(said).toMatch(/✓ secrets[\s\S]*✓ plan .*\nNot checked: webhook, retries, limit\.$/)
  expect(exit).toBe(0)
  const nothing = aShell()
  expect(await run(['doctor'], nothing)).toBe(2)
  expect(nothing.said()).toMatch(/Nothing was checked\.$/)
})

/** An app wrong in one thing, and the check that catches it by what it says. */
const WRONG: readonly [what: string, check: keyof typeof LOOKS, says: RegExp, routes: () => Routes][] = [
  [
    'counts in the page only',
    'limit',
    /not counted/,
    () => ({ 'POST /api/answer': () => Response.json({ answer: 42 }) }),
  ],
  [
    'works first and counts afterwards, whatever comes of it',
    'limit',
    /nothing left was served/,
    () => ({
      'POST /api/answer': async (request) => {
        const idempotencyKey = request.headers.get('Idempotency-Key') ?? undefined
        await dream
          .forToken(tokenOf(request))
          .usage.consume({}, { idempotencyKey })
          .catch(() => {})
        return Response.json({ answer: 42 })
      },
    }),
  ],
  [
    'serves nobody, by what it says itself',
    'limit',
    /left was answered 500 broken: Out of order\./,
    () => ({
      'POST /api/answer': () => Response.json({ code: 'broken', message: 'Out of order.' }, { status: 500 }),
    }),
  ],
  [
    'looks for the token elsewhere, as far as it was told',
    'limit',
    /left was answered 401 .*the token went as Authorization and X-Clerk-Token.*--header/,
    () => ({
      'POST /api/answer': ({ headers }) => new Response(null, { status: headers.has('X-Mine') ? 200 : 401 }),
    }),
  ],
  [
    'counts every try of one call',
    'retries',
    /counted twice/,
    () => ({
      'POST /api/answer': (request) =>
        refusals(async () => {
          await dream.forToken(tokenOf(request)).usage.consume()
          return Response.json({ answer: 42 })
        }),
    }),
  ],
  ['believes every webhook', 'webhook', /without a signature/, () => ({ 'POST /hooks': () => new Response() })],
  [
    'looks for a signature and not at it',
    'webhook',
    /by a stranger/,
    () => ({
      'POST /hooks': ({ headers }) => new Response(null, { status: headers.has('webhook-signature') ? 200 : 400 }),
    }),
  ],
  [
    'hears no webhook',
    'webhook',
    /of ours was answered 404/,
    () => ({ 'POST /hooks': () => new Response(null, { status: 404 }) }),
  ],
  [
    'reads the plan from a token that it does not prove',
    'plan',
    /forged token.*without a signature/,
    () => ({
      'GET /api/report': (request) => new Response(null, { status: readOf(request).plan === 'max' ? 200 : 402 }),
    }),
  ],
  [
    'asks the server for the plan of whoever an unproved token names',
    'plan',
    /forged token/,
    () => ({
      'GET /api/report': (request) =>
        refusals(async () => {
          const { plan } = await dream.forCustomer(readOf(request).sub ?? 'nobody').usage.check()
          return new Response(null, { status: plan === 'max' ? 200 : 402 })
        }),
    }),
  ],
  [
    'proves only tokens that say how',
    'plan',
    /forged token.*without a signature/,
    () => ({
      'GET /api/report': (request) => {
        const { alg } = JSON.parse(Buffer.from(tokenOf(request).split('.')[0] ?? '', 'base64url').toString() || '{}')
        if (alg === 'none') return new Response()
        return rightApp({ secretKey: project.secretKey, baseUrl: app().server.url }, '')['GET /api/report']!(request)
      },
    }),
  ],
  [
    'believes who a caller says they are',
    'plan',
    /X-User-Id/,
    () => ({
      'GET /api/report': (request) => {
        const gate = rightApp({ secretKey: project.secretKey, baseUrl: app().server.url }, '')['GET /api/report']!
        return request.headers.get('X-User-Plan') === 'max' ? new Response() : gate(request)
      },
    }),
  ],
  [
    'serves what is paid for to everybody',
    'plan',
    /A customer on free was served/,
    () => ({ 'GET /api/report': () => new Response() }),
  ],
  [
    'serves what is paid for to nobody',
    'plan',
    /so nobody is served/,
    () => ({ 'GET /api/report': () => new Response(null, { status: 402 }) }),
  ],
  [
    'has its secret key in a script of the page',
    'secrets',
    /sk_test_.*main\.js/,
    () => ({ 'GET /assets/main.js': () => script(`start('${project.secretKey}')`) }),
  ],
  [
    'has it in a script that a script loads',
    'secrets',
    /sk_test_.*chunk\.js/,
    () => ({ 'GET /assets/chunk.js': () => script(`export const k="${project.secretKey}"`) }),
  ],
  [
    'has the webhook secret in the page',
    'secrets',
    /whsec_.*127/,
    () => ({ 'GET /': () => page(`<script>const s = '${WEBHOOK_SECRET}'</script>`) }),
  ],
]

describe('finds an app that', () => {
  it.each(WRONG)('%s', async (_, check, says, routes) => {
    const { exit, wrong } = await examine(routes(), LOOKS[check])
    expect(wrong).toHaveLength(1)
    expect(wrong[0]).toMatch(new RegExp(`^✗ ${check} `))
    expect(wrong[0]).toMatch(says)
    expect(exit).toBe(1)
  })

  it('has a secret in what its build made', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dream-build-'))
    writeFileSync(join(folder, 'main.js'), 'start()')
    expect((await examine({}, ['--build', folder])).exit).toBe(0)
    close()
    writeFileSync(join(folder, 'main.js.map'), `{"sourcesContent":["const key = '${project.secretKey}'"]}`)
    const { wrong } = await examine({}, ['--build', folder])
    expect(wrong).toEqual([expect.stringMatching(/^✗ secrets .*sk_test_.*main\.js\.map/)])
    expect(wrong[0]).not.toContain(project.secretKey)
    rmSync(folder, { recursive: true })
  })
})

describe('the doctor', () => {
  it('never works with a live key, and says what it lacks', async () => {
    expect(await examine({}, ALL, { DREAM_API_SECRET_KEY: 'sk_live_x' })).toMatchObject({ exit: 2 })
    close()
    const nowhere = aShell({ env: { DREAM_API_SECRET_KEY: project.secretKey } })
    expect(await run(['doctor', '--app', 'http://127.0.0.1:1'], nowhere)).toBe(2)
    expect(nowhere.said()).toContain('could not be reached')
  })

  it('takes the token of a customer, in the header that the app reads, and gives back what it used up', async () => {
    const customer = await app().customer(project)
    const token = await app().token(project, customer.id)
    const cookie = (request: Request) => /s=([^;]+)/.exec(request.headers.get('Cookie') ?? '')?.[1] ?? ''
    const routes: Routes = {
      'POST /api/answer': (request) =>
        refusals(async () => {
          const idempotencyKey = request.headers.get('Idempotency-Key') ?? undefined
          await dream.forToken(cookie(request)).usage.consume({}, { idempotencyKey })
          return new Response()
        }),
    }
    const config = { secretKey: project.secretKey, baseUrl: app().server.url }
    const developers = await serveApp({ ...rightApp(config, WEBHOOK_SECRET), ...routes })
    close = developers.close
    const shell = aShell({ env: { DREAM_API_SECRET_KEY: project.secretKey, DREAM_API_URL: app().server.url } })
    const words = ['--app', developers.url, '--metered', 'POST /api/answer', '--token', token]
    expect(await run(['doctor', ...words, '--header', 'Cookie: s={token}'], shell)).toBe(0)
    expect(shell.said()).toMatch(/✓ limit/)
    expect((await app().usage(project, customer.id)).used).toBe(2)
  })
})
