/** What stands in the bar on top: further pages and the cart. */

import { CartButton } from './cartDrawer'
import { config } from './config'
import { Link } from './link'

export const Bar = () => (
  <>
    <span className="folds">
      <Link to="/about">{config.about.link}</Link>
    </span>
    <span className="folds">
      <Link to="/contact">{config.contact.link}</Link>
    </span>
    <CartButton />
  </>
)
