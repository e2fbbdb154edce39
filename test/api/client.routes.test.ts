/** Every route of the server is reached by a method of the client, or says why by none. A new route needs a row. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { DreamAccount, DreamAdmin } from '../../sdk/account.ts'
import { ROUTES, type Route } from '../../worker/router.ts'

type Reach = (of: { project: DreamAdmin; account: DreamAccount }) => unknown

const first = (list: AsyncIterable<unknown>) => list[Symbol.asyncIterator]().next()

/** Pages, and the doors of Stripe and of ourselves: a browser is sent there, or somebody else calls. */
const isCall = ({ path, access }: Route): boolean => access !== 'public' || /^\/(?:api|account)(?:\/|$)/.test(path)

/** What a client asks for by itself, and what it reads at another address. */
const UNREACHED: Readonly<Record<string, string>> = {
  'POST /mcp': 'an agent calls it, by the protocol of its tools',
  'GET /api/feed': 'feed.open() goes there with the address that its ticket names',
  'POST /api/auth/exchange': 'auth.init() calls it with the code in the address',
  'POST /api/auth/refresh': 'auth calls it before a token ends',
  'POST /api/auth/sign-out': 'auth.signOut() calls it',
  'GET /api/assets/:project/:file': 'an image: imageUrl of the product',
  'GET /account/export': 'account.project(id, mode).exports.rows() reads the same',
}

