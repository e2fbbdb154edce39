/** The small parts that every page is made of. Their looks are in src/style.css, their words in src/config.ts. */

import type { ReactNode } from 'react'
import { config } from './config'
import { dream, leaveFor } from './dream'
import { env } from './env'
import { useAction } from './action'
import { Link } from './link'
import { useSession } from './session'
import { said } from './words'

/** A page between the bar on top and the lines at the foot. */
export function Page({ bar, children }: { bar?: ReactNode; children: ReactNode }) {
  return (
    <>
      <a className="skip button" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <div className="wrap row between">
          <Link className="brand" to="/">
            {config.name}
          </Link>
          <nav className="links" aria-label="Main">
            {bar}
          </nav>
        </div>
      </header>
      <main id="main">{env.publishableKey === '' ? <KeyMissing /> : children}</main>
      <footer className="foot">
        <div className="wrap row between">
          <span>{config.footer.line}</span>
          <span className="row">
            {config.footer.links.map(({ label, href }) => (
              <a key={href} href={href}>
                {label}
              </a>
            ))}
          </span>
        </div>
      </footer>
    </>
  )
}

/** For whoever builds the app, before it has its key. */
function KeyMissing() {
  return (
    <div className="narrow band stack">
      <h2>One key is missing</h2>
      <p className="soft">
        Copy <code>.env.example</code> to <code>.env.local</code>, put your project's publishable key in, and start
        again.
      </p>
    </div>
  )
}

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

/** What went wrong, as a sentence, to the eye and to a screen reader. */
export function Failure({ of }: { of: unknown }) {
  return of === null ? null : (
    <p className="notice bad" role="alert">
      {said(of)}
    </p>
  )
}

/** The place of what is still on its way. */
export const Waiting = () => <div className="waiting" role="status" aria-label="Loading" />

export const Questions = ({ list }: { list: readonly { question: string; answer: string }[] }) =>
  list.map(({ question, answer }) => (
    <details className="question" key={question}>
      <summary>{question}</summary>
      <p>{answer}</p>
    </details>
  ))
