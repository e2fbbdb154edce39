/** What stands in the bar on top: the ways in, or the menu of whoever is signed in. */

import { AccountMenu, SignInButton } from './account'
import { config } from './config'
import { Link } from './link'
import { useSession } from './session'

export function Bar() {
  const { isKnown, user } = useSession()
  const { menu, signIn } = config
  if (!isKnown) return null
  if (user === null)
    return (
      <>
        <span className="folds">
          <Link to="/#pricing">{config.pricing.link}</Link>
        </span>
        <SignInButton to="/dashboard" how="in" className="button quiet">
          {signIn.in}
        </SignInButton>
        <SignInButton to="/choose-plan" className="button main">
          {signIn.up}
        </SignInButton>
      </>
    )
  return (
    <>
      <span className="folds">
        <Link to="/dashboard">{menu.dashboard}</Link>
      </span>
      <AccountMenu>
        <Link className="button quiet" to="/dashboard">
          {menu.dashboard}
        </Link>
        <Link className="button quiet" to="/choose-plan">
          {menu.plan}
        </Link>
      </AccountMenu>
    </>
  )
}