const PROJECT: Readonly<Record<string, Reach>> = {
  'GET /api/tiers': ({ project }) => project.products.listTiers(),
  'POST /api/data': ({ project }) => project.forCustomer('c').usage.consume(),
  'GET /api/usage': ({ project }) => project.forCustomer('c').usage.check(),
  'POST /api/create-checkout': ({ project }) => project.forCustomer('c').billing.createCheckout(),
  'GET /api/checkouts/:id': ({ project }) => project.forCustomer('c').checkout.get('id'),
  'POST /api/customer-portal': ({ project }) => project.forCustomer('c').billing.openPortal(),
  'POST /api/feed/tickets': ({ project }) => first(project.feed.open()),
  'GET /api/products': ({ project }) => project.products.list(),
  'GET /api/products/:id': ({ project }) => project.products.get('id'),
  'POST /api/cart/checkout': ({ project }) => project.products.cartCheckout({ items: [] }),
  'GET /api/project': ({ project }) => project.settings.get(),
  'PATCH /api/project': ({ project }) => project.settings.update({ automaticTax: true }),
  'GET /api/keys': ({ project }) => project.keys.list(),
  'POST /api/keys': ({ project }) => project.keys.create({ name: 'k', scopes: ['read'] }),
  'POST /api/keys/:name/rotate': ({ project }) => project.keys.rotate('k'),
  'DELETE /api/keys/:name': ({ project }) => project.keys.revoke('k'),
  'GET /api/tiers/all': ({ project }) => project.tiers.list(),
  'POST /api/tiers': ({ project }) => project.tiers.create({ slug: 's', displayName: 'S', limits: {}, prices: [] }),
  'POST /api/tiers/order': ({ project }) => project.tiers.order(['s']),
  'PATCH /api/tiers/:slug': ({ project }) => project.tiers.update('s', {}),
  'POST /api/tiers/:slug/archive': ({ project }) => project.tiers.archive('s'),
  'POST /api/tiers/:slug/restore': ({ project }) => project.tiers.restore('s'),
  'POST /api/tiers/:slug/preview': ({ project }) => project.tiers.preview('s', {}),
  'GET /api/tiers/:slug/migration': ({ project }) => project.tiers.migration('s'),
  'POST /api/products': ({ project }) => project.products.create({ name: 'P', variants: [] }),
  'PATCH /api/products/:id': ({ project }) => project.products.update('id', {}),
  'DELETE /api/products/:id': ({ project }) => project.products.delete('id'),
  'POST /api/products/:id/variants': ({ project }) => project.products.addVariant('id', { prices: [] }),
  'PATCH /api/variants/:id': ({ project }) => project.products.updateVariant('id', {}),
  'POST /api/variants/:id/stock': ({ project }) => project.products.changeStock('id', { delta: 1 }),
  'GET /api/stock/ledger': ({ project }) => project.products.stockLedger(),
  'GET /api/shop': ({ project }) => project.shop.get(),
  'PATCH /api/shop': ({ project }) => project.shop.update({}),
  'POST /api/assets': ({ project }) => project.images.upload(new Uint8Array(1)),
  'GET /api/orders': ({ project }) => project.orders.list(),
  'GET /api/orders/:id': ({ project }) => project.orders.get('id'),
  'POST /api/orders/:id/fulfill': ({ project }) => project.orders.fulfill('id'),
  'POST /api/orders/:id/refund': ({ project }) => project.orders.refund('id'),
  'POST /api/orders/:id/cancel': ({ project }) => project.orders.cancel('id'),
  'POST /api/usage/batch': ({ project }) => project.usage.batch([]),
  'POST /api/usage/:id/reverse': ({ project }) => project.usage.reverse('id'),
  'POST /api/customers': ({ project }) => project.customers.create({ email: 'a@example.com' }),
  'GET /api/customers': ({ project }) => project.customers.list(),
  'GET /api/customers/:id': ({ project }) => project.customers.get('id'),
  'GET /api/customers/:id/export': ({ project }) => project.customers.export('id'),
  'PATCH /api/customers/:id': ({ project }) => project.customers.update('id', {}),
  'DELETE /api/customers/:id': ({ project }) => project.customers.delete('id'),
  'GET /api/customers/:id/sessions': ({ project }) => project.customers.sessions('id'),
  'DELETE /api/customers/:id/sessions': ({ project }) => project.customers.endSessions('id'),
  'GET /api/usage/history': ({ project }) => project.usageLog.history(),
  'GET /api/usage/limit-hits': ({ project }) => project.usageLog.limitHits(),
  'GET /api/usage/calls': ({ project }) => project.usageLog.calls(),
  'GET /api/customers/:id/timeline': ({ project }) => project.customers.timeline('id'),
  'GET /api/customers/:id/explain': ({ project }) => project.customers.explain('id'),
  'GET /api/export': ({ project }) => project.exports.csv('orders'),
  'GET /api/dashboard': ({ project }) => project.dashboard.get(),
  'GET /api/dashboard/totals': ({ project }) => project.dashboard.getTotals(),
  'GET /api/events': ({ project }) => project.events.list(),
  'GET /api/events/:id': ({ project }) => project.events.get('id'),
  'POST /api/events/:id/replay': ({ project }) => project.events.replay('id'),
  'GET /api/webhook-endpoints': ({ project }) => project.endpoints.list(),
  'POST /api/webhook-endpoints': ({ project }) => project.endpoints.create({ url: 'https://a.example', events: [] }),
  'GET /api/webhook-endpoints/:id': ({ project }) => project.endpoints.get('id'),
  'PATCH /api/webhook-endpoints/:id': ({ project }) => project.endpoints.update('id', {}),
  'DELETE /api/webhook-endpoints/:id': ({ project }) => project.endpoints.delete('id'),
  'POST /api/webhook-endpoints/:id/rotate': ({ project }) => project.endpoints.rotate('id'),
  'POST /api/webhook-endpoints/:id/test': ({ project }) => project.endpoints.test('id'),
  'POST /api/webhook-endpoints/:id/recover': ({ project }) => project.endpoints.recover('id', { since: 0 }),
  'GET /api/webhook-messages': ({ project }) => project.messages.list(),
  'GET /api/webhook-messages/:id': ({ project }) => project.messages.get('id'),
  'POST /api/webhook-messages/:id/resend': ({ project }) => project.messages.resend('id'),
}

