/** What the app's side of the sandbox answers: the demo, projects made on the spot, and the clock that moves everything. */

import * as v from 'valibot'
import { ProjectInput } from '../../sdk/schema/project.ts'
import { MODES } from '../../sdk/schema/common.ts'
import { need, parse, parseQuery, Refused, toErrorResponse } from '../../worker/http.ts'
import { createProject } from '../../worker/projects.ts'
import { makeSecretKey } from '../../worker/keys.ts'
import { connectionAt, projectAt } from '../../worker/stub.ts'
import { dueBy, everyone, firstDue, meet, toAsk, type Timed } from './agenda.ts'
import { clockNow, type SandboxEnv } from './app.ts'
import { holdAt, isHeld, realNow, setOffset } from './clock.ts'
import { demo } from './demo.ts'
import { parseDuration } from './duration.ts'

type Call = (path: string, init?: RequestInit) => Promise<Response>

const ADVANCE_MAX_MS = 5 * 366 * 86_400_000
const STEPS_MAX = 100_000

const Address = {
  projectId: v.pipe(v.string(), v.regex(/^[0-9a-z]{20}$/)),
  mode: v.optional(v.picklist(MODES), 'test'),
}

/** `null` when the path is the sandbox's own. */
export async function control(request: Request, env: SandboxEnv, api: Call): Promise<Response | null> {
  const { pathname } = new URL(request.url)
  try {
    switch (`${request.method} ${pathname}`) {
      case 'GET /sandbox/demo':
        return Response.json(await demo(env, api))
      case 'GET /sandbox/clock':
        return Response.json({ now: clockNow(), iso: new Date().toISOString() })
      case 'POST /sandbox/clock':
        return Response.json(await moveClock(await bodyOf(request), env))
      case 'POST /sandbox/settle':
        return Response.json({ settled: await settle(env) })
      case 'POST /sandbox/projects':
        return Response.json(await makeProject(await bodyOf(request), env), { status: 201 })
      case 'POST /sandbox/projects/rotate':
        return Response.json(await rotate(await bodyOf(request), env))
      case 'POST /sandbox/projects/standing':
        return Response.json(await setStanding(await bodyOf(request), env))
      case 'POST /sandbox/projects/connect':
        return Response.json(await connect(await bodyOf(request), env))
      case 'POST /sandbox/projects/close':
        return Response.json(await close(await bodyOf(request), env))
      case 'POST /sandbox/projects/purge':
        return Response.json(await purge(await bodyOf(request), env))
      case 'GET /sandbox/projects/purge':
        return Response.json(await purgeProgress(new URL(request.url), env))
      case 'POST /sandbox/projects/tiers':
        return Response.json(await putTiers(await bodyOf(request), env))
      case 'POST /sandbox/projects/restored':
        return Response.json(await restored(await bodyOf(request), env))
      case 'POST /sandbox/projects/mirror':
        return Response.json(await mirrorAnew(await bodyOf(request), env))
      case 'GET /sandbox/violations':
        return Response.json({ violations: await violations(env) })
      default:
        return null
    }
  } catch (error) {
    if (error instanceof Refused) return toErrorResponse(error, 'sandbox')
    throw error
  }
}

async function bodyOf(request: Request): Promise<unknown> {
  return request.json().catch(() => {
    throw new Refused('invalid_json')
  })
}

const NewProject = v.strictObject({
  ...ProjectInput.entries,
  name: v.optional(ProjectInput.entries.name, 'A project'),
  type: v.optional(ProjectInput.entries.type, 'saas'),
  mode: v.optional(v.picklist(MODES), 'test'),
  platformId: v.optional(v.string()),
  stripeAccount: v.optional(v.nullable(v.string())),
})

