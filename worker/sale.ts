/** Carries out at Stripe what a project decided about an order, and tells the project how it went. */

import type Stripe from 'stripe'
import type { Order } from '../objects/order.ts'
import type { OrderTask } from '../objects/carting.ts'
import type { RefundTask } from '../objects/refunding.ts'
import type { Refund } from '../objects/refunds.ts'
import { need, refuse } from './http.ts'
import type { Place } from './stripe/catalog.ts'
import { assertObject, isKeyReused, onAccount, stripeFailure, stripeFor, toStripeRefusal } from './stripe/client.ts'
import { toDisputeReading, toOrderReading, toOrderSession, toRefundReading } from './stripe/order.ts'
import { ensureVariantPrice, publishProduct } from './stripe/product.ts'
import { projectAt } from './stub.ts'

/** The order with its hosted session, for the one who asked for it. */
export async function sell(task: OrderTask, place: Place): Promise<Order> {
  try {
    return task.order.sessionId === null ? await openOrder(task, place) : task.order
  } catch (error) {
    throw toStripeRefusal(error)
  }
}

/** Makes the session of an order. Its id is the key: repeated, it answers the same session. */
export async function openOrder(task: OrderTask, place: Place): Promise<Order> {
  const { env, address } = place
  const project = projectAt(env, address)
  try {
    const prices = await pricesOf(task, place)
    const { sessions } = stripeFor(address.mode, env).checkout
    const session = await sessions
      .create(toOrderSession(task, prices), onAccount(task.stripeAccount, `order:${task.order.id}`))
      .then(assertObject, (error: unknown) => madeBefore(error, task, sessions))
    return need(await project.openOrder(task.order.id, { id: session.id, url: session.url ?? task.order.successUrl }))
  } catch (error) {
    const { definite, spent } = stripeFailure(error)
    if (definite || spent) need(await project.abandonOrder(task.order.id))
    throw error
  }
}

/** Made with what has changed since (a buyer who was forgotten), and the answer was lost: Stripe has it under the id. */
async function madeBefore(
  error: unknown,
  { order, stripeAccount }: OrderTask,
  sessions: Stripe['checkout']['sessions'],
): Promise<Stripe.Checkout.Session> {
  if (!isKeyReused(error)) throw error
  const created = { gte: Math.floor(order.createdAt / 1000) - 3600 }
  for await (const found of sessions.list({ created, limit: 100 }, onAccount(stripeAccount)))
    if (found.client_reference_id === order.id) return found
  throw error
}

async function pricesOf(task: OrderTask, place: Place): Promise<string[]> {
  const prices: string[] = []
  for (const { price, product } of task.lines) {
    if (price.stripePriceId !== null && !price.closed) prices.push(price.stripePriceId)
    else {
      if (product.stripeProductId === null || price.closed) await publishProduct(product.id, place)
      prices.push(await linkedPrice(task, prices.length, place))
    }
  }
  return prices
}

/** The price of a line after its product is known at Stripe. */
async function linkedPrice(task: OrderTask, index: number, place: Place): Promise<string> {
  const fresh = need(await projectAt(place.env, place.address).orderTask(task.order.id))
  const line = fresh.lines[index]
  const stripeProductId = line?.product.stripeProductId
  if (line === undefined || stripeProductId === undefined || stripeProductId === null)
    throw new Error(`line ${index} of ${task.order.id} has no product at Stripe`)
  const { name, options } = line.line
  return ensureVariantPrice({ ...task, stripeProductId, price: line.price, name, options }, place)
}

/**
 * Finishes what was interrupted, ends a hold that is over, or looks how the payment stands. On an account that does not let
 * us in any more nothing can be known: the order is given up in time.
 */
export async function tendOrder(id: string, place: Place): Promise<void> {
  try {
    await tendReachable(id, place)
  } catch (error) {
    if (!stripeFailure(error).forbidden) throw error
    need(await projectAt(place.env, place.address).giveUpOrder(id))
  }
}

async function tendReachable(id: string, place: Place): Promise<void> {
  const project = projectAt(place.env, place.address)
  if ((await project.stripeAccount()) === null) return void need(await project.giveUpOrder(id))
  const task = need(await project.orderTask(id))
  const { order } = task
  if (order.state !== 'pending' && order.state !== 'processing') return
  const opened = order.sessionId === null ? await openOrder(task, place).catch(definiteIsNull) : order
  if (opened === null || opened.sessionId === null) return
  const over = order.state === 'pending' && Date.now() >= order.holdEndsAt
  if (over) await expireOrder({ ...task, order: opened }, place)
  else await lookAtOrder(opened.sessionId, task.stripeAccount, place)
}

function definiteIsNull(error: unknown): null {
  if (stripeFailure(error).definite) return null // refused for good: the order was let go
  throw error
}

/** Asks Stripe to end the session. Whether that freed the stock is what Stripe then says of it. */
export async function expireOrder(task: OrderTask, place: Place): Promise<void> {
  const { sessionId } = task.order
  if (sessionId === null) return
  await stripeFor(place.address.mode, place.env)
    .checkout.sessions.expire(sessionId, {}, onAccount(task.stripeAccount))
    .catch((error: unknown) => {
      if (!stripeFailure(error).definite) throw error // not open any more is fine: it is read next
    })
  await lookAtOrder(sessionId, task.stripeAccount, place)
}

