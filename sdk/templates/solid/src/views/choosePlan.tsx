/** Where a customer picks a plan; whoever has just signed up comes here first. */

import type { Tier } from '@dream-api/sdk'
import { useCustomer } from '@dream-api/sdk/solid'
import { Show } from 'solid-js'
import { SignedIn } from '../account'
import { createAction } from '../action'
import { config } from '../config'
import { dream } from '../dream'
import { Link } from '../link'
import { Failure, Page } from '../parts'
import { PlanCards } from '../planCards'
import { buy } from '../plans'

export const ChoosePlan = () => (
  <Page>
    <div class="wrap band tight stack wide">
      <div class="stack">
        <h1>{config.plans.title}</h1>
        <p class="lead">{config.plans.line}</p>
      </div>
      <SignedIn to="/choose-plan">
        <Plans />
      </SignedIn>
    </div>
  </Page>
)

function Plans() {
  const { customer } = useCustomer(dream)
  const { act, isBusy, error } = createAction(buy)
  const isCurrent = ({ name }: Tier): boolean => name === customer()?.plan
  const action = (tier: Tier) => (
    <Show
      when={isCurrent(tier) || tier.price === 0}
      fallback={
        <button class="button main wide" aria-disabled={isBusy()} onClick={() => void act(tier)}>
          {config.plans.buy} {tier.displayName}
        </button>
      }
    >
      <Link class="button wide" to="/dashboard">
        {isCurrent(tier) ? config.menu.dashboard : config.plans.free}
      </Link>
    </Show>
  )
  return (
    <>
      <Failure of={error()} />
      <PlanCards current={customer()?.plan} heading="h2" action={action} />
    </>
  )
}
