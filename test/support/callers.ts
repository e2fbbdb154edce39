/** Callers other than a developer's server, and answers as they arrive: RPC's own mapping loses their types. */

import type { Caller } from '../../objects/caller.ts'
import type { Outcome } from '../../objects/outcome.ts'
import type { Entitlement } from '../../sdk/schema/usage.ts'
import type { Reachable } from './inside.ts'

/** A browser that holds a verified token of one of the project's customers. */
export const bearing = (userId: string, project: { projectId: string }): Caller => ({
  via: 'publishable',
  origin: null,
  token: { userId, email: null, projects: [`pk_test_${project.projectId}`], authorizedParty: null, sessionId: null },
})

type Checked = Outcome<Entitlement & { meters: Record<string, Entitlement> }>

/** What is left, as the customer reads it. */
export const check = async (project: Reachable, caller: Caller, meter: string | null = null): Promise<Checked> =>
  (await project.stub().usage(caller, meter)) as Checked

export async function left(project: Reachable, caller: Caller, meter: string | null = null): Promise<Entitlement> {
  const answer = await check(project, caller, meter)
  if (!answer.ok) throw new Error(`refused: ${answer.code}`)
  return answer.value
}

/** Takes a counted call back. */
export const takeBack = async (
  project: Reachable,
  caller: Caller,
  id: string,
): Promise<Outcome<{ id: string; usage: Entitlement }>> => (await project.stub().reverseUsage(caller, id)) as never

/** Makes a person a customer of the project, as their sign-up does. */
export const join = async (
  project: Reachable,
  caller: Caller,
  person: { userId: string; email?: string; plan?: string; key?: string },
): Promise<Outcome<{ id: string; email: string; plan: string; createdAt: number }>> => {
  const email = person.email ?? `${person.userId.toLowerCase()}@example.com`
  const input = { email, ...(person.plan === undefined ? {} : { plan: person.plan }) }
  const attempt =
    person.key === undefined ? null : { key: `secret:${person.key}`, request: JSON.stringify(['customer', input]) }
  return (await project.stub().addCustomer(caller, { userId: person.userId, input, attempt })) as never
}