const ACCOUNT: Readonly<Record<string, Reach>> = {
  'GET /account': ({ account }) => account.get(),
  'PATCH /account': ({ account }) => account.update({ name: 'A' }),
  'GET /account/all': ({ account }) => account.all(),
  'GET /account/audit': ({ account }) => account.audit(),
  'GET /account/reports': ({ account }) => account.reports.get(),
  'GET /account/members': ({ account }) => account.members.list(),
  'PATCH /account/members/:id': ({ account }) => account.members.update('id', { role: 'viewer' }),
  'DELETE /account/members/:id': ({ account }) => account.members.remove('id'),
  'POST /account/invitations': ({ account }) => account.members.invite({ email: 'a@example.com', role: 'viewer' }),
  'POST /account/invitations/accept': ({ account }) => account.members.accept({ account: 'plt_', code: 'x' }),
  'DELETE /account/invitations/:id': ({ account }) => account.members.withdraw('id'),
  'GET /account/billing': ({ account }) => account.billing.get(),
  'GET /account/billing/invoices': ({ account }) => account.billing.invoices(),
  'POST /account/billing/checkout': ({ account }) => account.billing.checkout(),
  'POST /account/billing/portal': ({ account }) => account.billing.portal(),
  'GET /account/connections': ({ account }) => account.connections.list(),
  'POST /account/connections/:mode/start': ({ account }) => account.connections.start('test', { via: 'oauth' }),
  'POST /account/connections/:mode/finish': ({ account }) => account.connections.finish('test', {}),
  'DELETE /account/connections/:mode': ({ account }) => account.connections.remove('test'),
  'GET /account/projects': ({ account }) => account.projects.list(),
  'POST /account/projects': ({ account }) => account.projects.create({ name: 'A', type: 'saas' }),
  'GET /account/projects/:projectId': ({ account }) => account.projects.get('p'),
  'PATCH /account/projects/:projectId': ({ account }) => account.projects.update('p', {}),
  'DELETE /account/projects/:projectId': ({ account }) => account.projects.delete('p', { confirm: 'A' }),
  'DELETE /account/projects/:projectId/test': ({ account }) => account.projects.deleteTest('p', { confirm: 'A' }),
  'GET /account/projects/:projectId/promotion': ({ account }) => account.projects.promotion('p'),
  'POST /account/projects/:projectId/promotion': ({ account }) => account.projects.promote('p'),
  'PATCH /account/projects/:projectId/promotion': ({ account }) => account.projects.updateLive('p', { revision: 'r' }),
}

const managed = (name: string): string => name.replace(' /api', ' /account/projects/:projectId/:mode')
/** Each route that a member may go without a key is reached by the same methods of `account.project(id, mode)`. */
const MANAGED = Object.fromEntries(
  [...Object.entries(PROJECT), ...Object.entries(UNREACHED).filter(([name]) => name.includes(' /api/auth/'))].map(
    ([name, reach]) => [managed(name), reach],
  ),
)
const ROWS: Readonly<Record<string, Reach | string>> = { ...UNREACHED, ...PROJECT, ...ACCOUNT, ...MANAGED }

const asked: string[] = []
beforeEach(() => {
  asked.length = 0
  vi.stubGlobal('fetch', async (url: string, { method }: RequestInit) => {
    asked.push(`${method} ${new URL(url).pathname}`)
    return Response.json({ nextCursor: null })
  })
  vi.stubGlobal('WebSocket', undefined)
})
afterEach(() => vi.unstubAllGlobals())

const nameOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`
const matches = (name: string, call: string): boolean => new RegExp(`^${name.replaceAll(/:\w+/g, '[^/]+')}$`).test(call)

it('has a row for every route, and no row for what is no route', () => {
  expect(ROUTES.filter(isCall).map(nameOf).toSorted()).toEqual(Object.keys(ROWS).toSorted())
})

it('is true of every row: the method asks for the route', async () => {
  const baseUrl = 'https://api.example'
  const account = new DreamAccount({ session: 'session', baseUrl, retries: 0 })
  const withKey = new DreamAdmin({ secretKey: 'sk_test_x', baseUrl, retries: 0 })
  for (const [name, reach] of Object.entries(ROWS)) {
    if (typeof reach === 'string') continue
    asked.length = 0
    const project = name in MANAGED ? account.project('p', 'test') : withKey
    await Promise.resolve(reach({ project, account })).catch(() => {})
    expect(asked, name).toHaveLength(1)
    expect(matches(name, asked[0]!), `${name} was asked as ${asked[0]}`).toBe(true)
  }
})
