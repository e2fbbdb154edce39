/** Every Stripe route of the sandbox on one page. What is not here is refused. */
import * as accounts from './accounts.ts'
import * as coupons from './coupons.ts'
import * as customers from './customers.ts'
import * as events from './eventRoutes.ts'
import * as invoices from './invoiceRoutes.ts'
import { createMeterEvent } from './meterEvents.ts'
import * as meters from './meters.ts'
import * as methods from './paymentMethods.ts'
import { createAccount, createAccountLink } from './onboarding.ts'
import * as payments from './payments.ts'
import * as portal from './portal.ts'
import * as prices from './prices.ts'
import * as products from './products.ts'
import * as refunds from './refunds.ts'
import * as schedules from './schedules.ts'
import * as sessions from './checkoutSessions.ts'
import * as subscriptions from './subscriptions.ts'
import { updateSubscription } from './subscriptionUpdate.ts'
import type { Route } from './call.ts'

const ROUTES: [method: string, path: string, route: Route][] = [
  ['GET', '/v1/account', accounts.ownAccount],
  ['POST', '/v1/accounts', createAccount],
  ['GET', '/v1/accounts/:id', accounts.retrieveAccount],
  ['POST', '/v1/account_links', createAccountLink],

  ['POST', '/v1/customers', customers.createCustomer],
  ['GET', '/v1/customers', customers.listCustomers],
  ['GET', '/v1/customers/:id', customers.retrieveCustomer],
  ['POST', '/v1/customers/:id', customers.updateCustomer],
  ['DELETE', '/v1/customers/:id', customers.deleteCustomer],

  ['POST', '/v1/products', products.createProduct],
  ['GET', '/v1/products', products.listProducts],
  ['GET', '/v1/products/:id', products.retrieveProduct],
  ['POST', '/v1/products/:id', products.updateProduct],
  ['DELETE', '/v1/products/:id', products.deleteProduct],

  ['POST', '/v1/prices', prices.createPrice],
  ['GET', '/v1/prices', prices.listPrices],
  ['GET', '/v1/prices/:id', prices.retrievePrice],
  ['POST', '/v1/prices/:id', prices.updatePrice],

  ['POST', '/v1/billing/meters', meters.createMeter],
  ['GET', '/v1/billing/meters', meters.listMeters],
  ['GET', '/v1/billing/meters/:id', meters.retrieveMeter],
  ['POST', '/v1/billing/meters/:id', meters.updateMeter],
  ['POST', '/v1/billing/meters/:id/deactivate', meters.deactivateMeter],
  ['POST', '/v1/billing/meters/:id/reactivate', meters.reactivateMeter],
  ['GET', '/v1/billing/meters/:id/event_summaries', meters.listEventSummaries],
  ['POST', '/v1/billing/meter_events', createMeterEvent],

  ['POST', '/v1/coupons', coupons.createCoupon],
  ['GET', '/v1/coupons', coupons.listCoupons],
  ['GET', '/v1/coupons/:id', coupons.retrieveCoupon],
  ['DELETE', '/v1/coupons/:id', coupons.deleteCoupon],
  ['POST', '/v1/promotion_codes', coupons.createPromotionCode],
  ['GET', '/v1/promotion_codes', coupons.listPromotionCodes],
  ['GET', '/v1/promotion_codes/:id', coupons.retrievePromotionCode],
  ['POST', '/v1/promotion_codes/:id', coupons.updatePromotionCode],

  ['POST', '/v1/checkout/sessions', sessions.createSession],
  ['GET', '/v1/checkout/sessions', sessions.listSessions],
  ['GET', '/v1/checkout/sessions/:id', sessions.retrieveSession],
  ['POST', '/v1/checkout/sessions/:id/expire', sessions.expireSessionRoute],
  ['GET', '/v1/checkout/sessions/:id/line_items', sessions.listSessionLines],

  ['POST', '/v1/subscriptions', subscriptions.createSubscription],
  ['GET', '/v1/subscriptions', subscriptions.listSubscriptions],
  ['GET', '/v1/subscriptions/:id', subscriptions.retrieveSubscription],
  ['POST', '/v1/subscriptions/:id', updateSubscription],
  ['DELETE', '/v1/subscriptions/:id', subscriptions.cancelSubscription],
  ['POST', '/v1/subscriptions/:id/pause', subscriptions.pauseSubscription],
  ['POST', '/v1/subscriptions/:id/resume', subscriptions.resumeSubscription],

  ['POST', '/v1/subscription_schedules', schedules.createSchedule],
  ['GET', '/v1/subscription_schedules', schedules.listSchedules],
  ['GET', '/v1/subscription_schedules/:id', schedules.retrieveSchedule],
  ['POST', '/v1/subscription_schedules/:id', schedules.updateSchedule],
  ['POST', '/v1/subscription_schedules/:id/release', schedules.releaseSchedule],
  ['POST', '/v1/subscription_schedules/:id/cancel', schedules.cancelSchedule],

  ['GET', '/v1/invoices', invoices.listInvoices],
  ['POST', '/v1/invoices/create_preview', invoices.createPreview],
  ['GET', '/v1/invoices/:id', invoices.retrieveInvoice],
  ['POST', '/v1/invoices/:id/pay', invoices.payInvoice],
  ['POST', '/v1/invoices/:id/void', invoices.voidInvoiceRoute],
  ['GET', '/v1/invoices/:id/lines', invoices.listInvoiceLines],
  ['GET', '/v1/invoice_payments', invoices.listInvoicePayments],
  ['GET', '/v1/invoice_payments/:id', invoices.retrieveInvoicePayment],

  ['GET', '/v1/payment_intents', payments.listIntents],
  ['GET', '/v1/payment_intents/:id', payments.retrieveIntent],
  ['GET', '/v1/charges', payments.listCharges],
  ['GET', '/v1/charges/:id', payments.retrieveCharge],
  ['GET', '/v1/payment_methods', methods.listPaymentMethods],
  ['GET', '/v1/payment_methods/:id', methods.retrievePaymentMethod],

  ['POST', '/v1/refunds', refunds.createRefund],
  ['GET', '/v1/refunds', refunds.listRefunds],
  ['GET', '/v1/refunds/:id', refunds.retrieveRefund],
  ['GET', '/v1/disputes', refunds.listDisputes],
  ['GET', '/v1/disputes/:id', refunds.retrieveDispute],

  ['POST', '/v1/billing_portal/configurations', portal.createConfiguration],
  ['GET', '/v1/billing_portal/configurations', portal.listConfigurations],
  ['GET', '/v1/billing_portal/configurations/:id', portal.retrieveConfiguration],
  ['POST', '/v1/billing_portal/configurations/:id', portal.updateConfiguration],
  ['POST', '/v1/billing_portal/sessions', portal.createPortalSession],

  ['GET', '/v1/events', events.listEventsRoute],
  ['GET', '/v1/events/:id', events.retrieveEvent],
  ['GET', '/v1/webhook_endpoints', events.listEndpoints],
  ['GET', '/v1/webhook_endpoints/:id', events.retrieveEndpoint],
]

const TABLE = ROUTES.map(([method, path, route]) => ({
  method,
  route,
  pattern: new RegExp(`^${path.replaceAll(/:id/g, '(?!search$)([^/]+)')}$`),
}))

export function findRoute(method: string, path: string): { route: Route; ids: string[] } | null {
  for (const entry of TABLE) {
    const match = entry.method === method && entry.pattern.exec(path)
    if (match) return { route: entry.route, ids: match.slice(1).map(decodeURIComponent) }
  }
  return null
}
