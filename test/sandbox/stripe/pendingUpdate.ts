/** Changes that wait for their invoice to be paid (payment_behavior=pending_if_incomplete). */
import { voidInvoice } from './invoices.ts'
import type { Subscription } from './types.ts'
import type { World } from './world.ts'

export function applyPendingUpdate(world: World, subscription: Subscription) {
  const pending = subscription.pending_update
  if (!pending) return
  const waited = world.store.get('invoice', subscription.latest_invoice ?? '')?.attempt_count ?? 0
  const data = pending.subscription_items ?? subscription.items.data
  const patch: Partial<Subscription> = {
    items: { ...subscription.items, data },
    billing_cycle_anchor: pending.billing_cycle_anchor ?? subscription.billing_cycle_anchor,
    pending_update: null,
  }
  const applied = world.change('subscription', subscription.id, patch, 'customer.subscription.updated')
  if (waited > 0) world.emit('customer.subscription.pending_update_applied', applied)
}

export function expirePendingUpdate(world: World, subscription: Subscription) {
  const invoice = world.store.get('invoice', subscription.latest_invoice ?? '')
  if (invoice?.status === 'open') voidInvoice(world, invoice.id)
  const expired = world.change(
    'subscription',
    subscription.id,
    { pending_update: null },
    'customer.subscription.updated',
  )
  world.emit('customer.subscription.pending_update_expired', expired)
}
