/** What each route is for, what it reads and what it answers. Its path, its method and who may call it are the router's. */

import type * as v from 'valibot'
import { TierInput, TierOrder, TierPatch, TierPreview } from '../../sdk/schema/catalog.ts'
import { CustomerInput, CustomerPatch, CustomerQuery, ErasureQuery } from '../../sdk/schema/customer.ts'
import type { Code } from '../../sdk/schema/error.ts'
import { EventQuery } from '../../sdk/schema/event.ts'
import { ExportQuery } from '../../sdk/schema/export.ts'
import { KeyInput, RevocationQuery, RotateInput } from '../../sdk/schema/key.ts'
import { CartInput, FulfillInput, OrderQuery, RefundInput, ShopSettings } from '../../sdk/schema/order.ts'
import {
  LedgerQuery,
  ProductInput,
  ProductPatch,
  ProductQuery,
  StockChange,
  VariantInput,
  VariantPatch,
} from '../../sdk/schema/product.ts'
import { SettingsPatch } from '../../sdk/schema/project.ts'
import {
  ArrivalInput,
  CodeExchange,
  Renewal,
  SessionsQuery,
  SessionToken,
  VisitQuery,
} from '../../sdk/schema/session.ts'
import { CheckoutInput, PortalInput } from '../../sdk/schema/subscription.ts'
import {
  BatchInput,
  CallsQuery,
  ExplainQuery,
  HistoryQuery,
  LimitHitsQuery,
  UsageInput,
  UsageQuery,
} from '../../sdk/schema/usage.ts'
import { EndpointInput, EndpointPatch, MessageQuery, RecoverInput } from '../../sdk/schema/webhook.ts'
import { McpMessage } from '../../sdk/schema/mcp.ts'
import * as figures from '../../sdk/schema/answers/figures.ts'
import * as answers from '../../sdk/schema/answers/plans.ts'
import * as looking from '../../sdk/schema/answers/looking.ts'
import * as said from '../../sdk/schema/answers/service.ts'
import * as setup from '../../sdk/schema/answers/setup.ts'
import * as store from '../../sdk/schema/answers/store.ts'

export interface Operation {
  readonly tag: string
  readonly summary: string
  readonly body?: v.GenericSchema
  readonly query?: v.GenericSchema
  /** What it answers when it succeeds: JSON of a schema, or text of a type; `null` without any. */
  readonly answer: v.GenericSchema | string | null
  /** What it answers to those who ask for it otherwise. */
  readonly also?: v.GenericSchema | string
  /** 200 when left out. */
  readonly status?: number
  /** The refusals that belong to its normal course. */
  readonly refuses?: readonly Code[]
}

const about =
  (tag: string) =>
  (summary: string, rest: Omit<Operation, 'tag' | 'summary'>): Operation => ({ tag, summary, ...rest })

const usage = about('Usage')
const plans = about('Plans and checkout')
const customers = about('Customers')
const signIn = about('Sign-in')
const shop = about('Store')
const orders = about('Orders')
const tiers = about('Tiers')
const project = about('Project and keys')
const hooks = about('Webhooks')
const facts = about('Events, feed and export')
const service = about('The service')

const MARKDOWN = 'text/markdown'
const HTML = 'text/html'
const CSV = 'text/csv'

