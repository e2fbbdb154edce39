/** What we tell a developer's app: the events and their data, the endpoints they go to, and the messages that carry them. */

import * as v from 'valibot'
import { Cursor, line, PageLimit } from './common.ts'
import { INTERVALS } from './catalog.ts'
import { ORDER_STATUSES } from './order.ts'

/** What an endpoint may ask for. A `ping` is sent only when somebody asks for a test. */
export const WEBHOOK_TYPES = [
  'usage.limit_reached',
  'usage.threshold',
  'subscription.created',
  'subscription.updated',
  'subscription.canceled',
  'order.paid',
  'order.refunded',
  'order.disputed',
  'order.unfillable',
  'order.fulfilled',
  'order.canceled',
  'order.expired',
  'customer.created',
  'customer.updated',
  'customer.deleted',
  'stock.low',
  'account.notice',
] as const

const Text = v.nullable(v.string())
const Count = v.number()
/** Epoch ms. */
const Moment = v.nullable(v.number())

const UsageData = {
  customerId: v.string(),
  plan: v.string(),
  meter: v.string(),
  used: Count,
  limit: Count,
  /** When the count starts again at 0; `null` when it never does. */
  resetsAt: Moment,
}

const SubscriptionData = v.object({
  id: v.string(),
  customerId: v.string(),
  /** Stripe's word. */
  status: v.string(),
  tier: v.string(),
  unitAmount: Count,
  currency: v.string(),
  interval: v.picklist(INTERVALS),
  currentPeriodStart: Count,
  currentPeriodEnd: Count,
  trialEnd: Moment,
  cancelAt: Moment,
  /** The tier that follows at the end of the period. */
  scheduledTier: Text,
})

const OrderData = v.object({
  id: v.string(),
  number: Count,
  status: v.picklist(ORDER_STATUSES),
  /** `null` for a guest. */
  customerId: Text,
  email: Text,
  currency: v.string(),
  amounts: v.object({
    subtotal: Count,
    discount: Count,
    tax: Count,
    shipping: Count,
    total: Count,
    refunded: Count,
    /** Taken back by the buyer's bank. */
    lost: Count,
  }),
  lines: v.array(
    v.object({
      productId: v.string(),
      variantId: v.string(),
      sku: Text,
      name: v.string(),
      options: v.record(v.string(), v.string()),
      unitAmount: Count,
      quantity: Count,
      refundedQuantity: Count,
    }),
  ),
  /** Stripe's word; `null` while nobody disputes it. */
  disputeStatus: Text,
  tracking: v.object({ number: Text, carrier: Text }),
})

const CustomerData = v.object({
  id: v.string(),
  email: Text,
  firstName: Text,
  lastName: Text,
  plan: v.string(),
})

/** What follows from the end of the account's own subscription, announced before it happens. Epoch ms. */
const AccountNotice = v.object({
  notice: v.picklist(['ended', 'block_tomorrow', 'blocked', 'deletion_in_7_days']),
  lockedAt: Count,
  blockedAt: Count,
  deleteAt: Count,
})

const event = <const T extends string, D extends v.GenericSchema>(type: T, data: D) =>
  v.object({ type: v.literal(type), timestamp: v.pipe(v.string(), v.isoTimestamp()), data })

/** The body of a message. `timestamp` says when it happened; the header says when it was sent. */
export const WebhookEvent = v.variant('type', [
  event('ping', v.object({ endpointId: v.string() })),
  event('usage.limit_reached', v.object(UsageData)),
  event('usage.threshold', v.object({ ...UsageData, percent: v.picklist([80, 100]) })),
  event('subscription.created', SubscriptionData),
  event('subscription.updated', SubscriptionData),
  event('subscription.canceled', SubscriptionData),
  event('order.paid', OrderData),
  event('order.refunded', OrderData),
  event('order.disputed', OrderData),
  event('order.unfillable', OrderData),
  event('order.fulfilled', OrderData),
  event('order.canceled', OrderData),
  event('order.expired', OrderData),
  event('customer.created', CustomerData),
  event('customer.updated', CustomerData),
  event('customer.deleted', v.object({ id: v.string() })),
  event('stock.low', v.object({ variantId: v.string(), productId: v.string(), sku: Text, available: Count })),
  event('account.notice', AccountNotice),
])
export type WebhookEvent = v.InferOutput<typeof WebhookEvent>
export type WebhookType = WebhookEvent['type']
/** What an event of a type says. */
export type WebhookData<T extends WebhookType> = Extract<WebhookEvent, { type: T }>['data']

const Url = v.pipe(v.string(), v.maxLength(2048, 'must be at most 2,048 characters'))
const Types = v.pipe(
  v.array(v.picklist(WEBHOOK_TYPES)),
  v.minLength(1, 'must name at least 1 event'),
  v.check((types) => new Set(types).size === types.length, 'must name each event once'),
)

export const EndpointInput = v.strictObject({
  url: Url,
  events: Types,
  description: v.optional(v.nullable(line(200)), null),
})
export type EndpointInput = v.InferOutput<typeof EndpointInput>

/** What is left out stays as it is. */
export const EndpointPatch = v.strictObject({
  url: v.optional(Url),
  events: v.optional(Types),
  description: v.optional(v.nullable(line(200))),
  disabled: v.optional(v.boolean()),
})
export type EndpointPatch = v.InferOutput<typeof EndpointPatch>

/** Why an endpoint is sent nothing: its owner said so, it answered 410, or it accepted nothing for three days. */
export const DISABLED_REASONS = ['developer', 'gone', 'failing'] as const
export type DisabledReason = (typeof DISABLED_REASONS)[number]

export const MESSAGE_STATES = ['pending', 'delivered', 'failed'] as const
export type MessageState = (typeof MESSAGE_STATES)[number]

/** Why an attempt did not succeed; `status` is an answer other than 2xx. */
export const ATTEMPT_ERRORS = ['address', 'dns', 'connection', 'timeout', 'redirect', 'status'] as const
export type AttemptError = (typeof ATTEMPT_ERRORS)[number]

export const MessageQuery = v.strictObject({
  limit: v.optional(PageLimit, '25'),
  cursor: v.optional(Cursor),
  endpoint: v.optional(v.pipe(v.string(), v.maxLength(100))),
  type: v.optional(v.picklist([...WEBHOOK_TYPES, 'ping'])),
  state: v.optional(v.picklist(MESSAGE_STATES)),
})
export type MessageQuery = v.InferOutput<typeof MessageQuery>

export const RecoverInput = v.strictObject({
  /** Epoch ms. */
  since: v.pipe(v.number('must be epoch ms'), v.integer('must be epoch ms'), v.minValue(0), v.maxValue(8.64e15)),
})
