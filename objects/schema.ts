/** The schema of a project, step by step. Each table's own statements stand in its owner's file. */

import { ACTOR_SCHEMA } from './actor.ts'
import { ANNOUNCED_SCHEMA } from './announced.ts'
import { CATALOG_SCHEMA, CLOSED_TIER_PRICES_SCHEMA, EDITED_TIERS_SCHEMA } from './catalog.ts'
import { CHECKOUTS_SCHEMA } from './checkouts.ts'
import { PRICE_MOVES_SCHEMA } from './moves.ts'
import { CREDITS_SCHEMA } from './credits.ts'
import { DECLINED_USES_SCHEMA } from './declined.ts'
import {
  CUSTOMER_COUNT_SCHEMA,
  CUSTOMERS_SCHEMA,
  LEAVING_SCHEMA,
  OWN_LIMITS_SCHEMA,
  STRIPE_GENERATION_SCHEMA,
} from './customers.ts'
import { ENDING_SCHEMA } from './ending.ts'
import { ENDPOINTS_SCHEMA } from './endpoints.ts'
import { ERASED_SCHEMA } from './erased.ts'
import { IMAGES_SCHEMA } from './images.ts'
import { DECLINED_SCHEMA, INBOX_SCHEMA } from './inbox.ts'
import { KEYS_SCHEMA } from './keys.ts'
import { MESSAGES_SCHEMA } from './messages.ts'
import { MILESTONES_SCHEMA } from './milestones.ts'
import { DISPUTES_SCHEMA } from './disputes.ts'
import {
  HOLD_ENDS_SCHEMA,
  ORDER_ACCOUNT_SCHEMA,
  ORDER_LOSS_SCHEMA,
  ORDER_STATUS_SCHEMA,
  ORDERS_SCHEMA,
  REVENUE_SCHEMA,
} from './orders.ts'
import { CLOSED_PRICES_SCHEMA, DELETED_PRODUCTS_SCHEMA, PRODUCTS_SCHEMA } from './products.ts'
import { ASKED_REFUNDS_SCHEMA, REFUNDS_SCHEMA } from './refunds.ts'
import { REPLIES_SCHEMA } from './replies.ts'
import { SESSIONS_SCHEMA } from './sessions.ts'
import { RESTORES_SCHEMA } from './restores.ts'
import { ACCENT_SCHEMA, LINKED_ACCOUNT_SCHEMA, SETTINGS_SCHEMA, SHOP_SETTINGS_SCHEMA } from './settings.ts'
import { STOCK_SCHEMA } from './stock.ts'
import { HELD_SUBSCRIPTIONS_SCHEMA, RECURRING_SCHEMA, SUBSCRIPTIONS_SCHEMA } from './subscriptions.ts'
import { FORGOTTEN_SCHEMA, USAGE_SCHEMA, USED_HOURS_SCHEMA, USED_WITH_PLANS } from './usage.ts'
import type { Step } from './migrations.ts'

/** Appended, never edited: objects in the field have run the earlier ones. */
export const PROJECT_STEPS: readonly Step[] = [
  [
    ...ACTOR_SCHEMA,
    ...SETTINGS_SCHEMA,
    ...KEYS_SCHEMA,
    ...CATALOG_SCHEMA,
    ...CUSTOMERS_SCHEMA,
    ...USAGE_SCHEMA,
    ...REPLIES_SCHEMA,
    ...SUBSCRIPTIONS_SCHEMA,
    ...CHECKOUTS_SCHEMA,
    ...INBOX_SCHEMA,
  ],
  [
    ...SHOP_SETTINGS_SCHEMA,
    ...PRODUCTS_SCHEMA,
    ...STOCK_SCHEMA,
    ...ORDERS_SCHEMA,
    ...REFUNDS_SCHEMA,
    ...CREDITS_SCHEMA,
  ],
  CLOSED_PRICES_SCHEMA,
  STRIPE_GENERATION_SCHEMA,
  HOLD_ENDS_SCHEMA,
  IMAGES_SCHEMA,
  ORDER_ACCOUNT_SCHEMA,
  ENDING_SCHEMA,
  [...DISPUTES_SCHEMA, ...ORDER_LOSS_SCHEMA],
  ASKED_REFUNDS_SCHEMA,
  [...ENDPOINTS_SCHEMA, ...MESSAGES_SCHEMA, ...ANNOUNCED_SCHEMA],
  LINKED_ACCOUNT_SCHEMA,
  [...CUSTOMER_COUNT_SCHEMA, ...FORGOTTEN_SCHEMA, ...HELD_SUBSCRIPTIONS_SCHEMA, ...REVENUE_SCHEMA],
  [...CLOSED_TIER_PRICES_SCHEMA, ...PRICE_MOVES_SCHEMA],
  [...ERASED_SCHEMA, ...LEAVING_SCHEMA],
  [...ORDER_STATUS_SCHEMA, ...DELETED_PRODUCTS_SCHEMA],
  RECURRING_SCHEMA,
  SESSIONS_SCHEMA,
  RESTORES_SCHEMA,
  EDITED_TIERS_SCHEMA,
  ACCENT_SCHEMA,
  [...USED_HOURS_SCHEMA, ...OWN_LIMITS_SCHEMA],
  DECLINED_SCHEMA,
  [...USED_WITH_PLANS, ...DECLINED_USES_SCHEMA, ...MILESTONES_SCHEMA],
]
