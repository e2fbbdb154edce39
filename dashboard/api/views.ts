/** What the account's routes answer, by the names that the screens have for it. */

import type {
  Account,
  AuditEntry,
  Bill,
  Connection,
  Connections,
  Invitation,
  Invoices,
  Member,
} from '../../sdk/schema/answers/account.ts'
import type { Dashboard, Report } from '../../sdk/schema/answers/figures.ts'
import type { Calls, Explanation, History, LimitHits, Timeline } from '../../sdk/schema/answers/looking.ts'
import type { Customer, Customers, Impact, Subscription, Tier, Usage } from '../../sdk/schema/answers/plans.ts'
import type { MadeProject, Project, Promoted, Promotion } from '../../sdk/schema/answers/projects.ts'
import type { Attempt, Endpoint, Event, Events, Key, Message, ProjectNow } from '../../sdk/schema/answers/setup.ts'
import type { Order, Product, Variant } from '../../sdk/schema/answers/store.ts'
import type { Said } from '../../sdk/schema/answers/words.ts'

export interface Page {
  readonly nextCursor: string | null
}

export type AccountView = Said<typeof Account>
export type BillingView = Said<typeof Bill>
export type InvoiceView = Said<typeof Invoices>['invoices'][number]
export type MemberView = Said<typeof Member>
export type InvitationView = Said<typeof Invitation>
export type AuditView = Said<typeof AuditEntry>
export type ConnectionView = Said<typeof Connection>
export type ConnectionsView = Said<typeof Connections>['connections']

export type ProjectView = Said<typeof Project>
export type CreatedView = Said<typeof MadeProject>
export type SettingsView = Said<typeof ProjectNow>['project']
export type PromotionView = Said<typeof Promotion>
export type PromotedView = Said<typeof Promoted>
export type DashboardView = Said<typeof Dashboard>
export type DashboardCustomer = DashboardView['customers'][number]
export type ReportView = Said<typeof Report>

export type HistoryView = Said<typeof History>
export type LimitHitView = Said<typeof LimitHits>['hits'][number]
export type CallView = Said<typeof Calls>['calls'][number]
export type EntryView = Said<typeof Timeline>['entries'][number]
export type ExplanationView = Said<typeof Explanation>

export type ListedCustomerView = Said<typeof Customers>['customers'][number]
export type CustomerView = Said<typeof Customer> & { readonly subscriptions?: readonly SubscriptionView[] }
export type SubscriptionView = Said<typeof Subscription>
export type UsageView = Said<typeof Usage>

export type TierView = Said<typeof Tier>
export type PriceView = TierView['prices'][number]
export type ImpactView = Said<typeof Impact>['impact']

export type ProductView = Said<typeof Product>
export type VariantView = Said<typeof Variant>
export type OrderView = Said<typeof Order>
export type LineView = OrderView['lines'][number]

export type KeyView = Said<typeof Key>
export type EventsView = Said<typeof Events>
export type EventView = Said<typeof Event> & { readonly payload?: unknown }
export type EndpointView = Said<typeof Endpoint>
export type MessageView = Said<typeof Message> & {
  readonly payload?: unknown
  readonly attempts?: readonly Said<typeof Attempt>[]
}
