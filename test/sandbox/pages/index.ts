/** GET /sandbox: every control and page, for people as HTML and for programs as JSON. */
import { html, page } from './html.ts'

interface Entry {
  method: string
  path: string
  body?: string
  does: string
}

type ClerkEntry = Omit<Entry, 'does'> & { what: string }

const ENTRIES: Entry[] = [
  { method: 'GET', path: '/sandbox/demo', does: 'A demonstration of the whole product on this sandbox.' },
  {
    method: 'POST',
    path: '/sandbox/clock',
    body: '{"advance":"31d"}',
    does: 'Moves time forward; everything due on the way happens, deliveries included.',
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
    path: '/sandbox/stripe/checkout/:id/pay',
    body: '{"card"?: "ok"|"decline"|"delayed", "email"?, "name"?, "phone"?, "shipping"?: {"name"?, "address": {"line1", "city", "postal_code", "country"}}, "promotion_code"?}',
    does: 'The buyer pays, or tries to. What is left out is filled in; null leaves the field of the page empty.',
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
    body: '{"card": "ok"|"decline"}',
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
    body: '{"status"?}',
    does: 'Opens a dispute, or moves it (won, lost …). Takes a payment intent, too.',
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
    body: '{"service": "stripe"|"clerk", "kind": "status"|"timeout_after_commit"|"delay"|"network", "method"?, "path"?, "times"?, "status"?, "delayMs"?}',
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
]

/** The index, or null for any other path. Clerk's controls describe themselves. */
export function showIndex(request: Request, clerk: readonly ClerkEntry[] = []): Response | null {
  if (new URL(request.url).pathname !== '/sandbox' || request.method !== 'GET') return null
  const entries: Entry[] = [...ENTRIES, ...clerk.map(({ what, ...entry }) => ({ ...entry, does: what }))]
  if (!request.headers.get('accept')?.includes('text/html')) {
    return new Response(JSON.stringify({ controls: entries }), { headers: { 'Content-Type': 'application/json' } })
  }
  const rows = entries.map(
    ({ method, path, body, does }) =>
      html`<tr>
        <td><code>${method} ${path}</code>${body !== undefined && html`<br /><code>${body}</code>`}</td>
        <td>${does}</td>
      </tr>`,
  )
  const body = html`<h1>Sandbox</h1>
    <section><p>Stand-ins for Stripe and Clerk, with a clock that can be moved. Bodies are JSON.</p></section>
    <section>
      <table class="list">
        ${rows}
      </table>
    </section>`
  return page({ title: 'Sandbox', body })
}
