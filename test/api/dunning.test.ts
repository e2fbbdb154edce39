/** On a server of its own: each day that passes is a day for every project that a server has. */

import { describe, expect, it } from 'vitest'
import { useApp } from '../support/app.ts'
import { card, customerOf, eventsAt, LADDER } from '../support/billing.ts'

const app = useApp()

describe('a decline at renewal', () => {
  it('is heard once Stripe’s events come, and its recovery too, though each came late', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u')
    const { stripeCustomerId } = await customerOf(app(), project, 'u')
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { delayMs: 3_600_000 } })
    await card(app(), stripeCustomerId, 'decline')
    await app().advance('32d')
    await card(app(), stripeCustomerId, 'ok')
    await app().advance('9d')
    await app().ok('POST', '/sandbox/stripe/delivery', { body: {} })
    await app().advance('2h')
    expect((await customerOf(app(), project, 'u')).subscriptions[0]).toMatchObject({ status: 'active', tier: 'pro' })
    expect((await eventsAt(app(), project, 'invoice.payment_failed')).length).toBeGreaterThan(0)
  })
})
