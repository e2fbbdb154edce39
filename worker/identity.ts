/** What the identity provider says of a customer: their plans, and whether they are a customer of anything at all. */

import type { DeliveryFailure } from '../objects/actor.ts'
import { clerkFailure, clerkFor } from './clerk.ts'
import type { Place } from './stripe/catalog.ts'
import { projectAt } from './stub.ts'

/** Is the person a customer of another project too? Then the account of the shared application stays. */
function joinedElsewhere(metadata: Record<string, unknown>, publishableKey: string): boolean {
  const projects = (metadata['projects'] ?? {}) as Record<string, unknown>
  return Object.keys(projects).some((key) => key !== publishableKey)
}

/**
 * Writes the plan into the customer's metadata at Clerk: namespaced by project, and flat for the project that the person
 * joined last, because one person may use two.
 */
export async function mirrorIdentity(
  { id, joined }: { id: string; joined: boolean },
  { env, address }: Place,
): Promise<DeliveryFailure | null> {
  const { publishableKey, mode, plan } = await projectAt(env, address).identityOf(id)
  const { users } = clerkFor(mode, env)
  try {
    const user = await users.getUser(id)
    const flat = user.publicMetadata['publishableKey']
    const last = joined || flat === undefined || flat === publishableKey
    await users.updateUserMetadata(id, {
      publicMetadata: {
        projects: { [publishableKey]: plan },
        ...(last ? { publishableKey: plan === null ? null : publishableKey, plan } : {}),
      },
    })
    const ours = user.privateMetadata['createdBy'] === publishableKey
    if (plan === null && ours && !joinedElsewhere(user.publicMetadata, publishableKey)) await users.deleteUser(id)
    return null
  } catch (error) {
    const failure = clerkFailure(error)
    if (failure.status === 404) return null // the person is gone there; there is nobody to tell
    const reason = `Clerk answered ${failure.status} ${failure.codes.join(' ')}`
    return failure.retryAfterMs === null ? { reason } : { reason, retryAfterMs: failure.retryAfterMs }
  }
}
