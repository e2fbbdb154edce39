/** The plans side by side, each with whatever the page wants to do with it. */

import type { Tier } from '@dream-api/sdk'
import type { ReactNode } from 'react'
import { config } from './config'
import { Failure, Waiting } from './parts'
import { intervalOf, listPlans, offersOf, priceOf } from './plans'
import { useRead } from './read'

interface Cards {
  /** The slug of the customer's plan. */
  current?: string
  /** Of the cards' headings: one below what stands above the cards. */
  heading: 'h2' | 'h3'
  /** What a card ends with. */
  action: (tier: Tier) => ReactNode
}

export function PlanCards({ current, heading: Heading, action }: Cards) {
  const { value: tiers, error } = useRead(listPlans)
  if (error !== null) return <Failure of={error} />
  if (tiers === null) return <Waiting />
  return (
    <ul className="grid">
      {tiers.map((tier) => (
        <li key={tier.name} className={`panel stack plan ${tier.popular ? 'chosen' : ''}`}>
          <div className="row between">
            <Heading className="small-title">{tier.displayName}</Heading>
            {tier.name === current ? (
              <span className="badge">{config.plans.current}</span>
            ) : (
              tier.popular && <span className="badge">{config.pricing.popular}</span>
            )}
          </div>
          <p>
            <span className="price">{priceOf(tier)}</span> <span className="soft">/ {intervalOf(tier)}</span>
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
