/** The ways in, and the menu of whoever is in. */

import { Show, type JSX } from 'solid-js'
import { createAction } from './action'
import { config } from './config'
import { dream, leaveFor } from './dream'
import { Link } from './link'
import { Failure, Waiting } from './parts'
import { isKnown, user } from './session'

interface SignIn {
  /** Where they come back to. */
  to: string
  how?: 'up' | 'in'
  class?: string
  children: JSX.Element
}

/** A way to the hosted pages where people make an account or sign in. */
export function SignInButton(props: SignIn) {
  const { act, isBusy } = createAction(() => {
    const { auth } = dream
    const way = { redirect: props.to }
    return leaveFor(props.how === 'in' ? auth.getSignInUrl(way) : auth.getSignUpUrl(way))
  })
  return (
    <button class={props.class ?? 'button'} aria-disabled={isBusy()} onClick={() => void act()}>
      {props.children}
    </button>
  )
}

/** Shows its content to whoever is signed in, and the way in to everybody else. */
export const SignedIn = (props: { to: string; children: JSX.Element }) => (
  <Show when={isKnown()} fallback={<Waiting />}>
    <Show when={user()?.id} fallback={<WayIn to={props.to} />} keyed>
      {(_) => props.children}
    </Show>
  </Show>
)

const WayIn = (props: { to: string }) => (
  <div class="panel stack">
    <h2>{config.signIn.title}</h2>
    <p class="soft">{config.signIn.line}</p>
    <div class="row">
      <SignInButton to={props.to} class="button main">
        {config.signIn.up}
      </SignInButton>
      <SignInButton to={props.to} how="in">
        {config.signIn.in}
      </SignInButton>
    </div>
  </div>
)

export function AccountMenu() {
  const { menu } = config
  const account = createAction(() => leaveFor(dream.auth.getCustomerPortalUrl({ returnUrl: window.location.href })))
  const billing = createAction(async () =>
    leaveFor((await dream.billing.openPortal({ returnUrl: window.location.href })).url),
  )
  return (
    <>
      <button class="button" popoverTarget="account">
        {menu.label}
      </button>
      <div id="account" class="menu" popover="auto">
        <p class="small soft">{user()?.email}</p>
        <Link class="button quiet" to="/dashboard">
          {menu.dashboard}
        </Link>
        <Link class="button quiet" to="/choose-plan">
          {menu.plan}
        </Link>
        <button class="button quiet" onClick={() => void account.act()}>
          {menu.account}
        </button>
        <button class="button quiet" aria-disabled={billing.isBusy()} onClick={() => void billing.act()}>
          {menu.billing}
        </button>
        <Failure of={billing.error()} />
        <button class="button quiet" onClick={() => void dream.auth.signOut()}>
          {menu.signOut}
        </button>
      </div>
    </>
  )
}
