/** What those routes answer when they succeed whose example in the table is a refusal. */

import { STRIPE_WEBHOOK_SECRET } from '../sandbox/keys.ts'
import { as, page, secret, type Answer, type App, type Body } from '../support/app.ts'
import { postEvent } from '../support/billing.ts'
import { aCode, aPerson, arrive, fromPage, signedIn } from '../support/signIn.ts'
import { addProduct, aProduct, order } from '../support/store.ts'
import type { Things } from './routes.ts'

/** Nobody's. */
const anEvent = (facts: object) => ({
  id: 'evt_none',
  object: 'event',
  type: 'ping',
  created: 0,
  data: { object: {} },
  ...facts,
})

type Ask = (app: App, things: Things) => Promise<Answer<Body>>

export const FURTHER_ANSWERS: Readonly<Record<string, Ask>> = {
  'POST /signin': async (app, { project }) => arrive(app, project, (await aPerson(app)).id),
  'POST /api/auth/exchange': async (app, { project }) => {
    const { id } = await aPerson(app)
    return fromPage(app, project, 'exchange', await aCode(app, project, id))
  },
  'POST /api/auth/refresh': async (app, { project }) => {
    const { refreshToken } = await signedIn(app, project, (await aPerson(app)).id)
    return fromPage(app, project, 'refresh', { refreshToken })
  },
  'POST /mcp': async (app, { project }) => {
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
    return app.call('POST', '/mcp', { headers: secret(project), body })
  },
  'POST /webhook/stripe': async (app) => postEvent(app, anEvent({ livemode: false })),
  'POST /webhook/stripe/platform': async (app) =>
    postEvent(app, anEvent({ livemode: true }), {
      secret: STRIPE_WEBHOOK_SECRET.platform.live,
      path: '/webhook/stripe/platform',
    }),
  'POST /webhook/clerk': async (app) => {
    const { id } = await aPerson(app)
    const body = { instance: 'test', type: 'user.updated', userId: id }
    return app.call('POST', '/webhook/clerk', await app.ok('POST', '/sandbox/clerk/webhooks', { body }))
  },
  'GET /orders/:id': async (app, { project, customerId, shelf }) => {
    const { order } = await app.ok('GET', `/api/orders/${shelf.paidOrderId}`, { headers: as(project, customerId) })
    const { pathname, search } = new URL(order.orderUrl)
    return app.call('GET', pathname + search, { headers: { ...page(project), Accept: 'application/json' } })
  },
  'DELETE /orders/:id': async (app, { project }) => {
    const { id } = await addProduct(app, project, aProduct())
    const { orderUrl } = await order(app, project, [{ productId: id }])
    const { pathname, search } = new URL(orderUrl)
    return app.call('DELETE', pathname + search, { headers: page(project) })
  },
}
