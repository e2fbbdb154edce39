/** What the account's routes answer, as far as the screens read it. */

import type { Role } from '../../sdk/schema/account.ts'
import type { Interval, MeterLimit } from '../../sdk/schema/catalog.ts'
import type { Mode, ProjectType } from '../../sdk/schema/common.ts'
import type { Scope } from '../../sdk/schema/key.ts'
import type { OrderStatus } from '../../sdk/schema/order.ts'
import type { Entitlement } from '../../sdk/schema/usage.ts'
import type { AttemptError, DisabledReason, MessageState, WebhookType } from '../../sdk/schema/webhook.ts'

export interface Page {
  readonly nextCursor: string | null
}

export interface Ended {
  readonly endedAt: number
  readonly lockedAt: number
  readonly blockedAt: number
  readonly deleteAt: number
}

export interface OwnSubscription {
  readonly status: string
  readonly trialEnd?: number | null
  readonly currentPeriodEnd?: number | null
  readonly cancelAt?: number | null
}

export interface AccountView {
  readonly platformId: string
  readonly name: string
  readonly email: string
  readonly createdAt: number
  readonly subscription: OwnSubscription | null
  readonly trialAvailable: boolean
  readonly ended: Ended | null
}

export interface ProjectView {
  readonly projectId: string
  readonly name: string
  readonly type: ProjectType
  readonly createdAt: number
  readonly testAt: number | null
  readonly liveAt: number | null
  readonly archivedAt: number | null
  readonly deletingAt: number | null
  readonly deletedAt: number | null
  readonly modes: readonly Mode[]
  readonly publishableKeys: Readonly<Partial<Record<Mode, string>>>
  readonly payments: Readonly<Partial<Record<Mode, { chargesEnabled: boolean; reason: string | null }>>>
}

export interface DashboardView {
  readonly metrics: {
    readonly activeSubs: number
    readonly cancelingSubs: number
    readonly trialingSubs: number
    readonly mrr: number
    readonly usageThisPeriod: number
    readonly storeSalesCount: number
    readonly storeTotalRevenue: number
    readonly lowStockProducts: number
    readonly totalInventory: number
  }
  readonly avgOrderValue: number
  readonly totalCustomers: number
  readonly customers: readonly DashboardCustomer[]
  readonly steps: Readonly<Record<'keyUsed' | 'used' | 'sold' | 'limitHit', boolean>>
  readonly owedToBuyers: readonly unknown[]
  readonly stuck: number
}

export interface HistoryView {
  readonly from: number
  readonly to: number
  readonly step: number
  readonly points: readonly { readonly at: number; readonly meter: string; readonly used: number }[]
}

export interface CallView {
  readonly id: string
  readonly customerId: string
  readonly email: string | null
  readonly meter: string
  readonly quantity: number
  readonly at: number
  readonly reversedAt: number | null
  readonly properties: unknown
}

export interface EntryView {
  readonly at: number
  readonly what: string
  readonly link: string | null
  readonly detail: Readonly<Record<string, string | number | null>>
}

export interface ExplanationView {
  readonly allowed: boolean
  readonly reason: string | null
  readonly usage: Entitlement
  readonly limitFrom: 'customer' | 'plan' | 'nothing'
  readonly upgrade: string | null
  readonly revision: number
}

/** Days of UTC. */
export interface ReportView {
  readonly from: string
  readonly to: string
  readonly asOf: number | null
  readonly customersByDay: readonly { readonly day: string; readonly total: number }[]
  readonly salesByDay: readonly {
    readonly day: string
    readonly currency: string
    readonly orders: number
    readonly revenue: number
  }[]
}

export interface DashboardCustomer {
  readonly id: string
  readonly email: string | null
  readonly plan: string
  readonly status: string
  readonly usage: number
  readonly limit: number | 'unlimited'
  readonly periodEnd: string | null
  readonly renewsAt: number | string | null
  readonly cancelAt: number | string | null
}

export interface CustomerView {
  readonly id: string
  readonly email: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly plan: string
  readonly grantedPlan: string | null
  readonly limits: Readonly<Record<string, { limit: number | null; until: number | null }>> | null
  readonly stripeCustomerId: string | null
  readonly createdAt: number
  readonly subscriptions?: readonly SubscriptionView[]
}

export interface SubscriptionView {
  readonly id: string
  readonly status: string
  readonly tier: string
  readonly unitAmount: number
  readonly currency: string
  readonly interval: Interval
  readonly currentPeriodEnd: number
  readonly trialEnd: number | null
  readonly cancelAt: number | null
  readonly scheduledTier?: string | null
}

