/** The plans side by side, each with whatever the page wants to do with it. */

import type { Tier } from '@dream-api/sdk'
import { createResource, For, Show, type JSX } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import { config } from './config'
import { Failure, Waiting } from './parts'
import { intervalOf, listPlans, offersOf, priceOf } from './plans'

interface Cards {
  /** The slug of the customer's plan. */
  current?: string
  /** Of the cards' headings: one below what stands above the cards. */
  heading: 'h2' | 'h3'
  /** What a card ends with. */
  action: (tier: Tier) => JSX.Element
}

export function PlanCards(props: Cards) {
  const [tiers] = createResource(listPlans)
  return (
    <Show when={tiers.error === undefined} fallback={<Failure of={tiers.error} />}>
      <Show when={tiers()} fallback={<Waiting />}>
        {(tiers) => (
          <ul class="grid">
            <For each={tiers()}>
              {(tier) => (
                <li class="panel stack plan" classList={{ chosen: tier.popular }}>
                  <div class="row between">
                    <Dynamic component={props.heading} class="small-title">
                      {tier.displayName}
                    </Dynamic>
                    <Badge tier={tier} current={props.current} />
                  </div>
                  <p>
                    <span class="price">{priceOf(tier)}</span> <span class="soft">/ {intervalOf(tier)}</span>
                  </p>
                  <Show when={tier.description}>
                    <p class="soft">{tier.description}</p>
                  </Show>
                  <Show when={tier.trialDays}>
                    <p class="small">
                      {tier.trialDays} {config.plans.trial}
                    </p>
                  </Show>
                  <ul class="ticks">
                    <For each={offersOf(tier)}>{(offer) => <li>{offer}</li>}</For>
                  </ul>
                  {props.action(tier)}
                </li>
              )}
            </For>
          </ul>
        )}
      </Show>
    </Show>
  )
}

const Badge = (props: { tier: Tier; current: string | undefined }) => {
  const words = () => (props.tier.name === props.current ? config.plans.current : config.pricing.popular)
  return (
    <Show when={props.tier.name === props.current || props.tier.popular}>
      <span class="badge">{words()}</span>
    </Show>
  )
}
