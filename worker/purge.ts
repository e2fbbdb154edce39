/**
 * Carries out at Stripe, Clerk, R2 and D1 what the purge of a project undoes, a page at a time. Everything here may be
 * done twice.
 */

import type { DeliveryFailure } from '../objects/actor.ts'
import type { Purged, PurgeTask } from '../objects/purging.ts'
import type { Env } from './env.ts'
import { need } from './http.ts'
import { isPlatformId } from './keys.ts'
import { mirrorIdentity } from './identity.ts'
import { REPORT_TABLES } from './mirror.ts'
import { endSession } from './purchase.ts'
import { expireOrder, openOrder } from './sale.ts'
import type { Place } from './stripe/catalog.ts'
import { onAccount, stripeFailure, stripeFor } from './stripe/client.ts'
import { accountAt, connectionAt, feedAt, projectAt } from './stub.ts'

const ROWS_AT_ONCE = 5_000

type Deleted = Readonly<Record<string, number>>

/** One page of the step that is next; what follows it is owed by the project. */
export async function purge(turn: number, place: Place): Promise<DeliveryFailure | null> {
  const project = projectAt(place.env, place.address)
  const task = await project.purgeTask(turn)
  if (task === null) return null
  const result = await carryOut(task, place)
  if (isFailure(result)) return result
  await project.purged({ turn, next: task.next, deleted: result })
  return null
}

const isFailure = (result: Deleted | DeliveryFailure): result is DeliveryFailure => typeof result['reason'] === 'string'

async function carryOut(task: PurgeTask, place: Place): Promise<Deleted | DeliveryFailure> {
  switch (task.step) {
    case 'feed':
      await feedAt(place.env, place.address).end()
      return {}
    case 'sessions':
      return endSessions(task, place)
    case 'subscriptions':
      return {} // each is a debt of its own, and this step is not over before they are paid
    case 'catalog':
      return archive(task, place)
    case 'images':
      return { images: await deleteImages(place) }
    case 'people':
      return letGo(task.customers, place)
    case 'reports':
      // An upload that was admitted before the project was closed may have been stored since.
      return { images: await deleteImages(place), reportRows: await deleteReports(place) }
    case 'connection':
      await connectionAt(place.env, task.stripeAccount, place.address.mode).detach(place.address.projectId)
      return {}
  }
}

/** What Stripe refuses for good, or on an account that has thrown us out, is not ours to undo. */
async function unlessRefused(doing: Promise<unknown>): Promise<number> {
  try {
    await doing
    return 1
  } catch (error) {
    const { definite, forbidden } = stripeFailure(error)
    if (!definite && !forbidden) throw error
    return 0
  }
}

async function endSessions(task: PurgeTask & { step: 'sessions' }, place: Place): Promise<Deleted> {
  let sessions = 0
  for (const checkout of task.checkouts)
    sessions += await unlessRefused(endSession(checkout, task.stripeAccount, place))
  for (const id of task.orders) sessions += await unlessRefused(endOrder(id, place))
  return { sessions }
}

/** One whose making was interrupted is asked for again under its key, because it may exist. */
async function endOrder(id: string, place: Place): Promise<void> {
  const task = need(await projectAt(place.env, place.address).orderTask(id))
  const order = task.order.sessionId === null ? await openOrder(task, place) : task.order
  await expireOrder({ ...task, order }, place)
}

/** Ends a subscription of a project that goes, now. */
export async function cancelForPurge(id: string, { env, address }: Place): Promise<void> {
  const stripeAccount = await projectAt(env, address).stripeAccount()
  if (stripeAccount === null) return
  await unlessRefused(stripeFor(address.mode, env).subscriptions.cancel(id, {}, onAccount(stripeAccount)))
}

/** A price that was made with a product of its own takes that along. */
async function archive(task: PurgeTask & { step: 'catalog' }, { env, address }: Place): Promise<Deleted> {
  const { prices, products } = stripeFor(address.mode, env)
  const options = (id: string) => onAccount(task.stripeAccount, `purge:${address.projectId}:${id}`)
  const productIds = new Set(task.stripeIds.filter((id) => id.startsWith('prod_')))
  const priceIds = task.stripeIds.filter((id) => !productIds.has(id))
  let archived = 0
  for (const id of priceIds) {
    const update = prices.update(id, { active: false }, options(id))
    archived += await unlessRefused(
      update.then(({ product }) => productIds.add(typeof product === 'string' ? product : product.id)),
    )
  }
  for (const id of productIds) await unlessRefused(products.update(id, { active: false }, options(id)))
  return { prices: archived, products: task.stripeIds.length - priceIds.length }
}

/** Every image of the project and mode, known to the project or not. */
async function deleteImages({ env, address }: Place): Promise<number> {
  let images = 0
  for (;;) {
    const { objects, truncated } = await env.IMAGES.list({ prefix: `${address.projectId}/${address.mode[0]}` })
    if (objects.length > 0) await env.IMAGES.delete(objects.map(({ key }) => key))
    images += objects.length
    if (!truncated) return images
  }
}

/** The people leave this project at the identity provider; those whose account we made for it alone are deleted there. */
async function letGo(customers: readonly string[], place: Place): Promise<Deleted | DeliveryFailure> {
  for (const id of customers) {
    const failure = await mirrorIdentity({ id, joined: false }, place)
    if (failure !== null) return failure
  }
  return { people: customers.length }
}

async function deleteReports({ env, address }: Place): Promise<number> {
  let rows = 0
  for (const table of REPORT_TABLES) {
    const statement = env.DB.prepare(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE project_id = ? AND mode = ? LIMIT ?)`,
    ).bind(address.projectId, address.mode, ROWS_AT_ONCE)
    for (;;) {
      const { meta } = await statement.run()
      rows += meta.changes
      if (meta.changes < ROWS_AT_ONCE) break
    }
  }
  return rows
}

/** The account that had the project learns that nothing of it is left. A project of nobody's has nobody to tell. */
export async function tellPurged({ platformId, ...gone }: Purged, env: Env): Promise<null> {
  if (await isPlatformId(platformId, env.KEY_SECRET)) need(await accountAt(env, platformId).projectPurged(gone))
  return null
}
