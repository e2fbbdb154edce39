/** What a key with exactly one scope may do: every route that a key opens, with each of the four. */

import { beforeAll, describe, expect, it } from 'vitest'
import { SCOPES, type Scope } from '../../sdk/schema/key.ts'
import { as, useApp } from '../support/app.ts'
import { aKey } from '../support/keys.ts'
import { aWorld, EXAMPLES, nameOf, pathOf, routesInSource, type Example, type Things } from './routes.ts'

const app = useApp()

/** The one scope that opens a route. */
const SCOPE: Readonly<Record<string, Scope>> = {
  'POST /mcp': 'read',
  'GET /api/tiers': 'read',
  'POST /api/auth/exchange': 'admin',
  'POST /api/auth/refresh': 'admin',
  'POST /api/auth/sign-out': 'admin',
  'POST /api/data': 'usage',
  'GET /api/usage': 'read',
  'POST /api/create-checkout': 'billing',
  'GET /api/checkouts/:id': 'read',
  'POST /api/customer-portal': 'billing',
  'POST /api/feed/tickets': 'read',
  'GET /api/products': 'read',
  'GET /api/products/:id': 'read',
  'POST /api/cart/checkout': 'billing',
  'GET /api/tiers/all': 'read',
  'POST /api/tiers': 'admin',
  'POST /api/tiers/order': 'admin',
  'PATCH /api/tiers/:slug': 'admin',
  'POST /api/tiers/:slug/archive': 'admin',
  'POST /api/tiers/:slug/restore': 'admin',
  'POST /api/tiers/:slug/preview': 'read',
  'GET /api/tiers/:slug/migration': 'read',
  'GET /api/project': 'read',
  'PATCH /api/project': 'admin',
  'GET /api/keys': 'read',
  'POST /api/keys': 'admin',
  'POST /api/keys/:name/rotate': 'admin',
  'DELETE /api/keys/:name': 'admin',
  'POST /api/products': 'admin',
  'PATCH /api/products/:id': 'admin',
  'DELETE /api/products/:id': 'admin',
  'POST /api/products/:id/variants': 'admin',
  'PATCH /api/variants/:id': 'admin',
  'POST /api/variants/:id/stock': 'admin',
  'GET /api/stock/ledger': 'read',
  'GET /api/shop': 'read',
  'PATCH /api/shop': 'admin',
  'POST /api/assets': 'admin',
  'GET /api/orders': 'read',
  'GET /api/orders/:id': 'read',
  'POST /api/orders/:id/fulfill': 'admin',
  'POST /api/orders/:id/refund': 'billing',
  'POST /api/orders/:id/cancel': 'billing',
  'POST /api/usage/batch': 'usage',
  'POST /api/usage/:id/reverse': 'usage',
  'GET /api/usage/history': 'read',
  'GET /api/usage/limit-hits': 'read',
  'GET /api/usage/calls': 'read',
  'POST /api/customers': 'admin',
  'GET /api/customers': 'read',
  'GET /api/customers/:id': 'read',
  'PATCH /api/customers/:id': 'admin',
  'DELETE /api/customers/:id': 'admin',
  'GET /api/customers/:id/sessions': 'read',
  'DELETE /api/customers/:id/sessions': 'admin',
  'GET /api/export': 'admin',
  'GET /api/customers/:id/timeline': 'read',
  'GET /api/customers/:id/explain': 'read',
  'GET /api/customers/:id/export': 'admin',
  'GET /api/dashboard': 'read',
  'GET /api/dashboard/totals': 'read',
  'GET /api/events': 'read',
  'GET /api/events/:id': 'read',
  'POST /api/events/:id/replay': 'admin',
  'GET /api/webhook-endpoints': 'read',
  'POST /api/webhook-endpoints': 'admin',
  'GET /api/webhook-endpoints/:id': 'read',
  'PATCH /api/webhook-endpoints/:id': 'admin',
  'DELETE /api/webhook-endpoints/:id': 'admin',
  'POST /api/webhook-endpoints/:id/rotate': 'admin',
  'POST /api/webhook-endpoints/:id/test': 'admin',
  'POST /api/webhook-endpoints/:id/recover': 'admin',
  'GET /api/webhook-messages': 'read',
  'GET /api/webhook-messages/:id': 'read',
  'POST /api/webhook-messages/:id/resend': 'admin',
}

const BY_KEY = new Set(['key', 'guest', 'customer', 'secret'])
const GUARDED = EXAMPLES.filter(({ access }) => BY_KEY.has(access))

let things: Things
const keys = {} as Record<Scope, string>

beforeAll(async () => {
  things = await aWorld(app())
  for (const scope of SCOPES) keys[scope] = await aKey(app(), things.project, scope, [scope])
})

async function callWith(example: Example, scope: Scope): Promise<string> {
  const { status, body } = await app().call(example.method, pathOf(example, things), {
    headers: as({ ...things.project, secretKey: keys[scope] }, things.customerId),
    ...(example.body === undefined ? {} : { body: example.body(things) }),
  })
  return `${status} ${String(body.code ?? '')}`.trim()
}

describe('a key with one scope', () => {
  it('is known for every route that a key opens', () => {
    const routes = routesInSource().filter(({ access }) => BY_KEY.has(access))
    expect(Object.keys(SCOPE).toSorted()).toEqual(routes.map(nameOf).toSorted())
  })

  it.each(SCOPES)('%s is refused whatever needs another one', async (scope) => {
    for (const example of GUARDED.filter((one) => SCOPE[nameOf(one)] !== scope))
      expect([nameOf(example), await callWith(example, scope)]).toEqual([nameOf(example), '403 scope_required'])
  })

  it('does what its scope says', async () => {
    for (const example of GUARDED.filter((one) => nameOf(one) !== 'POST /api/keys')) {
      const scope = SCOPE[nameOf(example)] ?? 'admin'
      const gives = nameOf(example) === 'POST /api/keys/:name/rotate' // of the scope `read`, which `admin` alone lacks
      const wanted = gives ? '403 scope_required' : `${example.status} ${example.code ?? ''}`.trim()
      expect([nameOf(example), await callWith(example, scope)]).toEqual([nameOf(example), wanted])
    }
  })
})
