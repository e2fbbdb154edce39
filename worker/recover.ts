/**
 * Going back to an earlier moment: an object is set back by the platform, and what happened since is gathered from those who
 * still know it. Whatever moves money looks at Stripe first, so what the object had owed then does no harm now.
 */

import type Stripe from 'stripe'
import type { FoundLine } from '../objects/adopting.ts'
import type { FoundPrice, ReportedCustomer, RestoreTask } from '../objects/restoring.ts'
import type { Env } from './env.ts'
import { need, Refused } from './http.ts'
import { ROW_TABLES } from './mirror.ts'
import { lookAtSession } from './purchase.ts'
import { lookAtOrder, retrieveSession } from './sale.ts'
import type { Place } from './stripe/catalog.ts'
import { onAccount, stripeFailure, stripeFor, toMs } from './stripe/client.ts'
import { toOrderReading } from './stripe/order.ts'
import { readSubscription } from './stripe/subscription.ts'
import { sweepEvents } from './stripe/sweep.ts'
import { projectAt, type Address } from './stub.ts'

const ROWS_AT_ONCE = 500
const TRIES = 50
const TRY_AGAIN_MS = 200
/** Longer than a session can be open: one of before that moment may have been paid after it. */
const SESSION_MS = 25 * 3_600_000

/**
 * Sets a project back to a moment of the last thirty days, waits until it is there again, and has it catch up. Answers the
 * bookmark with which the platform can undo it, and the name of this restore.
 */
export async function rewindProject(
  to: number,
  { env, address }: { env: Env; address: Address },
): Promise<{ undo: string; epoch: number }> {
  const epoch = Date.now()
  const { undo } = need(await projectAt(env, address).rewind(to))
  await resume({ epoch, since: to }, { env, address })
  return { undo, epoch }
}

/** The object that is still there refuses; the one that comes after it has been set back. */
async function resume(restore: { epoch: number; since: number }, { env, address }: Place): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return void need(await projectAt(env, address).restored(restore))
    } catch (error) {
      if (error instanceof Refused || tries === TRIES) throw error
      await scheduler.wait(TRY_AGAIN_MS)
    }
  }
}

/** Gathers what happened since the moment that a project was set back to. Cut off, it is done again from the beginning. */
export async function recover(epoch: number, place: Place): Promise<void> {
  const project = projectAt(place.env, place.address)
  const task = await project.restoreTask(epoch)
  if (task === null) return
  await meetCustomers(task, place)
  if (task.stripeAccount !== null) {
    await gatherAtStripe(task, task.stripeAccount, place)
  }
  await forgetReports(task, place)
  need(await project.finishRestore(epoch))
}

async function gatherAtStripe(task: RestoreTask, account: string, place: Place): Promise<void> {
  try {
    await linkPrices(task, account, place)
    for (const session of await sessionsSince(task, account, place)) await takeUp(session, account, place)
    await sweepEvents(place, task.since)
  } catch (error) {
    if (!stripeFailure(error).forbidden) throw error // an account that let us go tells nothing any more
  }
}

/** Who came, changed or left since is in the reports; they are a copy, and here the only one. */
async function meetCustomers({ known }: RestoreTask, { env, address }: Place): Promise<void> {
  for (let after = ''; ;) {
    const { results } = await env.DB.prepare(
      `SELECT id, email, created_at AS createdAt, deleted_at AS deletedAt FROM customer_rows
       WHERE project_id = ? AND mode = ? AND revision > ? AND id > ? ORDER BY id LIMIT ?`,
    )
      .bind(address.projectId, address.mode, known, after, ROWS_AT_ONCE)
      .all<{ [K in keyof ReportedCustomer]: ReportedCustomer[K] }>()
    need(await projectAt(env, address).meetCustomers(results))
    const last = results.at(-1)
    if (last === undefined || results.length < ROWS_AT_ONCE) return
    after = last.id
  }
}

/** The prices that were made on the account since, for what we sell. */
async function linkPrices({ since }: RestoreTask, account: string, { env, address }: Place): Promise<void> {
  const created = { gte: Math.floor(since / 1000) }
  const found: FoundPrice[] = []
  const { prices } = stripeFor(address.mode, env)
  for await (const price of prices.list({ created, active: true, limit: 100 }, onAccount(account))) {
    const of = purposeOf(price)
    if (price.metadata['dream_project'] !== address.projectId || of === null) continue
    const stripeProductId = typeof price.product === 'string' ? price.product : price.product.id
    const money = { currency: price.currency, unitAmount: price.unit_amount ?? 0 }
    found.push({ ...money, of, stripePriceId: price.id, stripeProductId })
  }
  need(await projectAt(env, address).linkPrices(found.toReversed()))
}

function purposeOf({ metadata, recurring }: Stripe.Price): FoundPrice['of'] | null {
  const { dream_tier: tier, dream_variant: variantId } = metadata
  if (variantId !== undefined) return { variantId }
  if (tier === undefined || recurring === null) return null
  return { tier, interval: recurring.interval === 'year' ? 'year' : 'month' }
}

