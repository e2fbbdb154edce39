/** The ways in, and the menu of whoever is in. */

import type { ReactNode } from 'react'
import { useAction } from './action'
import { config } from './config'
import { dream, leaveFor } from './dream'
import { Failure, Waiting } from './parts'
import { useSession } from './session'

/** A way to the hosted pages where people make an account or sign in; they come back to `to`. */
export function SignInButton({ to, how = 'up', className = 'button', children }: SignIn) {
  const { act, isBusy } = useAction(() =>
    leaveFor(how === 'up' ? dream.auth.getSignUpUrl({ redirect: to }) : dream.auth.getSignInUrl({ redirect: to })),
  )
  return (
    <button className={className} aria-disabled={isBusy} onClick={() => void act()}>
      {children}
    </button>
  )
}

interface SignIn {
  to: string
  how?: 'up' | 'in'
  className?: string
  children: ReactNode
}

/** Shows its content to whoever is signed in, and the way in to everybody else. */
export function SignedIn({ to, children }: { to: string; children: ReactNode }) {
  const { isKnown, user } = useSession()
  if (!isKnown) return <Waiting />
  if (user !== null) return children
  const { title, line, up, in: into } = config.signIn
  return (
    <div className="panel stack">
      <h2>{title}</h2>
      <p className="soft">{line}</p>
      <div className="row">
        <SignInButton to={to} className="button main">
          {up}
        </SignInButton>
        <SignInButton to={to} how="in">
          {into}
        </SignInButton>
      </div>
    </div>
  )
}

/** The menu of whoever is signed in. `children` are its first entries. */
export function AccountMenu({ children }: { children: ReactNode }) {
  const { user, signOut } = useSession()
  const account = useAction(() => leaveFor(dream.auth.getCustomerPortalUrl({ returnUrl: window.location.href })))
  const billing = useAction(async () =>
    leaveFor((await dream.billing.openPortal({ returnUrl: window.location.href })).url),
  )
  const { menu } = config
  return (
    <>
      <button className="button" popoverTarget="account">
        {menu.label}
      </button>
      <div id="account" className="menu" popover="auto">
        <p className="small soft">{user?.email}</p>
        {children}
        <button className="button quiet" onClick={() => void account.act()}>
          {menu.account}
        </button>
        <button className="button quiet" aria-disabled={billing.isBusy} onClick={() => void billing.act()}>
          {menu.billing}
        </button>
        <Failure of={billing.error} />
        <button className="button quiet" onClick={() => void signOut()}>
          {menu.signOut}
        </button>
      </div>
    </>
  )
}
