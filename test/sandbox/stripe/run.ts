/** Lets one due thing of the Stripe world happen. */
import { collect } from './collect.ts'
import { expireSession } from './checkout.ts'
import { ringSubscription } from './cycle.ts'
import { settleRefund } from './refunds.ts'
import { ringSchedule } from './schedules.ts'
import type { DueRow } from './store.ts'
import type { World } from './world.ts'

export function ring(world: World, due: DueRow) {
  const before = picture(world, due)
  act(world, due)
  if (picture(world, due) === before) throw new Error(`ringing ${due.kind} ${due.id} at ${due.due} changed nothing`)
}

function act(world: World, { kind, id }: DueRow) {
  const { store } = world
  switch (kind) {
    case 'subscription':
      return ringSubscription(world, store.require('subscription', id))
    case 'subscription_schedule':
      return ringSchedule(world, store.require('subscription_schedule', id))
    case 'invoice':
      return collect(world, id)
    case 'refund':
      return settleRefund(world, id)
    case 'checkout_session':
      return expireSession(world, store.require('checkout_session', id))
    default:
      throw new Error(`nothing to do for a ${kind} that is due`)
  }
}

function picture(world: World, { kind, id }: DueRow): string {
  return JSON.stringify([world.store.get(kind, id), world.store.hidden(kind, id)])
}
