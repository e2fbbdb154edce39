/** Which path shows which page. */

import { About, Contact } from './about'
import { Shop } from './shop'
import { Thanks } from './thanks'

export const HOME = Shop
export const PAGES: Readonly<Record<string, typeof Shop>> = {
  '/': Shop,
  '/about': About,
  '/contact': Contact,
  '/thanks': Thanks,
}