/** This project's sessions on the account, oldest first. Whoever owns the account wrote the metadata, and the project. */
async function sessionsSince(
  { since }: RestoreTask,
  account: string,
  { env, address }: Place,
): Promise<Stripe.Checkout.Session[]> {
  const created = { gte: Math.floor((since - SESSION_MS) / 1000) }
  const found: Stripe.Checkout.Session[] = []
  const { sessions } = stripeFor(address.mode, env).checkout
  for await (const session of sessions.list({ created, limit: 100 }, onAccount(account)))
    if (session.metadata?.['dream_project'] === address.projectId) found.push(session)
  return found.toReversed()
}

/** One that we know is read. One that we do not is closed if it still could be paid; what was paid of it is ours. */
async function takeUp(listed: Stripe.Checkout.Session, account: string, place: Place): Promise<void> {
  const { id: sessionId, url, metadata } = listed
  const project = projectAt(place.env, place.address)
  const checkoutId = metadata?.['dream_checkout'] ?? null
  const orderId = metadata?.['dream_order'] ?? null
  const { known } = need(await project.recognizeSession({ sessionId, url: url ?? '', checkoutId, orderId }))
  const isOrder = listed.mode === 'payment'
  if (known)
    return void (isOrder ? await lookAtOrder(sessionId, account, place) : await lookAtSession(sessionId, place))
  const session = listed.status === 'open' ? await close(sessionId, account, place) : listed
  if (session?.status !== 'complete') return
  if (isOrder) await adopt(sessionId, account, place)
  else await adoptSubscription(session, place)
}

async function close(sessionId: string, account: string, place: Place): Promise<Stripe.Checkout.Session | null> {
  await stripeFor(place.address.mode, place.env)
    .checkout.sessions.expire(sessionId, {}, onAccount(account))
    .catch((error: unknown) => {
      if (!stripeFailure(error).definite) throw error // paid just now
    })
  return retrieveSession(sessionId, account, place)
}

async function adoptSubscription(session: Stripe.Checkout.Session, place: Place): Promise<void> {
  const { customer, subscription, customer_details: details } = session
  const customerId = session.metadata?.['userId']
  if (customer === null || subscription === null || customerId === undefined) return
  const stripeCustomerId = typeof customer === 'string' ? customer : customer.id
  const email = details?.email ?? null
  need(await projectAt(place.env, place.address).linkBuyer({ customerId, stripeCustomerId, email }))
  await readSubscription(typeof subscription === 'string' ? subscription : subscription.id, place)
}

async function adopt(sessionId: string, account: string, place: Place): Promise<void> {
  const session = await retrieveSession(sessionId, account, place)
  const id = session?.metadata?.['dream_order']
  if (session === null || id === undefined) return
  const { env, address } = place
  const lines: FoundLine[] = []
  const { sessions } = stripeFor(address.mode, env).checkout
  for await (const item of sessions.listLineItems(sessionId, { limit: 100 }, onAccount(account)))
    lines.push(toLine(item))
  const reported = await env.DB.prepare(
    `SELECT number, customer_id AS customerId, fulfilled_at AS fulfilledAt FROM order_rows
     WHERE project_id = ? AND mode = ? AND id = ?`,
  )
    .bind(address.projectId, address.mode, id)
    .first<{ number: number; customerId: string | null; fulfilledAt: number | null }>()
  need(
    await projectAt(env, address).adoptOrder({
      id,
      stripeAccount: account,
      createdAt: toMs(session.created),
      expiresAt: toMs(session.expires_at),
      currency: session.currency ?? 'usd',
      successUrl: session.success_url ?? '',
      cancelUrl: session.cancel_url ?? '',
      reading: toOrderReading(session),
      lines,
      reported,
    }),
  )
}

const toLine = ({ price, description, quantity, amount_subtotal: subtotal }: Stripe.LineItem): FoundLine => ({
  stripePriceId: price?.id ?? '',
  variantId: price?.metadata['dream_variant'] ?? null,
  name: description ?? '',
  unitAmount: price?.unit_amount ?? Math.round(subtotal / (quantity ?? 1)),
  quantity: quantity ?? 1,
})

/** What the reports say of after that moment was true in what is lost. What is true now is told to them anew. */
async function forgetReports({ known }: RestoreTask, { env, address }: Place): Promise<void> {
  for (const table of ROW_TABLES) {
    const statement = env.DB.prepare(
      `DELETE FROM ${table} WHERE rowid IN (
         SELECT rowid FROM ${table} WHERE project_id = ? AND mode = ? AND revision > ? LIMIT ?)`,
    ).bind(address.projectId, address.mode, known, ROWS_AT_ONCE)
    while ((await statement.run()).meta.changes >= ROWS_AT_ONCE) continue
  }
}
