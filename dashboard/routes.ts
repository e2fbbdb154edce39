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

const SELLS_TIERS = ['saas', 'membership'] as const

const SCREENS_ALWAYS: readonly Screen[] = [
  { path: '/', page: lazy(() => import('./pages/projects.tsx')) },
  {
    path: PROJECT,
    page: lazy(() => import('./pages/overview.tsx')),
    nav: { name: 'Overview', icon: 'home', group: 'project', key: 'o' },
  },
  {
    path: `${PROJECT}/customers`,
    page: lazy(() => import('./pages/customers.tsx')),
    nav: { name: 'Customers', icon: 'users', group: 'project', key: 'c' },
  },
  { path: `${PROJECT}/customers/:id`, page: lazy(() => import('./pages/customer.tsx')) },
  {
    path: `${PROJECT}/orders`,
    page: lazy(() => import('./pages/orders.tsx')),
    nav: { name: 'Orders', icon: 'cart', group: 'project', key: 'd' },
  },
  { path: `${PROJECT}/orders/:id`, page: lazy(() => import('./pages/order.tsx')) },
  {
    path: `${PROJECT}/products`,
    page: lazy(() => import('./pages/products.tsx')),
    nav: { name: 'Products', icon: 'box', group: 'project', key: 'r' },
  },
  {
    path: `${PROJECT}/tiers`,
    page: lazy(() => import('./pages/tiers.tsx')),
    nav: { name: 'Tiers', icon: 'layers', group: 'project', key: 'i', for: SELLS_TIERS },
  },
  {
    path: `${PROJECT}/usage`,
    page: lazy(() => import('./pages/usage.tsx')),
    nav: { name: 'Usage', icon: 'chart', group: 'project', key: 'u' },
  },
  {
    path: `${PROJECT}/activity`,
    page: lazy(() => import('./pages/activity.tsx')),
    nav: { name: 'Activity', icon: 'pulse', group: 'developers', key: 'a' },
  },
  {
    path: `${PROJECT}/keys`,
    page: lazy(() => import('./pages/keys.tsx')),
    nav: { name: 'Keys', icon: 'key', group: 'developers', key: 'k' },
  },
  {
    path: `${PROJECT}/webhooks`,
    page: lazy(() => import('./pages/webhooks.tsx')),
    nav: { name: 'Webhooks', icon: 'hook', group: 'developers', key: 'w' },
  },
  {
    path: `${PROJECT}/integrate`,
    page: lazy(() => import('./pages/integrate.tsx')),
    nav: { name: 'Integrate', icon: 'code', group: 'developers', key: 'e' },
  },
  {
    path: `${PROJECT}/promote`,
    page: lazy(() => import('./pages/promote.tsx')),
    nav: { name: 'Promote', icon: 'rocket', group: 'developers', key: 'l' },
  },
  {
    path: `${PROJECT}/settings`,
    page: lazy(() => import('./pages/settings.tsx')),
    nav: { name: 'Settings', icon: 'settings', group: 'developers', key: 's' },
  },
  {
    path: '/projects',
    page: lazy(() => import('./pages/projects.tsx')),
    nav: { name: 'All projects', icon: 'grid', group: 'account', key: 'p' },
  },
  {
    path: '/connect',
    page: lazy(() => import('./pages/connect.tsx')),
    nav: { name: 'Stripe', icon: 'plug', group: 'account', key: 'n' },
  },
  { path: '/connect/callback', page: lazy(() => import('./pages/connect.tsx')) },
  {
    path: '/billing',
    page: lazy(() => import('./pages/billing.tsx')),
    nav: { name: 'Billing', icon: 'card', group: 'account', key: 'b' },
  },
  {
    path: '/members',
    page: lazy(() => import('./pages/members.tsx')),
    nav: { name: 'Members', icon: 'users', group: 'account', key: 'm' },
  },
  { path: '/accept', page: lazy(() => import('./pages/accept.tsx')) },
  {
    path: '/audit',
    page: lazy(() => import('./pages/audit.tsx')),
    nav: { name: 'Audit log', icon: 'list', group: 'account' },
  },
]

export const SCREENS: readonly Screen[] = SANDBOX
  ? [
      ...SCREENS_ALWAYS,
      {
        path: '/clock',
        page: lazy(() => import('./pages/clock.tsx')),
        nav: { name: 'Test clock', icon: 'clock', group: 'account' },
      },
    ]
  : SCREENS_ALWAYS
