/**
 * Hears Clerk: who deletes their account there leaves every project, and whose address changes is reached by the new one.
 * An event is only a reason to look: what counts is what Clerk says of the person now, so order and repetition do no harm.
 */

import { verifyWebhook } from '@clerk/backend/webhooks'
import { MODES, type Mode } from '../sdk/schema/common.ts'
import { verifiedPerson } from './clerk.ts'
import type { Env } from './env.ts'
import { json, need, readBody, refuse } from './http.ts'
import type { Call } from './router.ts'
import { projectAt } from './stub.ts'

const EVENT_MAX_BYTES = 512 * 1024
const HEARD = ['user.updated', 'user.deleted']

/** Another answer than 200 would make Clerk repeat what is not ours to know; it repeats for days what could not be done. */
export async function receive({ request, env }: Call): Promise<Response> {
  if (!request.headers.has('svix-signature')) refuse('signature_missing')
  const body = await readBody(request, EVENT_MAX_BYTES)
  const { mode, type, userId } = await verify(body, request, env)
  if (!HEARD.includes(type) || userId === undefined) return json({ received: true, ignored: type })
  const person = await verifiedPerson(userId, mode, env)
  for (const projectId of await projectsOf(userId, mode, env))
    need(await projectAt(env, { projectId, mode }).heardOfPerson(userId, person))
  return json({ received: true })
}

/** What was said, and in which mode, if one of our endpoints signed it in the last minutes. */
async function verify(body: string, { url, headers }: Request, env: Env): Promise<Said> {
  const secrets = { test: env.CLERK_WEBHOOK_SECRET_TEST, live: env.CLERK_WEBHOOK_SECRET_LIVE }
  for (const mode of MODES) {
    const signed = new Request(url, { method: 'POST', headers, body })
    const event = await verifyWebhook(signed, { signingSecret: secrets[mode] }).catch(() => null) // refused below
    if (event !== null) return { mode, type: event.type, userId: event.data.id }
  }
  return refuse('signature_invalid')
}

interface Said {
  readonly mode: Mode
  readonly type: string
  readonly userId: string | undefined
}

/** Whom to ask. The reports, seconds behind, only know addresses: who is a customer of a project, it knows itself. */
async function projectsOf(userId: string, mode: Mode, { DB }: Env): Promise<string[]> {
  const { results } = await DB.prepare('SELECT project_id AS projectId FROM customer_rows WHERE id = ? AND mode = ?')
    .bind(userId, mode)
    .all<{ projectId: string }>()
  return results.map(({ projectId }) => projectId)
}
