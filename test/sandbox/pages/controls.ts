/** Every control and page under /sandbox, but those of Clerk, which describe themselves. */

export interface Entry {
  method: string
  path: string
  body?: string
  does: string
}

export const ENTRIES: readonly Entry[] = [
  {
    method: 'GET',
    path: '/sandbox/demo',
    does: 'The demo: a project of each type with its keys, products and customers, made at the first call.',
  },
  { method: 'GET', path: '/sandbox/clock', does: 'What time it is here.' },
  {
    method: 'POST',
    path: '/sandbox/clock',
    body: '{"advance":"31d", "hold"?: true, "alarms"?: "lost"}',
    does: 'Moves time forward; everything due on the way happens, deliveries included. Held, our time stands still.',
  },
  {
    method: 'GET',
    path: '/sandbox/access/open',
    does: 'Our own page of all accounts, as Cloudflare Access lets us in: a cookie, and on to /admin.',
  },
  {
    method: 'POST',
    path: '/sandbox/access/token',
    body: '{"email"?, "claims"?, "expiresIn"?: seconds}',
    does: 'A token of Cloudflare Access, for the header Cf-Access-Jwt-Assertion.',
  },
  {
    method: 'POST',
    path: '/sandbox/settle',
    does: 'Waits until everything that is due now is done: webhooks delivered, debts paid.',
  },
  {
    method: 'POST',
    path: '/sandbox/projects',
    body: '{"name"?, "type"?: "saas"|"store"|"membership", "mode"?: "test"|"live", "tiers"?, "stripeAccount"?}',
    does: 'Makes a project with its keys and its own Stripe account; null leaves it unconnected.',
  },
  {
    method: 'POST',
    path: '/sandbox/projects/tiers',
    body: '{"projectId", "mode"?, "tiers"}',
    does: 'Replaces the plans of a project.',
  },
  {
    method: 'POST',
    path: '/sandbox/projects/mirror',
    body: '{"projectId", "mode"}',
    does: 'Tells the reports everything again, as after their database was lost.',
  },
  {
    method: 'POST',
    path: '/sandbox/projects/rotate',
    body: '{"projectId", "mode"?, "overlapMs"?}',
    does: 'Makes a new secret key; the old one lives on for the overlap.',
  },
  {
    method: 'POST',
    path: '/sandbox/projects/standing',
    body: '{"projectId", "mode"?, "graceAt"?, "blockedAt"?}',
    does: 'When a developer who does not pay gets into grace, and is blocked.',
  },
  {
    method: 'POST',
    path: '/sandbox/projects/connect',
    body: '{"projectId", "mode"?, "platformId"}',
    does: 'Pays a project to another Stripe account from now on, made on the spot.',
  },
  {
    method: 'POST',
    path: '/sandbox/projects/close',
    body: '{"projectId", "mode"?}',
    does: 'Closes a project for good.',
  },
  {
    method: 'POST',
    path: '/sandbox/projects/purge',
    body: '{"projectId", "mode"?, "cancelSubscriptions"?}',
    does: 'Begins to delete all that a project has, as after its owner or its account said so.',
  },
  {
    method: 'GET',
    path: '/sandbox/projects/purge?projectId=&mode=',
    does: 'How far that has come.',
  },
  {
    method: 'POST',
    path: '/sandbox/projects/restored',
    body: '{"projectId", "mode"?, "since": ms}',
    does: "Tells a project that its files were set back to that moment; they are the caller's affair.",
  },
  {
    method: 'GET',
    path: '/sandbox/violations',
    does: 'Every broken invariant of every project; an empty list when all is well.',
  },
  {
    method: 'GET',
    path: '/sandbox/checkout/:session',
    does: 'The hosted checkout page; its form posts to the same path.',
  },
  { method: 'GET', path: '/sandbox/portal/:session', does: 'The billing portal; its forms post to the same path.' },
  {
    method: 'GET',
    path: '/sandbox/connect/authorize?client_id=ca_sandboxTest&response_type=code&scope=read_write&state=&redirect_uri=',
    does: 'Where a developer connects a Stripe account by OAuth (ca_sandboxLive for live mode); leads back with a code.',
  },
  {
    method: 'POST',
    path: '/sandbox/connect/authorize',
    body: 'the fields of the page, and answer=connect|deny, account=acct_… (empty makes a new one)',
    does: 'What the developer answers, as a form; the same account may be connected again.',
  },
  {
    method: 'GET',
    path: '/sandbox/connect/onboarding/:link',
    does: 'The hosted onboarding of a new account, from POST /v1/account_links; opens once, within five minutes.',
  },
  {
    method: 'POST',
    path: '/sandbox/connect/onboarding/:link',
    body: 'answer=complete|review|leave, as a form',
    does: 'What the owner did. Leads to the return address in every case; the account says what is true.',
  },
  { method: 'GET', path: '/sandbox/invoice/:invoice', does: 'The hosted page of one invoice.' },
  {
    method: 'POST',
    path: '/sandbox/stripe/accounts',
    body: '{"id"?, "charges_enabled"?, "email"?}',
    does: 'Makes a connected account, in test and live mode.',
  },
  {
    method: 'POST',
    path: '/sandbox/stripe/accounts/:id',
    body: '{"charges_enabled"}',
    does: 'Changes whether the account may charge.',
  },
  {
    method: 'POST',
    path: '/sandbox/stripe/accounts/:id/deauthorize',
    body: '{"mode"?: "test"|"live"}',
    does: 'The account disconnects from the platform.',
  },
  {
    method: 'POST',
    path: '/sandbox/stripe/accounts/:id/wipe',
    does: 'The account’s test data are deleted, as a button of Stripe’s dashboard does.',
  },
  {
    method: 'POST',
    path: '/sandbox/stripe/checkout/:id/pay',
    body: '{"card"?: "ok"|"decline"|"delayed", "card_number"?, "email"?, "name"?, "phone"?, "shipping"?: {"name"?, "address": {"line1", "city", "postal_code", "country"}}, "promotion_code"?}',
    does: 'The buyer pays, or tries to. What is left out is filled in; null leaves the field of the page empty. The same card number has the same fingerprint.',
  },
  {
    method: 'POST',
    path: '/sandbox/stripe/checkout/:id/settle',
    body: '{"outcome": "succeed"|"fail"}',
    does: 'The bank answers a delayed payment.',
  },
  { method: 'POST', path: '/sandbox/stripe/checkout/:id/expire', does: 'The session expires now.' },
  {
    method: 'POST',
    path: '/sandbox/stripe/customers/:id/card',
    body: '{"card": "ok"|"decline", "card_number"?}',
    does: 'Replaces the card that pays for all the customer has.',
  },
  {
    method: 'POST',
    path: '/sandbox/stripe/subscriptions/:id/settings',
    body: '{"after_dunning": "cancel"|"unpaid"}',
    does: 'What happens when the last retry fails.',
  },
  {
    method: 'POST',
    path: '/sandbox/stripe/charges/:id/refund',
    body: '{"amount"?, "fail"?: true}',
    does: 'Refunds from outside, as a dashboard would; fail makes the refund fail afterwards. Takes a payment intent, too.',
  },
  {
    method: 'POST',
    path: '/sandbox/stripe/refunds/:id',
    body: '{"outcome": "succeed"|"fail"}',
    does: 'The bank answers a refund: one to a bank account is under way for five days, and any refund may come back.',
  },
  {
    method: 'POST',
    path: '/sandbox/stripe/charges/:id/dispute',
    body: '{"status"?, "amount"?, "another"?: true}',
    does: 'Opens a dispute, or another one, or moves the last (won, lost …). Takes a payment intent, too.',
  },
  {
    method: 'GET',
    path: '/sandbox/stripe/events?account=&type=&mode=&limit=',
    does: 'Events with their deliveries, newest first; account=platform for our own.',
  },
  {
    method: 'POST',
    path: '/sandbox/stripe/events/:id/redeliver',
    body: '{"times"?}',
    does: 'Delivers an event again.',
  },
  {
    method: 'POST',
    path: '/sandbox/stripe/delivery',
    body: '{"duplicate"?: 0..1, "drop"?: 0..1, "delayMs"?, "reorder"?, "paused"?, "seed"?}',
    does: 'How badly the post behaves; what is not given becomes calm.',
  },
  { method: 'GET', path: '/sandbox/stripe/delivery', does: 'The settings of the post.' },
  {
    method: 'POST',
    path: '/sandbox/faults',
    body: '{"service": "stripe"|"clerk"|"mail", "kind": "status"|"timeout_after_commit"|"delay"|"network", "method"?, "path"?, "times"?, "status"?, "delayMs"?}',
    does: 'Plans failures of the next matching API calls; path is a prefix or a regular expression.',
  },
  { method: 'GET', path: '/sandbox/faults', does: 'The failures still planned.' },
  { method: 'DELETE', path: '/sandbox/faults', does: 'Cancels all planned failures.' },
  {
    method: 'GET',
    path: '/sandbox/stripe/requests?path=&limit=',
    does: 'Stripe API calls received, newest first, without secrets.',
  },
  { method: 'DELETE', path: '/sandbox/stripe/requests', does: 'Forgets the calls received.' },
  {
    method: 'GET',
    path: '/sandbox/mailbox?to=',
    does: 'The mails that were sent through api.resend.com (key re_sandbox), newest first, all or those to an address.',
  },
  { method: 'DELETE', path: '/sandbox/mailbox', does: 'Empties the mailbox.' },
  {
    method: 'POST',
    path: '/sandbox/dns',
    body: '{"name", "addresses"}',
    does: 'What a host name of the open web resolves to, when the app asks; receivers.example is known.',
  },
  {
    method: 'POST',
    path: '/sandbox/receivers/:name',
    does: 'A server that takes webhooks: writes down what arrives. From outside it is https://receivers.example/:name.',
  },
  {
    method: 'GET',
    path: '/sandbox/receivers/:name',
    does: 'What the receiver was sent, oldest first: method, headers, body, time and what was answered.',
  },
  {
    method: 'PUT',
    path: '/sandbox/receivers/:name',
    body: '{"status", "times"?, "delayMs"?, "location"?}',
    does: 'How the receiver answers the next calls: 500, 410, 302 with a location, late.',
  },
  { method: 'DELETE', path: '/sandbox/receivers/:name', does: 'Forgets what arrived and what was planned.' },
]
