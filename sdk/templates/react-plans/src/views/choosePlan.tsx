/** Where a customer picks a plan; whoever has just signed up comes here first. */

import type { Tier } from '@dream-api/sdk'
import { useCustomer } from '@dream-api/sdk/react'
import { SignedIn } from '../account'
import { useAction } from '../action'
import { Bar } from '../bar'
import { config } from '../config'
import { dream } from '../dream'
import { Link } from '../link'
import { Failure, Page } from '../parts'
import { PlanCards } from '../planCards'
import { buy } from '../plans'

export function ChoosePlan() {
  const { title, line } = config.plans
  return (
    <Page bar={<Bar />}>
      <div className="wrap band tight stack wide">
        <div className="stack">
          <h1>{title}</h1>
          <p className="lead">{line}</p>
        </div>
        <SignedIn to="/choose-plan">
          <Plans />
        </SignedIn>
      </div>
    </Page>
  )
}

function Plans() {
  const { customer } = useCustomer(dream)
  const { act, isBusy, error } = useAction(buy)
  const { current, free, buy: get } = config.plans
  const action = (tier: Tier) => {
    if (tier.name === customer?.plan || tier.price === 0)
      return (
        <Link className="button wide" to="/dashboard">
          {tier.price === 0 && tier.name !== customer?.plan ? free : config.menu.dashboard}
        </Link>
      )
    return (
      <button className="button main wide" aria-disabled={isBusy} onClick={() => void act(tier)}>
        {get} {tier.displayName}
      </button>
    )
  }
  return (
    <>
      <Failure of={error} />
      <PlanCards current={customer?.plan} heading="h2" action={action} />
      <p className="sr" role="status">
        {customer === null ? '' : `${current}: ${customer.plan}`}
      </p>
    </>
  )
}