/** A fresh project with its own connected Stripe account, or none when `stripeAccount` is null. */
async function makeProject(body: unknown, env: SandboxEnv) {
  const { stripeAccount: wanted, platformId, ...input } = parse(NewProject, body)
  const unique = crypto.randomUUID().replaceAll('-', '')
  const stripeAccount = wanted === undefined ? `acct_${unique.slice(0, 16)}` : wanted
  if (stripeAccount !== null) await makeAccount(stripeAccount, env)
  const created = await createProject({ ...input, stripeAccount, platformId: platformId ?? `plt_${unique}` }, env)
  return { ...created, stripeAccount }
}

async function makeAccount(id: string, env: SandboxEnv): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify({ id }) }
  await env.SANDBOX.fetch('http://sandbox/sandbox/stripe/accounts', init).then((response) => response.text())
}

/** From now on the project is paid to another Stripe account, made on the spot. */
async function connect(body: unknown, env: SandboxEnv) {
  const { platformId, ...address } = parse(v.strictObject({ ...Address, platformId: v.string() }), body)
  const stripeAccount = `acct_${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`
  await makeAccount(stripeAccount, env)
  await connectionAt(env, stripeAccount, address.mode).attach({ platformId, projectId: address.projectId })
  await projectAt(env, address).connectStripe(stripeAccount)
  return { stripeAccount }
}

async function rotate(body: unknown, env: SandboxEnv) {
  const input = parse(v.strictObject({ ...Address, overlapMs: v.optional(v.pipe(v.number(), v.minValue(0)), 0) }), body)
  const { key, hash, last4 } = await makeSecretKey(input, env.KEY_SECRET)
  await projectAt(env, input).rotateKey({ via: 'system' }, { name: 'default', hash, last4, overlapMs: input.overlapMs })
  return { secretKey: key }
}

async function setStanding(body: unknown, env: SandboxEnv) {
  const time = v.optional(v.nullable(v.number()), null)
  const { graceAt, blockedAt, ...address } = parse(v.strictObject({ ...Address, graceAt: time, blockedAt: time }), body)
  await projectAt(env, address).setStanding({ graceAt, blockedAt })
  return { graceAt, blockedAt }
}

async function close(body: unknown, env: SandboxEnv) {
  const address = parse(v.strictObject(Address), body)
  await projectAt(env, address).close()
  const stripeAccount = await projectAt(env, address).stripeAccount()
  if (stripeAccount !== null) await connectionAt(env, stripeAccount, address.mode).detach(address.projectId)
  return { closed: true }
}

async function purge(body: unknown, env: SandboxEnv) {
  const { cancelSubscriptions, ...address } = parse(
    v.strictObject({ ...Address, cancelSubscriptions: v.optional(v.boolean(), true) }),
    body,
  )
  return need(await projectAt(env, address).startPurge({ reason: 'asked for', cancelSubscriptions, at: clockNow() }))
}

async function purgeProgress(url: URL, env: SandboxEnv) {
  return projectAt(env, parseQuery(url, v.strictObject(Address))).purgeProgress()
}

async function mirrorAnew(body: unknown, env: SandboxEnv) {
  await projectAt(env, parse(v.strictObject(Address), body)).mirrorAnew()
  return { owed: true }
}

/** A project's files were put back as they were at a moment: here nobody else does that. */
async function restored(body: unknown, env: SandboxEnv) {
  const { since, ...address } = parse(v.strictObject({ ...Address, since: v.number() }), body)
  const epoch = clockNow()
  need(await projectAt(env, address).restored({ epoch, since }))
  return { epoch }
}

async function putTiers(body: unknown, env: SandboxEnv) {
  const { tiers, ...address } = parse(v.strictObject({ ...Address, tiers: v.unwrap(ProjectInput.entries.tiers) }), body)
  await projectAt(env, address).putTiers(tiers)
  return { tiers: tiers.map(({ slug }) => slug) }
}

const at = (env: SandboxEnv, { kind, name }: Timed) =>
  kind === 'PROJECT' ? env.PROJECT.getByName(name) : env.ACCOUNT.getByName(name)

