/** What stands in the bar on top: the ways in, or the menu of whoever is signed in. */

import { Show } from 'solid-js'
import { AccountMenu, SignInButton } from './account'
import { config } from './config'
import { Link } from './link'
import { isKnown, user } from './session'

export const Bar = () => (
  <Show when={isKnown()}>
    <Show when={user()} fallback={<WaysIn />}>
      <span class="folds">
        <Link to="/dashboard">{config.menu.dashboard}</Link>
      </span>
      <AccountMenu />
    </Show>
  </Show>
)

const WaysIn = () => (
  <>
    <span class="folds">
      <Link to="/#pricing">{config.pricing.link}</Link>
    </span>
    <SignInButton to="/dashboard" how="in" class="button quiet">
      {config.signIn.in}
    </SignInButton>
    <SignInButton to="/choose-plan" class="button main">
      {config.signIn.up}
    </SignInButton>
  </>
)