/** By the router's own method and path. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /api/data': usage('Count a use, if the plan allows it', {
    body: UsageInput,
    answer: answers.Counted,
    refuses: ['limit_reached', 'unknown_meter', 'rate_limited', 'idempotency_mismatch'],
  }),
  'GET /api/usage': usage('What is left of every meter. Never counts', { query: UsageQuery, answer: answers.Usage }),
  'POST /api/usage/batch': usage('Count up to 1,000 uses, each with an answer of its own', {
    body: BatchInput,
    answer: answers.Batch,
  }),
  'POST /api/usage/:id/reverse': usage('Take a counted use back, once, within seven days', {
    answer: answers.Reversal,
    refuses: ['already_reversed'],
  }),
  'GET /api/usage/history': usage('What all customers used, by the hour up to a week and by the day beyond', {
    query: HistoryQuery,
    answer: looking.History,
    also: CSV,
  }),
  'GET /api/usage/limit-hits': usage('Who was refused at a limit, how often and when last', {
    query: LimitHitsQuery,
    answer: looking.LimitHits,
    also: CSV,
  }),
  'GET /api/usage/calls': usage('Counted uses, newest first, kept seven days', {
    query: CallsQuery,
    answer: looking.Calls,
  }),

  'GET /api/tiers': plans('What is sold by subscription', { answer: answers.TiersOnSale }),
  'POST /api/create-checkout': plans('Buy a plan, or change it', {
    body: CheckoutInput,
    answer: answers.StartedCheckout,
    refuses: ['unknown_tier', 'tier_not_for_sale', 'redirect_not_allowed', 'payment_failed', 'payments_not_connected'],
  }),
  'GET /api/checkouts/:id': plans('How a checkout stands. Stripe is asked while it is open', {
    answer: answers.Checkout,
  }),
  'POST /api/customer-portal': plans('The page where a customer manages card, invoices and cancellation', {
    body: PortalInput,
    answer: answers.Portal,
    refuses: ['no_subscription', 'redirect_not_allowed'],
  }),

  'POST /api/customers': customers('Make a customer who can sign in', {
    body: CustomerInput,
    answer: answers.MadeCustomer,
    status: 201,
  }),
  'GET /api/customers': customers('Customers, newest first', {
    query: CustomerQuery,
    answer: answers.Customers,
    also: CSV,
  }),
  'GET /api/customers/:id': customers('One customer, with their subscriptions', { answer: answers.OneCustomer }),
  'PATCH /api/customers/:id': customers('Change a name, or grant a plan without payment', {
    body: CustomerPatch,
    answer: answers.MadeCustomer,
  }),
  'DELETE /api/customers/:id': customers('Erase a person everywhere', {
    query: ErasureQuery,
    answer: answers.ErasedCustomer,
  }),
  'GET /api/customers/:id/timeline': customers('What a customer did, newest first', { answer: looking.Timeline }),
  'GET /api/customers/:id/explain': customers('Whether the next use would be served, and why not', {
    query: ExplainQuery,
    answer: looking.Explanation,
  }),
  'GET /api/customers/:id/export': customers('Everything that is stored about one person', {
    answer: answers.CustomerExport,
  }),
  'GET /api/customers/:id/sessions': customers('Where a customer is signed in', { answer: setup.Sessions }),
  'DELETE /api/customers/:id/sessions': customers('End one session, or all', {
    query: SessionsQuery,
    answer: setup.EndedSessions,
  }),

  'GET /signup': signIn('The page where people make an account', { query: VisitQuery, answer: HTML }),
  'GET /signin': signIn('The page where people sign in', { query: VisitQuery, answer: HTML }),
  'GET /customer': signIn('The page where people manage their account', { query: VisitQuery, answer: HTML }),
  'GET /refresh': signIn('The page after a purchase: waits for the plan, and leads back', {
    query: VisitQuery,
    answer: HTML,
  }),
  'GET /signout': signIn('The page where people end their session on our pages', { query: VisitQuery, answer: HTML }),
  'POST /signin': signIn('For our own sign-in page only', { body: ArrivalInput, answer: said.Arrived }),
  'POST /api/auth/exchange': signIn('Trade the code of a sign-in for a customer token', {
    body: CodeExchange,
    answer: setup.SignedIn,
    refuses: ['code_invalid'],
  }),
  'POST /api/auth/refresh': signIn('A fresh customer token, and the next refresh token', {
    body: Renewal,
    answer: setup.SignedIn,
    refuses: ['session_ended'],
  }),
  'POST /api/auth/sign-out': signIn('End a session', { body: SessionToken, answer: setup.Done }),
  'GET /.well-known/jwks.json': signIn('The keys that prove a customer token', { answer: setup.KeySet }),

  'GET /api/products': shop('What is on sale, and what is left of it', { query: ProductQuery, answer: store.Products }),
  'GET /api/products/:id': shop('One product', { answer: store.OneProduct }),
  'POST /api/cart/checkout': shop('Hold every line of a cart or none, and make the page where it is paid', {
    body: CartInput,
    answer: store.Held,
    refuses: ['sold_out', 'too_many_holds', 'redirect_not_allowed', 'payments_not_connected'],
  }),
  'POST /api/products': shop('Add a product with its variants', {
    body: ProductInput,
    answer: store.MadeProduct,
    status: 201,
  }),
  'PATCH /api/products/:id': shop('Change a product', { body: ProductPatch, answer: store.MadeProduct }),
  'DELETE /api/products/:id': shop('Delete a product', { answer: store.RemovedProduct }),
  'POST /api/products/:id/variants': shop('Add a variant', {
    body: VariantInput,
    answer: store.MadeProduct,
    status: 201,
  }),
  'PATCH /api/variants/:id': shop('Change a variant', { body: VariantPatch, answer: store.MadeProduct }),
  'POST /api/variants/:id/stock': shop(
    'Move stock by a difference, or to a number for the revision that was looked at',
    {
      body: StockChange,
      answer: store.Stock,
      refuses: ['stock_changed'],
    },
  ),
  'GET /api/stock/ledger': shop('Every change of stock, and why', { query: LedgerQuery, answer: store.Ledger }),
  'GET /api/shop': shop('How the shop sells', { answer: store.Shop }),
  'PATCH /api/shop': shop('Change how the shop sells', { body: ShopSettings, answer: store.ChangedShop }),
  'POST /api/assets': shop('Upload an image, in a form or as JSON with `data` in base64', {
    answer: store.Image,
  }),
  'GET /api/assets/:project/:file': shop('An image', { answer: 'image/*' }),

  'GET /api/orders': orders('Orders, newest first', { query: OrderQuery, answer: store.Orders, also: CSV }),
  'GET /api/orders/:id': orders('One order', { answer: store.OneOrder }),
  'POST /api/orders/:id/fulfill': orders('Say that an order is on its way', {
    body: FulfillInput,
    answer: store.MovedOrder,
  }),
  'POST /api/orders/:id/refund': orders('Give back all, lines or an amount', {
    body: RefundInput,
    answer: store.MovedOrder,
  }),
  'POST /api/orders/:id/cancel': orders('Close an order that is not paid, and free its stock', {
    answer: store.MovedOrder,
    refuses: ['order_not_open'],
  }),
  'GET /orders/:id': orders('The buyer’s own page of an order, by its signed link; JSON by `Accept`', {
    answer: HTML,
    also: store.BuyersOrder,
  }),
  'DELETE /orders/:id': orders('The buyer takes back an order that is not paid, by its signed link', {
    answer: store.BuyersOrder,
    refuses: ['order_not_open'],
  }),

  'GET /api/tiers/all': tiers('Every tier as it was written, with who pays what', { answer: answers.Tiers }),
  'POST /api/tiers': tiers('Add a tier', { body: TierInput, answer: answers.MadeTier, status: 201 }),
  'POST /api/tiers/order': tiers('Order the tiers', { body: TierOrder, answer: answers.OrderedTiers }),
  'PATCH /api/tiers/:slug': tiers('Change a tier', { body: TierPatch, answer: answers.ChangedTier }),
  'POST /api/tiers/:slug/archive': tiers('Sell a tier no more', { answer: answers.MadeTier }),
  'POST /api/tiers/:slug/restore': tiers('Sell a tier again', { answer: answers.MadeTier }),
  'POST /api/tiers/:slug/preview': tiers('Who and how much money a change would touch', {
    body: TierPreview,
    answer: answers.Impact,
  }),
  'GET /api/tiers/:slug/migration': tiers('How far the moving of subscribers has come', {
    answer: answers.MigrationState,
  }),

  'GET /api/project': project('The settings of this project and mode', { answer: setup.ProjectNow }),
  'PATCH /api/project': project('Change allowed origins or automatic tax', {
    body: SettingsPatch,
    answer: setup.ChangedProject,
  }),
  'GET /api/keys': project('The secret keys, without their secrets', { answer: setup.Keys }),
  'POST /api/keys': project('Make a named key with scopes', { body: KeyInput, answer: setup.MadeKey, status: 201 }),
  'POST /api/keys/:name/rotate': project('Replace a key, with an overlap', {
    body: RotateInput,
    answer: setup.MadeKey,
    status: 201,
  }),
  'DELETE /api/keys/:name': project('Revoke a key from the next request on', {
    query: RevocationQuery,
    answer: setup.RevokedKey,
  }),
  'GET /api/dashboard': project('Figures of this project and mode, as clients of the first API know them', {
    answer: figures.Dashboard,
  }),
  'GET /api/dashboard/totals': project('The same, in sums', { answer: figures.DashboardTotals }),

  'GET /api/webhook-endpoints': hooks('Where your app hears of events', { answer: setup.Endpoints }),
  'POST /api/webhook-endpoints': hooks('Register an address', {
    body: EndpointInput,
    answer: setup.EndpointSecret,
    status: 201,
  }),
  'GET /api/webhook-endpoints/:id': hooks('One endpoint', { answer: setup.OneEndpoint }),
  'PATCH /api/webhook-endpoints/:id': hooks('Change an endpoint', {
    body: EndpointPatch,
    answer: setup.ChangedEndpoint,
  }),
  'DELETE /api/webhook-endpoints/:id': hooks('Remove an endpoint', { answer: setup.Done }),
  'POST /api/webhook-endpoints/:id/rotate': hooks('Replace its secret, with an overlap', {
    body: RotateInput,
    answer: setup.EndpointSecret,
    status: 201,
  }),
  'POST /api/webhook-endpoints/:id/test': hooks('Send a `ping`', { answer: setup.SentMessage, status: 202 }),
  'POST /api/webhook-endpoints/:id/recover': hooks('Send again everything that failed', {
    body: RecoverInput,
    answer: setup.Recovered,
    status: 202,
  }),
  'GET /api/webhook-messages': hooks('What was sent', { query: MessageQuery, answer: setup.Messages }),
  'GET /api/webhook-messages/:id': hooks('One message, with every attempt', { answer: setup.OneMessage }),
  'POST /api/webhook-messages/:id/resend': hooks('Send a message once more', {
    answer: setup.SentMessage,
    status: 202,
  }),

  'GET /api/events': facts('What Stripe said, kept 30 days', { query: EventQuery, answer: setup.Events }),
  'GET /api/events/:id': facts('One event of Stripe, as it was sent', { answer: setup.OneEvent }),
  'POST /api/events/:id/replay': facts('Read again what an event names', { answer: setup.ReplayedEvent }),
  'POST /api/feed/tickets': facts('A ticket for one WebSocket', { answer: setup.Ticket, status: 201 }),
  'GET /api/feed': facts('The WebSocket, with `?ticket=`', {
    status: 101,
    answer: null,
    refuses: ['upgrade_required', 'ticket_invalid'],
  }),
  'GET /api/export': facts('Everything stored, streamed', {
    query: ExportQuery,
    answer: 'application/x-ndjson',
    also: CSV,
  }),

  'GET /health': service('Whether it is up', { answer: said.Health }),
  'GET /llms.txt': service('What the documentation has, for agents', { answer: MARKDOWN }),
  'GET /llms-full.txt': service('The whole documentation in one file', { answer: MARKDOWN }),
  'POST /mcp': service('The MCP server, for agents: one message of JSON-RPC', {
    body: McpMessage,
    answer: 'text/event-stream',
  }),
  'GET /about': service('What dream-api is', { answer: MARKDOWN }),
  'GET /docs': service('The documentation', { answer: MARKDOWN }),
  'GET /docs/:page': service('A page of the documentation', { answer: MARKDOWN }),
  'GET /openapi.json': service('This document', { answer: said.OpenApiDocument }),
  'POST /webhook/stripe': service('For Stripe: events of the connected accounts', { answer: said.Received }),
  'POST /webhook/stripe/platform': service('For Stripe: events of our own account', { answer: said.Received }),
  'POST /webhook/clerk': service('For Clerk: people who change or leave', { answer: said.Received }),
}
