/** Which path shows which page. */

import { ShopProvider } from '../shopState'
import { About, Contact } from './about'
import { Shop } from './shop'
import { Thanks } from './thanks'

/** Around every page. */
export const Frame = ShopProvider

export const HOME = Shop
export const PAGES: Readonly<Record<string, typeof Shop>> = {
  '/': Shop,
  '/about': About,
  '/contact': Contact,
  '/thanks': Thanks,
}
