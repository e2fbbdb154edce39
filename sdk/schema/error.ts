/**
 * Every refusal the API can answer: its stable code, its HTTP status and the sentence that says what to do.
 * `error` is the short text that clients of the first API know as `exception.code`; `code` is the one to switch on.
 */

export interface ErrorSpec {
  readonly status: number
  readonly error: string
  readonly message: string
}

const spec = (status: number, error: string, message: string): ErrorSpec => ({ status, error, message })

export const ERRORS = {
  missing_authentication: spec(
    401,
    'Missing authentication',
    'Provide Authorization: Bearer {secret_key} or X-Publishable-Key header',
  ),
  invalid_api_key: spec(401, 'Invalid API key', 'API key not found or expired'),
  invalid_publishable_key: spec(401, 'Invalid publishable key', 'Publishable key not found or invalid'),
  secret_key_required: spec(403, 'Forbidden', 'This endpoint requires a secret key (backend only)'),
  secret_key_in_browser: spec(
    403,
    'Forbidden',
    'A secret key was sent from a browser page. Use the publishable key there and keep the secret key on your server.',
  ),
  scope_required: spec(403, 'Forbidden', 'This key does not carry the scope that this endpoint needs.'),
  test_key_required: spec(403, 'Forbidden', 'This key is live, and this is done in test mode only. Use a test key.'),
  origin_not_allowed: spec(
    403,
    'Origin not allowed',
    'This page is not among the allowed origins of the project. Add its origin in the project settings.',
  ),
  key_conflict: spec(
    400,
    'Key conflict',
    'X-Publishable-Key names another project than the secret key does. Send the publishable key of the same project and mode, or none.',
  ),
  missing_customer: spec(
    401,
    'Invalid or missing end-user token',
    'Missing end-user token (send X-Clerk-Token with a valid JWT, or X-User-Id together with a secret key)',
  ),
  invalid_customer_token: spec(401, 'Invalid or missing end-user token', 'The end-user token is not valid.'),
  customer_mismatch: spec(
    400,
    'Customer mismatch',
    'X-User-Id and the end-user token name different customers. Send one of them.',
  ),
  publishable_key_mismatch: spec(403, 'Publishable key mismatch', 'End-user token does not match this project'),
  not_a_customer: spec(
    401,
    'Invalid or missing end-user token',
    'The token is valid, but its user is not a customer of this project. Sign up through the project first.',
  ),
  code_invalid: spec(
    401,
    'Invalid code',
    'The sign-in code is unknown, used, older than 60 seconds, or was sent to another page or browser. Sign in again.',
  ),
  session_ended: spec(401, 'Session ended', 'This session has ended. Sign in again.'),
  missing_session: spec(
    401,
    'Not signed in',
    'Send the session token of a signed-in member: Authorization: Bearer {token}',
  ),
  invalid_session: spec(401, 'Not signed in', 'The session token is not valid.'),
  email_not_verified: spec(
    403,
    'E-mail not verified',
    'Verify your e-mail address at sign-in first; an account belongs to an address.',
  ),
  access_required: spec(403, 'Forbidden', 'This is for those who run dream-api. Sign in through Cloudflare Access.'),
  access_unavailable: spec(503, 'Unavailable', 'Cloudflare Access could not be asked for its keys. Try again.'),
  account_not_found: spec(404, 'Not found', 'There is no such account, or you are not a member of it.'),
  account_deleted: spec(410, 'Account deleted', 'This account was deleted with all its data.'),
  account_locked: spec(
    403,
    'Account locked',
    'The subscription has ended. Renew it under billing, or export your data; everything else waits.',
  ),
  role_required: spec(403, 'Forbidden', 'Your role in this account does not allow this.'),
  already_a_member: spec(409, 'Already a member', 'Somebody with this e-mail address is a member already.'),
  too_many_members: spec(409, 'Too many members', 'An account has at most 100 members and open invitations.'),
  member_not_found: spec(404, 'Not found', 'There is no such member.'),
  last_owner: spec(409, 'Last owner', 'An account needs an owner. Make somebody else owner first.'),
  invitation_not_found: spec(404, 'Not found', 'The invitation is unknown, used, withdrawn or older than seven days.'),
  invitation_for_another: spec(
    403,
    'Invitation for another',
    'The invitation was sent to another e-mail address. Sign in with that one.',
  ),
  too_many_projects: spec(409, 'Too many projects', 'An account has at most 100 projects. Delete one first.'),
  promotion_under_way: spec(
    409,
    'Promotion under way',
    'Not everything has been taken over to live mode yet. Try again shortly.',
  ),
  not_confirmed: spec(400, 'Not confirmed', 'Confirm the deletion with the name of the project.'),
  subscriptions_live: spec(
    409,
    'Subscriptions live',
    'Customers are paying. Say with cancelSubscriptions whether their subscriptions end (true) or go on at Stripe (false).',
  ),
  already_subscribed: spec(
    409,
    'Already subscribed',
    'This account has a subscription. Change or cancel it in the billing portal.',
  ),
  subscription_expired: spec(
    403,
    'subscription_expired',
    'Subscription expired. Please renew at dashboard to restore API access.',
  ),
  key_not_found: spec(404, 'Not found', 'No key of this project that works has this name.'),
  key_exists: spec(409, 'Key exists', 'A key of this name works already. Choose another name, or rotate it.'),
  too_many_keys: spec(409, 'Too many keys', 'A project has at most 50 keys that work. Revoke one first.'),
  last_admin_key: spec(
    409,
    'Last admin key',
    'This is the last key with the scope "admin". Rotate it, make another one first, or revoke it in the dashboard.',
  ),
  project_changed: spec(
    409,
    'Project changed',
    'The settings were changed since this revision. Look again, then decide.',
  ),
  project_not_found: spec(404, 'Not found', 'This project does not exist.'),
  project_deleted: spec(410, 'Project deleted', 'This project was deleted.'),
  limit_reached: spec(403, 'Tier limit reached', 'The limit of this plan is reached. Please upgrade to unlock more.'),
  rate_limited: spec(429, 'Rate limit exceeded', 'Maximum 100 requests per minute'),
  unknown_meter: spec(400, 'Unknown meter', 'No tier of this project has this meter.'),
  idempotency_mismatch: spec(
    422,
    'Idempotency key reused',
    'This Idempotency-Key was used before with another request. Use a new key for a new request.',
  ),
  invalid_request: spec(400, 'Invalid request', 'The request is not valid.'),
  invalid_json: spec(400, 'Invalid JSON body', 'The body is not valid JSON.'),
  payload_too_large: spec(413, 'Payload too large', 'The body is larger than this endpoint accepts.'),
  request_timeout: spec(408, 'Request timeout', 'The body did not arrive in time. Send it again.'),
  not_found: spec(404, 'Not found', 'There is nothing at this address.'),
  method_not_allowed: spec(405, 'Method not allowed', 'This address does not answer that method.'),
  customer_not_found: spec(404, 'Not found', 'Customer not found or does not belong to your platform'),
  customer_exists: spec(
    409,
    'Failed to create customer',
    'A customer with this e-mail address already exists in this project.',
  ),
  customer_leaving: spec(
    409,
    'Customer is being erased',
    'This customer is being erased and buys nothing any more. When that is done, the id may start anew.',
  ),
  identity_refused: spec(400, 'Failed to create customer', 'The identity provider refused the request.'),
  identity_unavailable: spec(
    503,
    'Identity provider unavailable',
    'The identity provider did not answer. Nothing was changed; try again.',
  ),
  unknown_tier: spec(400, 'Unknown tier', 'No tier of this project has this name.'),
  tier_not_found: spec(404, 'Not found', 'No tier of this project has this slug.'),
  tier_exists: spec(
    409,
    'Tier exists',
    'A tier of this project has this slug, perhaps an archived one. Restore that one.',
  ),
  tier_name_taken: spec(
    409,
    'Tier name taken',
    'Another tier on sale goes by this name. Customers could not tell them apart.',
  ),
  too_many_tiers: spec(409, 'Too many tiers', 'A project has at most 100 tiers, archived ones included.'),
  tier_changed: spec(409, 'Tier changed', 'The tier was changed since this revision. Look again, then decide.'),
  default_tier: spec(
    409,
    'Default tier',
    'Who bought nothing holds this tier, so it must stay free and on sale. Put another free tier below it first.',
  ),
  change_under_way: spec(
    409,
    'Change under way',
    'The price of this subscription is being changed right now. Try again in a minute.',
  ),
  tier_not_for_sale: spec(400, 'Tier not for sale', 'This tier cannot be bought.'),
  price_mismatch: spec(
    400,
    'Price mismatch',
    'The priceId does not belong to this tier. Send the tier alone; the price is looked up on the server.',
  ),
  payments_not_connected: spec(
    409,
    'Developer has not connected their Stripe account',
    'Developer has not connected their Stripe account',
  ),
  payments_restricted: spec(
    409,
    'Payments restricted',
    'Stripe does not let the connected account take payments at the moment. The developer must complete its requirements at Stripe.',
  ),
  cannot_go_back: spec(
    409,
    'Cannot go back',
    'The platform cannot set this object back to that moment. It keeps thirty days, and only where it is deployed.',
  ),
  being_restored: spec(
    503,
    'Being restored',
    'This project was set back to an earlier moment, and what happened since is being gathered. Try again in a minute.',
  ),
  live_exists: spec(409, 'Live project exists', 'This project is live already. Take over what has changed since.'),
  live_changed: spec(
    409,
    'Changed meanwhile',
    'Test or live was changed since this revision was looked at. Look again, then decide.',
  ),
  not_live: spec(409, 'Not live', 'This project is not live yet.'),
  needs_live_connection: spec(
    428,
    'Live Stripe account needed',
    'Connect a Stripe account in live mode first; then promote again.',
  ),
  subscription_required: spec(
    402,
    'Subscription required',
    'Going live needs a running subscription to dream-api, or its trial. Begin one under billing.',
  ),
  stock_choice_required: spec(
    400,
    'Stock to be chosen',
    'Say what live begins with on the shelf: {"stock": "copy"}, "zero", or a number for each SKU.',
  ),
  connection_state_invalid: spec(
    409,
    'Connection not begun here',
    'This visit to Stripe is unknown, used, older than ten minutes, or was begun by somebody else. Begin again.',
  ),
  connection_declined: spec(
    409,
    'Connection declined',
    'The connection was declined at Stripe. Nothing was connected.',
  ),
  connection_changed: spec(
    409,
    'Connection changed',
    'The project came to be paid to another Stripe account meanwhile. Try again.',
  ),
  connection_exists: spec(
    409,
    'Already connected',
    'Another Stripe account is connected in this mode. Disconnect it first.',
  ),
  connection_not_found: spec(404, 'Not found', 'No Stripe account is connected in this mode.'),
  connection_in_use: spec(
    409,
    'Connection in use',
    'Subscriptions are paid through this Stripe account. Disconnecting leaves them to it: it goes on billing them, and here they last until the end of the period that is paid. Repeat with force=true to do so.',
  ),
  stripe_account_taken: spec(
    409,
    'Stripe account taken',
    'This Stripe account is connected to another dream-api account. Disconnect it there first.',
  ),
  no_subscription: spec(400, 'No active subscription found', 'No active subscription found'),
  redirect_not_allowed: spec(
    400,
    'Redirect not allowed',
    'The return address must be an absolute http(s) URL on one of the allowed origins of the project.',
  ),
  checkout_not_found: spec(404, 'Not found', 'This customer has no checkout with this id.'),
  checkout_ended: spec(409, 'Checkout ended', 'This checkout ended while it was made. Ask for a new one.'),
  payment_failed: spec(
    402,
    'Payment failed',
    'The payment for the new plan did not go through. The plan is unchanged.',
  ),
  stripe_refused: spec(502, 'Payment provider refused', 'Stripe refused the request.'),
  stripe_unavailable: spec(
    503,
    'Payment provider unavailable',
    'Stripe did not answer. Try again with the same Idempotency-Key.',
  ),
  product_not_found: spec(404, 'Not found', 'There is no product with this id.'),
  variant_not_found: spec(404, 'Not found', 'There is no variant with this id.'),
  slug_taken: spec(409, 'Slug taken', 'Another product has this slug. Choose another, or leave it out.'),
  sku_taken: spec(409, 'SKU taken', 'Another variant has this SKU.'),
  stock_changed: spec(409, 'Stock changed', 'The stock was changed since this revision. Look again, then decide.'),
  stock_reserved: spec(409, 'Stock reserved', 'Open orders hold more than would be left.'),
  unknown_item: spec(400, 'Invalid item', 'The cart names something that is not sold here.'),
  currency_mismatch: spec(400, 'Currency mismatch', 'A cart has one currency, and every item must have a price in it.'),
  sold_out: spec(409, 'Item sold out', 'Not enough inventory.'),
  too_many_holds: spec(
    429,
    'Too many open carts',
    'Too many open checkouts hold stock for this buyer. Finish or cancel one first.',
  ),
  amount_too_large: spec(400, 'Amount too large', 'The cart is worth more than a payment can carry.'),
  order_not_found: spec(404, 'Not found', 'There is no order with this id.'),
  order_not_open: spec(409, 'Order not open', 'Only an order that is still waiting for its payment can be canceled.'),
  order_not_paid: spec(409, 'Order not paid', 'The order is not paid.'),
  refund_too_large: spec(409, 'Refund too large', 'More would be given back than was paid.'),
  image_refused: spec(400, 'Image refused', 'Send a PNG, JPEG, WebP, GIF or AVIF image of at most 5 MB.'),
  image_quota_reached: spec(
    409,
    'Too many images',
    'This project stores as many images as it may. Delete products that are not sold any more; images that no product shows go by themselves after a day.',
  ),
  image_not_found: spec(404, 'Not found', 'There is no such image.'),
  usage_not_found: spec(404, 'Not found', 'There is no counted call with this id, or it is older than seven days.'),
  already_reversed: spec(409, 'Already reversed', 'This call was taken back before.'),
  event_not_found: spec(404, 'Not found', 'There is no event with this id.'),
  webhook_endpoint_not_found: spec(404, 'Not found', 'There is no webhook endpoint with this id.'),
  webhook_message_not_found: spec(404, 'Not found', 'There is no message with this id, or it is older than 30 days.'),
  webhook_endpoint_disabled: spec(
    409,
    'Endpoint disabled',
    'The endpoint is disabled and is sent nothing. Enable it first: PATCH it with {"disabled": false}.',
  ),
  too_many_webhook_endpoints: spec(409, 'Too many endpoints', 'A project has at most 20 webhook endpoints.'),
  webhook_url_refused: spec(400, 'Address refused', 'A webhook goes to a public https address on port 443, by name.'),
  ticket_invalid: spec(
    401,
    'Invalid ticket',
    'The ticket is unknown, used or older than 60 seconds. Ask for a new one.',
  ),
  upgrade_required: spec(426, 'Upgrade required', 'This address speaks WebSocket only.'),
  too_many_connections: spec(429, 'Too many connections', 'This project has too many open feeds. Close one first.'),
  signature_missing: spec(400, 'No signature', 'The Stripe-Signature header is missing.'),
  signature_invalid: spec(
    400,
    'Webhook signature verification failed',
    'The signature does not match the body, or it is too old.',
  ),
  overloaded: spec(503, 'Overloaded', 'The project gets more calls than it can take. Try again shortly.'),
  outcome_unknown: spec(
    503,
    'Outcome unknown',
    'The call was interrupted and may or may not have counted. Repeat it with the same Idempotency-Key.',
  ),
  storage_full: spec(507, 'Storage full', 'The project has no room for more data. Reading still works.'),
  misconfigured: spec(503, 'Server configuration error', 'This deployment lacks a setting.'),
  internal: spec(500, 'Internal error', 'Something went wrong on our side. The request id tells us where.'),
} as const satisfies Record<string, ErrorSpec>

export type Code = keyof typeof ERRORS

/** What a refusal may add to its code: a better sentence, and numbers or names the caller can act on. */
export interface ErrorDetail {
  readonly message?: string
  readonly [field: string]: unknown
}

/** The body of every answer that is not 2xx. */
export interface ErrorBody extends ErrorDetail {
  readonly error: string
  readonly code: Code
  readonly message: string
  readonly requestId: string
}
