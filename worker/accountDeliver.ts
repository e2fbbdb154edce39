/** Pays what an account owes outside. A debt is a reminder: the truth is read again, then what is still needed is done. */

import type { DeliveryFailure } from '../objects/actor.ts'
import type { Delivery } from '../objects/outbox.ts'
import type { Mode } from '../sdk/schema/common.ts'
import type { WebhookData } from '../sdk/schema/webhook.ts'
import { countOverage, readOwnSubscription, reportOverage } from './billing.ts'
import type { Env } from './env.ts'
import { deleteAccount, eraseAccount } from './farewell.ts'
import { need } from './http.ts'
import { sendMail } from './mail.ts'
import { mirrorAccount } from './mirrorAccount.ts'
import { joinConnection, readConnection, releaseConnection } from './stripe/connect.ts'
import { accountAt, projectAt, registryAt, type Address } from './stub.ts'

const PURGE_CHECK_MS = 3_600_000

export async function deliverForAccount(
  delivery: Delivery,
  platformId: string,
  env: Env,
): Promise<DeliveryFailure | null> {
  const account = accountAt(env, platformId)
  switch (delivery.kind) {
    case 'mirror':
      return mirrorAccount(platformId, env)
    case 'account.register':
      await registryAt(env).add(platformId)
      return null
    case 'mail':
      return sendMail(delivery, env)
    case 'project.check': {
      const address = addressOf(delivery.key)
      need(await account.projectChecked(address.projectId, address.mode, await projectAt(env, address).isThere()))
      return null
    }
    case 'project.name':
    case 'project.standing': {
      const address = addressOf(delivery.key)
      need(await projectAt(env, address).hearAccount(await account.factsFor(address.projectId)))
      return null
    }
    case 'project.notice': {
      const notice = JSON.parse(delivery.payload) as WebhookData<'account.notice'>
      need(await projectAt(env, addressOf(delivery.key)).hearNotice(notice))
      return null
    }
    case 'project.purge':
      return purgeProject(delivery, account, env)
    case 'billing.read':
      return readOwnSubscription(delivery.key, platformId, env)
    case 'overage.count':
      return countOverage(delivery.key, platformId, env)
    case 'overage.report':
      return reportOverage(delivery.key, platformId, env)
    case 'account.delete':
      return deleteAccount(platformId, env)
    case 'account.erase':
      return eraseAccount(platformId, env)
    case 'project.connection':
      await joinConnection(addressOf(delivery.key), platformId, env)
      return null
    case 'connection.read':
      await readConnection(delivery.key as Mode, platformId, env)
      return null
    case 'connection.release':
      await releaseConnection(delivery.key, platformId, env)
      return null
    default:
      return { reason: `nobody delivers ${delivery.kind}` }
  }
}

/**
 * Sees a project's purge to its end. The project says itself when it is gone; this asks again in case that was lost, and
 * takes an object that remembers nothing at all for one that was wiped.
 */
async function purgeProject(
  delivery: Delivery,
  account: ReturnType<typeof accountAt>,
  env: Env,
): Promise<DeliveryFailure | null> {
  const address = addressOf(delivery.key)
  const wish = JSON.parse(delivery.payload) as { cancelSubscriptions: boolean; reason: string }
  const begun = await projectAt(env, address).startPurge({ ...wish, at: delivery.owedAt })
  if (!begun.ok && begun.code !== 'project_not_found') return { reason: begun.code }
  if (begun.ok && begun.value.deletedAt === null) return { reason: 'the purge goes on', retryAfterMs: PURGE_CHECK_MS }
  const { deletedAt, counts } = begun.ok ? begun.value : { deletedAt: null, counts: {} }
  need(await account.projectPurged({ ...address, deletedAt: deletedAt ?? Date.now(), counts }))
  return null
}

function addressOf(key: string): Address {
  const [projectId = '', mode = 'test'] = key.split(':')
  return { projectId, mode: mode as Mode }
}
