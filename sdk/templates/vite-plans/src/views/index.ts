/** Which path shows which page. */

import { ChoosePlan } from './choosePlan'
import { Dashboard } from './dashboard'
import { Landing } from './landing'

export const HOME = Landing
export const PAGES: Readonly<Record<string, typeof Landing>> = {
  '/': Landing,
  '/choose-plan': ChoosePlan,
  '/dashboard': Dashboard,
}