export type UsageView = Entitlement & { readonly meters: Readonly<Record<string, Entitlement>> }

export interface PriceView {
  readonly interval: Interval
  readonly unitAmount: number
  readonly currency: string
  readonly onSale: boolean
  readonly subscribers: number
}

export interface TierView {
  readonly slug: string
  readonly displayName: string
  readonly description: string
  readonly features: readonly string[]
  readonly popular: boolean
  readonly trialDays: number | null
  readonly requestsPerMinute: number | null
  readonly limits: Readonly<Record<string, MeterLimit>>
  readonly prices: readonly PriceView[]
  readonly subscribers: number
  readonly isDefault: boolean
  readonly archivedAt: number | null
  readonly revision: number
}

export interface ImpactView {
  readonly subscribers: number
  readonly prices: readonly (PriceView & { readonly becomes: number })[]
  readonly monthly: readonly { readonly currency: string; readonly before: number; readonly after: number }[]
  readonly overLimit: { readonly count: number; readonly customers: readonly unknown[] }
}

export interface VariantView {
  readonly id: string
  readonly sku: string | null
  readonly options: Readonly<Record<string, string>>
  readonly prices: readonly { readonly unitAmount: number; readonly currency: string }[]
  readonly price: number
  readonly currency: string
  readonly available: number | null
  readonly soldOut: boolean
}

export interface ProductView {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly price: number
  readonly currency: string
  readonly imageUrl: string | null
  readonly available: number | null
  readonly soldOut: boolean
  readonly archived: boolean
  readonly options: readonly string[]
  readonly variants: readonly VariantView[]
  readonly grant: { readonly meter: string; readonly quantity: number } | null
}

export interface LineView {
  readonly variantId: string
  readonly name: string
  readonly sku: string | null
  readonly options: Readonly<Record<string, string>>
  readonly unitAmount: number
  readonly quantity: number
  readonly refundedQuantity: number
}

export interface OrderView {
  readonly id: string
  readonly number: number
  readonly status: OrderStatus
  readonly currency: string
  readonly amounts: Readonly<
    Record<'subtotal' | 'discount' | 'tax' | 'shipping' | 'total' | 'refunded' | 'lost', number>
  >
  readonly customer: {
    readonly id: string | null
    readonly email: string | null
    readonly name: string | null
    readonly phone: string | null
  }
  readonly lines: readonly LineView[]
  readonly refunds: readonly {
    readonly id: string
    readonly amount: number
    readonly state: string
    readonly restocked: boolean
    readonly createdAt: number
  }[]
  readonly times: Readonly<Record<string, number | null>>
  readonly tracking: { readonly number: string | null; readonly carrier: string | null }
  readonly paymentIntent: string | null
  readonly orderUrl: string
}

export interface KeyView {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly prefix: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
  readonly endsAt: number | null
  readonly status: string
}

export interface EventView {
  readonly id: string
  readonly type: string
  readonly objectId: string | null
  readonly createdAt: number
  readonly receivedAt: number
  readonly deliveries: number
  readonly outcome: string
  readonly reason: string | null
  readonly payload?: unknown
}

export interface EndpointView {
  readonly id: string
  readonly url: string
  readonly events: readonly WebhookType[]
  readonly description: string | null
  readonly disabled: boolean
  readonly disabledAt: number | null
  readonly disabledReason: DisabledReason | null
  readonly previousSecretEndsAt: number | null
  readonly createdAt: number
}

export interface MessageView {
  readonly id: string
  readonly endpointId: string
  readonly type: WebhookType
  readonly state: MessageState
  readonly createdAt: number
  readonly nextAttemptAt: number | null
  readonly tries: number
  readonly payload?: unknown
  readonly attempts?: readonly {
    readonly at: number
    readonly durationMs: number
    readonly status: number | null
    readonly error: AttemptError | null
  }[]
}

export interface MemberView {
  readonly userId: string
  readonly email: string
  readonly role: Role
  readonly joinedAt: number
}

export interface InvitationView {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly invitedBy: string
  readonly createdAt: number
  readonly expiresAt: number
}

export interface AuditView {
  readonly id: number
  readonly at: number
  readonly email: string
  readonly action: string
  readonly target: string | null
  readonly projectId: string | null
  readonly mode: Mode | null
  readonly ip: string | null
  readonly outcome: string | null
}

export interface ConnectionView {
  readonly stripeAccount: string
  readonly mode: Mode
  readonly chargesEnabled: boolean
  readonly reason: string | null
  readonly country: string | null
  readonly connectedAt: number
}

export type ConnectionsView = Readonly<Record<Mode, ConnectionView | null>>