/** Those of an earlier run are met once: from then on whoever wakes makes itself known. */
let met = false
async function meetAll(env: SandboxEnv): Promise<void> {
  if (met) return
  const names = async (kind: Timed['kind'], sql: string) => {
    const { results } = await env.DB.prepare(sql).all<{ name: string }>()
    for (const { name } of results) meet({ kind, name })
  }
  try {
    await names('ACCOUNT', 'SELECT platform_id AS name FROM account_rows')
    await names('PROJECT', "SELECT project_id || ':' || mode AS name FROM project_mirrors")
    met = true
  } catch {
    // the reports may be away; who is awake is known without them
  }
}

/** Asks whoever acted since they told when they are due. */
async function askAll(env: SandboxEnv): Promise<void> {
  await meetAll(env)
  await Promise.all(toAsk().map((object) => at(env, object).peek()))
}

const How = {
  /** The clock stands still from then on, or runs again: what is asked next is asked at that very millisecond. */
  hold: v.optional(v.boolean()),
  /** `lost`: nothing rings on the way, however long it is due. The next move rings what was lost, late. */
  alarms: v.optional(v.literal('lost')),
}
const Advance = v.union([
  v.strictObject({ advance: v.string(), ...How }),
  v.strictObject({ to: v.pipe(v.string(), v.isoTimestamp()), ...How }),
])

/**
 * Moves Stripe's, Clerk's and the objects' time together, from one due moment to the next, and returns when every timer
 * that came due has rung, in order.
 */
async function moveClock(body: unknown, env: SandboxEnv) {
  const wish = parse(Advance, body)
  const from = clockNow()
  const span = 'advance' in wish ? parseDuration(wish.advance) : Date.parse(wish.to) - from
  if (span === null || !(span >= 0) || span > ADVANCE_MAX_MS)
    throw new Refused('invalid_request', {
      message: 'advance must be a span like "31d" or "90m" of at most five years; the clock never goes back.',
    })
  const target = from + span
  if (wish.hold === true) holdAt(from)
  const rung = wish.alarms === 'lost' ? 0 : await ringUntil(target, env)
  await goTo(Math.max(target, clockNow()), env)
  if (wish.hold === false) holdAt(null)
  if (wish.alarms !== 'lost') {
    // Alarms are kept in real time: those that were set before the clock moved are set anew.
    for (const object of dueBy(Number.POSITIVE_INFINITY)) await at(env, object).runDue()
    await settle(env)
  }
  return { now: clockNow(), iso: new Date(clockNow()).toISOString(), rung }
}

/** Steps from one due moment to the next; answers how many there were. */
async function ringUntil(target: number, env: SandboxEnv): Promise<number> {
  await settle(env)
  let rung = 0
  for (;;) {
    const [sandboxDue] = await Promise.all([env.SANDBOX.nextDue(), askAll(env)])
    const moment = Math.min(sandboxDue ?? Number.POSITIVE_INFINITY, firstDue())
    if (moment > target || rung >= STEPS_MAX) return rung
    rung += 1
    await goTo(Math.max(moment, clockNow()), env)
    for (const object of dueBy(clockNow())) await at(env, object).runDue()
  }
}

async function goTo(at: number, env: SandboxEnv): Promise<void> {
  setOffset(at - realNow())
  if (isHeld()) holdAt(at)
  await env.SANDBOX.advanceTo(at)
}

/** Waits until nothing that is due now is left: webhooks delivered, debts paid. Answers how many rounds it took. */
async function settle(env: SandboxEnv): Promise<number> {
  let rounds = 0
  for (; rounds < 100; rounds += 1) {
    const delivered = await env.SANDBOX.settle()
    await askAll(env)
    const busy = dueBy(clockNow())
    for (const object of busy) await at(env, object).runDue()
    if (delivered === 0 && busy.length === 0) break
  }
  return rounds
}

async function violations(env: SandboxEnv): Promise<string[]> {
  const found: string[] = []
  await meetAll(env)
  for (const object of everyone())
    for (const violation of await at(env, object).broken()) found.push(`${object.name}: ${violation}`)
  return found
}