export async function lookAtOrder(sessionId: string, stripeAccount: string, place: Place): Promise<void> {
  const session = await retrieveSession(sessionId, stripeAccount, place)
  if (session === null) need(await projectAt(place.env, place.address).loseSession(sessionId))
  else await applyOrder(session, place)
}

/** `null` when Stripe does not know the session, as after its test data were deleted. */
export async function retrieveSession(
  sessionId: string,
  stripeAccount: string,
  { env, address }: Place,
): Promise<Stripe.Checkout.Session | null> {
  try {
    const { sessions } = stripeFor(address.mode, env).checkout
    return assertObject(await sessions.retrieve(sessionId, { expand: ['payment_intent'] }, onAccount(stripeAccount)))
  } catch (error) {
    if (stripeFailure(error).missing) return null
    throw error
  }
}

/** Tells the project how the session of an order stands. */
export async function applyOrder(session: Stripe.Checkout.Session, { env, address }: Place): Promise<void> {
  need(await projectAt(env, address).applyOrder(toOrderReading(session)))
}

/**
 * Makes a refund that was decided, unless Stripe has it already: a key is remembered for a day only, and a debt may be much
 * older when a project was set back to an earlier moment. Refused for good it is marked failed; unknown, it is asked again.
 */
export async function performRefund(id: string, place: Place): Promise<void> {
  const { env, address } = place
  const task = need(await projectAt(env, address).refundTask(id))
  if (task === null) throw new Error('the refund waits for a connected Stripe account') // it stays owed
  if (task.refund.state !== 'asked') return
  try {
    if (!(await isRefunded(task, place))) await createRefund(task, place)
  } catch (error) {
    const failure = stripeFailure(error)
    if (!failure.definite) throw error
    need(await projectAt(env, address).failRefund(id, failure.message))
  }
  await readRefunds(task.paymentIntent, place) // also when it was refused: Stripe knows of refunds that we do not
}

/** Does Stripe have this refund of ours, whatever became of it? */
async function isRefunded({ refund, paymentIntent, stripeAccount }: RefundTask, place: Place): Promise<boolean> {
  const { refunds } = stripeFor(place.address.mode, place.env)
  for await (const { metadata } of refunds.list(
    { payment_intent: paymentIntent, limit: 100 },
    onAccount(stripeAccount),
  ))
    if (metadata?.['dream_refund'] === refund.id) return true
  return false
}

async function createRefund({ refund, paymentIntent, stripeAccount }: RefundTask, place: Place): Promise<void> {
  await stripeFor(place.address.mode, place.env).refunds.create(
    {
      payment_intent: paymentIntent,
      amount: refund.amount,
      metadata: { dream_refund: refund.id, dream_order: refund.orderId },
      ...(refund.reason === null ? {} : { reason: refund.reason as 'duplicate' }),
    },
    onAccount(stripeAccount, `refund:${refund.id}`),
  )
}

/** The refund as it stands after it was carried out. */
export async function refundNow(refund: Refund, place: Place): Promise<void> {
  try {
    await performRefund(refund.id, place)
  } catch (error) {
    throw toStripeRefusal(error)
  }
  const task = need(await projectAt(place.env, place.address).refundTask(refund.id))
  if (task?.refund.state === 'failed' && task.refund.stripeRefundId === null)
    refuse('stripe_refused', { message: task.refund.failure ?? 'Stripe refused the refund.' })
}

/** Reads every refund of a payment and applies them, unless a newer reading was applied meanwhile. */
export async function readRefunds(payment_intent: string, { env, address }: Place): Promise<void> {
  const project = projectAt(env, address)
  const { number, stripeAccount } = await project.startRefundReading(payment_intent)
  const { refunds } = stripeFor(address.mode, env)
  const found = await allOn(stripeAccount, (account) => refunds.list({ payment_intent, limit: 100 }, account))
  if (found === null) return void need(await project.settleEvents(`stripe.refunds/${payment_intent}`, OUT_OF_REACH))
  need(await project.applyRefunds(payment_intent, { number, refunds: found.toReversed().map(toRefundReading) }))
}

/** The same for its disputes. */
export async function readDisputes(payment_intent: string, { env, address }: Place): Promise<void> {
  const project = projectAt(env, address)
  const { number, stripeAccount } = await project.startDisputeReading(payment_intent)
  const { disputes } = stripeFor(address.mode, env)
  const found = await allOn(stripeAccount, (account) => disputes.list({ payment_intent, limit: 100 }, account))
  if (found === null) return void need(await project.settleEvents(`stripe.disputes/${payment_intent}`, OUT_OF_REACH))
  need(await project.applyDisputes(payment_intent, { number, disputes: found.map(toDisputeReading) }))
}

const OUT_OF_REACH = { outcome: 'ignored', reason: 'the Stripe account of this payment is not connected' } as const

/** Every page of a list, newest first; `null` when the account does not let us in any more. */
async function allOn<T>(
  stripeAccount: string | null,
  list: (account: Stripe.RequestOptions) => AsyncIterable<T>,
): Promise<T[] | null> {
  if (stripeAccount === null) return null
  try {
    const found: T[] = []
    for await (const one of list(onAccount(stripeAccount))) found.push(one)
    return found
  } catch (error) {
    if (stripeFailure(error).forbidden) return null
    throw error
  }
}
