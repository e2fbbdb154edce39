/** Which path shows which page. */

import { SessionProvider } from '../session'
import { ChoosePlan } from './choosePlan'
import { Landing } from './landing'
import { Library } from './library'

/** Around every page. */
export const Frame = SessionProvider

export const HOME = Landing
export const PAGES: Readonly<Record<string, typeof Landing>> = {
  '/': Landing,
  '/choose-plan': ChoosePlan,
  '/dashboard': Library,
}
