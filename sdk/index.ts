/**
 * The client of dream-api: sign-in, subscriptions, usage limits and a store in one import. It has no dependency and runs
 * in browsers, Node, Workers, Bun and Deno.
 */

import { AuthHelpers } from './auth.ts'
import { BillingAPI } from './billing.ts'
import { CheckoutAPI } from './checkout.ts'
import { DreamClient, named, type DreamAPIConfig, type Member } from './client.ts'
import { CustomerAPI } from './customers.ts'
import { DashboardAPI } from './dashboard.ts'
import { FeedAPI } from './feed.ts'
import { OrderAPI } from './orders.ts'
import { ProductAPI } from './products.ts'
import { UsageAPI } from './usage.ts'
import { verify } from './webhooks.ts'

/**
 * Everything, by noun. Every method takes `{ signal, timeoutMs, idempotencyKey }` as its last argument, tries again what
 * failed in passing, and throws `DreamAPIException`.
 *
 * @example
 * ```ts
 * const api = new DreamAPI({ secretKey, publishableKey, baseUrl })
 * const { tiers } = await api.products.listTiers()
 * console.log(tiers.length)
 * ```
 */
export class DreamAPI {
  readonly auth: AuthHelpers
  readonly billing: BillingAPI
  readonly checkout: CheckoutAPI
  readonly customers: CustomerAPI
  readonly dashboard: DashboardAPI
  readonly feed: FeedAPI
  readonly orders: OrderAPI
  readonly products: ProductAPI
  readonly usage: UsageAPI
  readonly webhooks: { readonly verify: typeof verify } = { verify }
  readonly #config: DreamAPIConfig
  readonly #member: Member | undefined
  readonly #client: DreamClient

  /** `member`: how a member of the account asks instead, as `DreamAccount.project` makes it. */
  constructor(config: DreamAPIConfig, member?: Member) {
    const client = new DreamClient(config, member)
    this.#config = config
    this.#member = member
    this.#client = client
    this.auth = new AuthHelpers(client)
    this.billing = new BillingAPI(client)
    this.checkout = new CheckoutAPI(client)
    this.customers = new CustomerAPI(client)
    this.dashboard = new DashboardAPI(client)
    this.feed = new FeedAPI(client)
    this.orders = new OrderAPI(client)
    this.products = new ProductAPI(client)
    this.usage = new UsageAPI(client)
  }

  /**
   * The same client, speaking for one customer: any id of your own user table will do. Needs a secret key. Made per
   * request, so that requests of different people never mix. Throws `auth_required` without an id.
   *
   * @example
   * ```ts
   * await dream.forCustomer(customerId).usage.consume({ quantity: 2 })
   * ```
   */
  forCustomer(customerId: string): DreamAPI {
    return this.#as({ customerId: named(customerId) })
  }

  /**
   * The same client, speaking for whoever a customer token names: on a server, for the request it came with. Throws
   * `auth_required` without a token.
   *
   * @example
   * ```ts
   * const { plan } = await dream.forToken(token).usage.check()
   * console.log(plan)
   * ```
   */
  forToken(token: string): DreamAPI {
    return this.#as({ token: named(token) })
  }

  #as(who: Partial<DreamClient>): DreamAPI {
    const api = new DreamAPI(this.#config, this.#member)
    Object.assign(api.#client, who)
    return api
  }

  /**
   * Speaks for whoever a customer token names, from now on. In a page; a server uses `forToken`.
   *
   * @example
   * ```ts
   * const page = new DreamAPI({ publishableKey, baseUrl })
   * page.setUserToken(token)
   * await page.usage.track()
   * ```
   */
  setUserToken(token: string): void {
    this.#client.token = token
  }

  /**
   * Speaks for nobody any more.
   *
   * @example
   * ```ts
   * dream.clearUserToken()
   * ```
   */
  clearUserToken(): void {
    this.#client.token = null
  }
}

export default DreamAPI
export { AuthHelpers, type AuthUrlOptions } from './auth.ts'
export { BillingAPI, type CheckoutInput, type CheckoutResult, type PortalResult } from './billing.ts'
export { CheckoutAPI, type Checkout } from './checkout.ts'
export { DreamClient, type CallOptions, type DreamAPIConfig } from './client.ts'
export {
  CustomerAPI,
  type CreateCustomerParams,
  type Customer,
  type CustomerPage,
  type CustomerQuery,
  type UpdateCustomerParams,
} from './customers.ts'
export {
  DashboardAPI,
  type DashboardCustomer,
  type DashboardMetrics,
  type DashboardTotals,
  type Order,
  type WebhookStatus,
} from './dashboard.ts'
export { DreamAPIException, type DreamAPIError, type Reason } from './error.ts'
export { FeedAPI, type Feed, type FeedOptions, type FeedState } from './feed.ts'
export type { List } from './list.ts'
export {
  OrderAPI,
  type OrderLine,
  type OrderPage,
  type OrderQuery,
  type Refund,
  type RefundInput,
  type StoreOrder,
} from './orders.ts'
export type { TokenStorage } from './page.ts'
export {
  ProductAPI,
  type Cart,
  type CartItem,
  type CartResult,
  type Grant,
  type LedgerEntry,
  type Money,
  type Product,
  type ProductInput,
  type ProductPage,
  type ProductPatch,
  type ProductQuery,
  type StockChange,
  type StockLevel,
  type Tier,
  type TierPrice,
  type Variant,
  type VariantInput,
  type VariantPatch,
} from './products.ts'
export type { Change } from './schema/feed.ts'
export type { OrderStatus } from './schema/order.ts'
export type { ClerkUser } from './token.ts'
export {
  UsageAPI,
  type BatchItem,
  type BatchResult,
  type Reversal,
  type Usage,
  type UsageInput,
  type UsageTrackResult,
} from './usage.ts'
export { verify, type WebhookEvent, type WebhookRequest } from './webhooks.ts'
