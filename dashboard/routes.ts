/** Every screen on one page: its address, how it is called and where it is found. A screen is fetched when it is first opened. */

import { lazy, type Component } from 'solid-js'
import type { ProjectType } from '../sdk/schema/common.ts'
import type { IconName } from './components/icon.tsx'

export interface Screen {
  readonly path: string
  readonly page: Component
  /** Its place in the navigation; left out, it is reached from another screen. */
  readonly nav?: {
    readonly name: string
    readonly icon: IconName
    readonly group: 'project' | 'developers' | 'account'
    /** `g`, then this. */
    readonly key?: string
    /** The types of project that use it; all when left out. */
    readonly for?: readonly ProjectType[]
  }
}

const PROJECT = '/p/:projectId/:mode'

export const SCREENS: readonly Screen[] = [
  { path: '/', page: lazy(() => import('./pages/projects.tsx')) },
  {
    path: '/projects',
    page: lazy(() => import('./pages/projects.tsx')),
    nav: { name: 'All projects', icon: 'grid', group: 'account', key: 'p' },
  },
  {
    path: PROJECT,
    page: lazy(() => import('./pages/overview.tsx')),
    nav: { name: 'Overview', icon: 'home', group: 'project', key: 'o' },
  },
]
