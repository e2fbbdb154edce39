/** Looks at a developer's own app in test mode, as its customers and its enemies would, and says what is wrong with it. */

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { DreamAdmin } from '../../admin.ts'
import { Wrong, type Command, type Shell } from '../command.ts'
import { limitHolds, retriesCountOnce } from './counting.ts'
import { skipped, right, wrong, type Finding } from './finding.ts'
import { onlyOursAreHeard } from './hooks.ts'
import { givenCaller, newCaller, Patient, type Caller } from './patient.ts'
import { planIsProved } from './plans.ts'
import { leaksInFolder, leaksInPage } from './secrets.ts'

const HELP = `npx @dream-api/sdk doctor --app http://localhost:3000 [what to look at]

  --metered "POST /api/answer"   a route that counts a use: the limit must hold, and a retry must count once
  --paid "GET /api/report"       a route for who pays: no forged token may open it
  --webhook /api/webhooks        where your app hears of events: only ours may be believed
  --build dist                   what your build made for browsers: no secret may be in it; --app's page is searched too

  --token <token>                of a signed-in test customer; with the local server of dream-api one is made
  --customer <id>                who that is, when the token does not say
  --header "Cookie: s={token}"   how the app is told the token; Authorization: Bearer and X-Clerk-Token when left out
  --body '{"text":"hello"}'      what the metered route is sent; {} when left out
  --meter <name>                 the meter that it counts; the plan's first when left out
  --plan <tier>                  the tier that opens the paid route; the highest when left out

It reads DREAM_API_SECRET_KEY (of test mode), DREAM_API_URL and DREAM_WEBHOOK_SECRET from the environment, .env and
.env.local, counts what it uses, grants the plan for a moment, and exits with 1 when something is wrong, with 2 when nothing
was checked. Every call but a GET carries a fresh Idempotency-Key, as a page that presses once sends it.`

const OPTIONS = {
  app: { type: 'string' },
  metered: { type: 'string' },
  paid: { type: 'string' },
  webhook: { type: 'string' },
  build: { type: 'string' },
  token: { type: 'string' },
  customer: { type: 'string' },
  header: { type: 'string', multiple: true },
  body: { type: 'string' },
  meter: { type: 'string' },
  plan: { type: 'string' },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values']

export const doctor: Command = {
  does: 'tells whether your app is right about limits, retries, webhooks, plans and secrets',
  help: HELP,
  async run(words, shell) {
    const { values } = parseArgs({ args: [...words], options: OPTIONS })
    const findings: Finding[] = []
    for await (const finding of look(values, shell)) {
      findings.push(finding)
      shell.say(lineOf(finding))
    }
    const open = findings.filter(({ state }) => state === 'skipped').map(({ check }) => check)
    if (open.length === findings.length) throw new Wrong('Nothing was checked.')
    if (open.length > 0) shell.say(`Not checked: ${open.join(', ')}.`)
    return findings.some(({ state }) => state === 'wrong') ? 1 : 0
  },
}

const MARKS = { right: '✓', wrong: '✗', skipped: '–' } as const
const lineOf = ({ check, state, says }: Finding): string => `${MARKS[state]} ${check.padEnd(8)} ${says}`

async function* look(values: Values, shell: Shell): AsyncGenerator<Finding, void> {
  yield await noSecretIsOut(values, shell)
  const { app, webhook } = values
  if (app === undefined) {
    for (const check of ['webhook', 'retries', 'limit', 'plan'])
      yield skipped(check, 'Say where your app runs with --app.')
    return
  }
  const patient = new Patient({
    app,
    headers: values.header ?? ['Authorization: Bearer {token}', 'X-Clerk-Token: {token}'],
    body: values.body ?? '{}',
  })
  if (webhook === undefined) yield skipped('webhook', 'Name the route that hears events with --webhook.')
  else yield await onlyOursAreHeard(patient.target(webhook, 'POST'), shell.env['DREAM_WEBHOOK_SECRET'])
  yield* lookAsCustomer(patient, values, shell)
}

/** What needs somebody who is signed in to the app. */
async function* lookAsCustomer(patient: Patient, values: Values, shell: Shell): AsyncGenerator<Finding, void> {
  const { metered, paid, meter, plan } = values
  if (metered === undefined)
    for (const check of ['retries', 'limit']) yield skipped(check, 'Name a route that counts a use with --metered.')
  if (paid === undefined) yield skipped('plan', 'Name a route for who pays with --paid.')
  if (metered === undefined && paid === undefined) return
  const admin = adminOf(shell)
  const { project } = await admin.settings.get()
  const caller = await callerOf(values, admin, shell)
  try {
    if (metered !== undefined) {
      const target = patient.target(metered, 'POST')
      const of = { patient, target, caller, dream: admin.forCustomer(caller.id), meter }
      yield await retriesCountOnce(of)
      yield await limitHolds(of)
    }
    if (paid !== undefined) {
      const target = patient.target(paid, 'GET')
      yield await planIsProved({ patient, target, caller, admin, plan, publishableKey: project.publishableKey })
    }
  } finally {
    await caller.leave()
  }
}

function adminOf({ env }: Shell): DreamAdmin {
  const secretKey = env['DREAM_API_SECRET_KEY']
  if (secretKey === undefined)
    throw new Wrong('Set DREAM_API_SECRET_KEY to the secret key of your project in test mode.')
  if (!secretKey.startsWith('sk_test_'))
    throw new Wrong('The doctor works in test mode: DREAM_API_SECRET_KEY is sk_test_…')
  return new DreamAdmin({ secretKey, baseUrl: env['DREAM_API_URL'] })
}

async function callerOf({ token, customer }: Values, admin: DreamAdmin, { env }: Shell): Promise<Caller> {
  if (token !== undefined) return givenCaller(token, customer)
  const api = env['DREAM_API_URL']?.replace(/\/+$/, '')
  const { project } = await admin.settings.get()
  const made = api === undefined ? null : await newCaller(admin, project, api)
  if (made === null) throw new Wrong('Sign in to your app as a test customer, and give the token with --token.')
  return made
}

/** No secret may be where a browser reads. */
async function noSecretIsOut({ app, build }: Values, { env, folder }: Shell): Promise<Finding> {
  const known = [env['DREAM_API_SECRET_KEY'], env['DREAM_WEBHOOK_SECRET']].filter((secret) => secret !== undefined)
  if (app === undefined && build === undefined)
    return skipped('secrets', 'Name the folder of your build with --build, or your running app with --app.')
  const place = build === undefined ? null : resolve(folder, build)
  if (place !== null && !existsSync(place)) throw new Wrong(`There is no folder ${build}. Build your app first.`)
  const looks = [
    ...(place === null ? [] : [leaksInFolder(place, known)]),
    ...(app === undefined ? [] : [await leaksInPage(app, known)]),
  ]
  const leaks = looks.flatMap((one) => one.leaks)
  const files = looks.reduce((sum, one) => sum + one.files, 0)
  if (leaks.length === 0) return right('secrets', `No secret in ${files} files that a browser may read.`)
  const where = leaks.map((leak) => `${leak.shown} in ${leak.where}`).join(', ')
  return wrong('secrets', `Everybody can read ${where}. Rotate it, and use it on your server only.`)
}
