/** The plans side by side, each with whatever the page wants to do with it. */

import type { Tier } from '@dream-api/sdk'
import type { ReactNode } from 'react'
import { config } from './config'
import { Failure, Waiting } from './parts'
import { listPlans, offersOf, priceOf } from './plans'
import { useRead } from './read'

/** `action` is what a card ends with; `current` the slug of the customer's plan. */
export function PlanCards({ current, action }: { current?: string; action: (tier: Tier) => ReactNode }) {
  const { value: tiers, error } = useRead(listPlans)
  if (error !== null) return <Failure of={error} />
  if (tiers === null) return <Waiting />
  return (
    <ul className="grid">
      {tiers.map((tier) => (
        <li key={tier.name} className={`panel stack plan ${tier.popular ? 'chosen' : ''}`}>
          <div className="row between">
            <h3>{tier.displayName}</h3>
            {tier.name === current ? (
              <span className="badge">{config.plans.current}</span>
            ) : (
              tier.popular && <span className="badge">{config.pricing.popular}</span>
            )}
          </div>
          <p>
            <span className="price">{priceOf(tier)}</span> <span className="soft">/ {tier.interval ?? 'month'}</span>
          </p>
          {tier.description && <p className="soft">{tier.description}</p>}
          {tier.trialDays != null && (
            <p className="small">
              {tier.trialDays} {config.plans.trial}
            </p>
          )}
          <ul className="ticks">
            {offersOf(tier).map((offer) => (
              <li key={offer}>{offer}</li>
            ))}
          </ul>
          {action(tier)}
        </li>
      ))}
    </ul>
  )
}
