/** Random lives of a subscription under a post that duplicates, reorders, delays and loses; each by its seed. */

import { afterEach, describe, expect, it } from 'vitest'
import { useApp, type Body } from '../support/app.ts'
import { dice } from '../support/dice.ts'
import {
  askFor,
  card,
  customerOf,
  LADDER,
  onlyOne,
  planOf,
  post,
  stripeOf,
  subscriptionsAt,
} from '../support/billing.ts'

const app = useApp()
afterEach(() => post(app()))

describe('random streams', () => {
  const SEEDS = Array.from({ length: 25 }, (_, index) => index + 1)
  const STATUS_WITH_ACCESS = new Set(['active', 'trialing', 'past_due'])

  it.each(SEEDS)(
    'seed %i: changed, declined and canceled under a bad post, it ends as Stripe has it [W3]',
    async (seed) => {
      const roll = dice(seed)
      const pick = <T>(all: readonly T[]): T => all[Math.floor(roll() * all.length)] as T
      const project = await app().project({ tiers: LADDER })
      await app().subscribe(project, 'u', pick(['pro', 'max']))
      const stripe = stripeOf(app(), project)
      const loses = seed <= 4 // early, while few projects have to be moved through a month
      await post(app(), {
        seed,
        duplicate: roll() * 0.6,
        drop: loses ? 0.3 : 0,
        reorder: true,
        delayMs: Math.floor(roll() * 20_000),
      })
      const live = async () =>
        (await subscriptionsAt(app(), project)).find(({ status }) => STATUS_WITH_ACCESS.has(status))
      const steps: Record<string, () => Promise<unknown>> = {
        ask: () => askFor(app(), project, 'u', { tier: pick(['free', 'pro', 'max']) }),
        decline: async () => card(app(), (await customerOf(app(), project, 'u')).stripeCustomerId, 'decline'),
        repair: async () => card(app(), (await customerOf(app(), project, 'u')).stripeCustomerId, 'ok'),
        end: async () => {
          const now = await live()
          if (now !== undefined)
            await stripe.subscriptions.update(now.id, { cancel_at_period_end: roll() < 0.5 }).catch(() => null)
        },
        cancel: async () => {
          const now = await live()
          if (now !== undefined && roll() < 0.5) await stripe.subscriptions.cancel(now.id)
        },
        wait: () => app().advance(`${1 + Math.floor(roll() * 15)}s`),
        settle: () => app().settle(),
      }
      for (let step = 0; step < 4 + Math.floor(roll() * 3); step += 1) await steps[pick(Object.keys(steps))]?.()
      await post(app()) // calm again; what was late or lost is still so
      await app().advance(loses ? '33d' : '2m') // late post has come; what was lost was looked for when its period ended

      const truth = await subscriptionsAt(app(), project)
      const known = (await customerOf(app(), project, 'u')).subscriptions as Body[]
      const brief = (all: readonly Body[]) =>
        all.map(({ id, status }) => `${id as string} ${status as string}`).toSorted()
      expect(brief(known), `seed ${seed}`).toEqual(brief(truth))
      for (const subscription of truth) {
        const ours = known.find(({ id }) => id === subscription.id)
        const item = onlyOne(subscription.items.data)
        expect(ours.unitAmount).toBe(item.price.unit_amount)
        expect(ours.currentPeriodEnd).toBe(item.current_period_end * 1000)
      }
      const held = truth.find(({ status }) => STATUS_WITH_ACCESS.has(status))
      const plan = held === undefined ? 'free' : onlyOne(held.items.data).price.unit_amount === 5000 ? 'max' : 'pro'
      expect(await planOf(app(), project, 'u')).toBe(plan)
      expect(truth.filter(({ status }) => STATUS_WITH_ACCESS.has(status)).length).toBeLessThanOrEqual(1)
    },
  )

  it('breaks no invariant of any project', async () => {
    expect((await app().ok('GET', '/sandbox/violations')).violations).toEqual([])
  })
})
