/** The shop's orders for its owner, and one order for whoever bought it. */

import { describe, expect, it } from 'vitest'
import { page, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { fault, noFaults, nowAt, post } from '../support/billing.ts'
import { aProduct, aStore, bought, cart, order, orderAction, orderOf, paid, refund, usd } from '../support/store.ts'

const app = useApp()
const list = (project: TestProject, query = ''): Promise<Body> =>
  app().ok('GET', `/api/orders${query}`, { headers: secret(project) })
const ids = async (project: TestProject, query = ''): Promise<string[]> =>
  (await list(project, query)).orders.map(({ id }: Body) => id)
const csv = async (project: TestProject, query = ''): Promise<string> =>
  app().ok('GET', `/api/orders?format=csv${query}`, { headers: secret(project) })
/** The path of a buyer's link. */
const pathOf = (link: string): string => link.replace(app().server.url, '')

describe('the list', () => {
  it('is newest first, page by page, and every order is on exactly one page', async () => {
    const { project, products } = await aStore(app())
    const made: string[] = []
    for (let i = 0; i < 5; i += 1) made.unshift((await order(app(), project, [{ productId: products[0].id }])).orderId)
    const seen: string[] = []
    let query = '?limit=2'
    for (;;) {
      const { orders, nextCursor } = await list(project, query)
      seen.push(...orders.map(({ id }: Body) => id))
      if (nextCursor === null) break
      query = `?limit=2&cursor=${nextCursor}`
    }
    expect(seen).toEqual(made)
    const numbers = (await list(project)).orders.map(({ number }: Body) => number)
    expect(numbers).toEqual([1005, 1004, 1003, 1002, 1001])
  })

  it('is filtered by status, e-mail, product and time', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct(), aProduct({ name: 'Pot' })] })
    const [mug, pot] = products
    const buyer = { body: { email: 'Ada@Example.com' } }
    const paidOne = await bought(app(), project, [{ productId: mug.id }], buyer)
    const typed = await order(app(), project, [{ productId: pot.id }])
    await paid(app(), typed, { email: 'Bob@Example.com' })
    await app().advance('1h')
    const later = await nowAt(app())
    const open = await order(app(), project, [{ productId: pot.id }])
    const sent = await bought(app(), project, [{ productId: mug.id }], buyer)
    await orderAction(app(), project, sent.id, 'fulfill')
    await refund(app(), project, paidOne.id, { amount: 1 })
    expect(await ids(project, '?status=pending')).toEqual([open.orderId])
    expect(await ids(project, '?status=fulfilled')).toEqual([sent.id])
    expect(await ids(project, '?status=partially_refunded')).toEqual([paidOne.id])
    expect(await ids(project, '?email=ada%40example.com')).toEqual([sent.id, paidOne.id])
    expect(await ids(project, '?email=BOB%40example.com')).toEqual([typed.orderId])
    expect(await ids(project, `?productId=${pot.id}`)).toEqual([open.orderId, typed.orderId])
    expect((await ids(project, `?since=${later}`)).toSorted()).toEqual([open.orderId, sent.id].toSorted())
    expect((await ids(project, `?until=${later}`)).toSorted()).toEqual([paidOne.id, typed.orderId].toSorted())
    expect(await ids(project, '?status=fulfilled&limit=1')).toEqual([sent.id])
  })

  it.each([
    '?status=sold',
    '?limit=0',
    '?limit=101',
    '?cursor=!',
    '?cursor=e30',
    '?since=yesterday',
    '?x=1',
    '?email=no',
  ])('refuses %s by name', async (query) => {
    const { project } = await aStore(app(), { products: [] })
    const refused = await app().call('GET', `/api/orders${query}`, { headers: secret(project) })
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request'])
  })

  it('as CSV holds every order, and no cell that a spreadsheet would run', async () => {
    const { project, products } = await aStore(app(), {
      products: [aProduct({ name: '=HYPERLINK("http://evil")', stock: 50 }), aProduct({ name: 'A "quoted", name' })],
    })
    const items = products.map(({ id }) => ({ productId: id }))
    for (const name of ['=1+1', '+1', '-1', '@SUM(A1)', 'Ada, "the" Countess'])
      await paid(app(), await order(app(), project, items, { body: { email: 'a@b.example' } }), { name })
    const text = await csv(project)
    const lines = text.trimEnd().split('\r\n')
    expect(lines).toHaveLength(6)
    expect(lines[0]).toBe(
      'number,id,status,created_utc,paid_utc,email,name,items,currency,subtotal,discount,tax,total,refunded,lost',
    )
    expect(text).toContain('"Ada, ""the"" Countess"')
    expect(text).toContain("'=1+1")
    const cells = lines
      .slice(1)
      .flatMap((line) =>
        [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = '']) => cell.replace(/^"/, '')),
      )
    for (const cell of cells) expect(cell).not.toMatch(/^[=+\-@]/)
    expect(lines[1]).toMatch(/^1005,ord_[0-9a-z]{20},paid,20.*Z,20.*Z,a@b\.example/)
  })

  it('as CSV of nothing still names its columns', async () => {
    const { project } = await aStore(app(), { products: [] })
    expect(await csv(project)).toMatch(/^number,id,status/)
  })

  it('as CSV goes on by cursor', async () => {
    const { project, products } = await aStore(app())
    for (let i = 0; i < 3; i += 1) await order(app(), project, [{ productId: products[0].id }])
    const first = await app().call('GET', '/api/orders?format=csv&limit=2', { headers: secret(project) })
    const cursor = first.headers.get('X-Next-Cursor') ?? ''
    expect(first.headers.get('Content-Disposition')).toContain('orders.csv')
    expect((await csv(project, `&limit=2&cursor=${cursor}`)).trimEnd().split('\r\n')).toHaveLength(2)
  })
})

describe('a buyer’s link', () => {
  it('shows the order to whoever has it, as a page and as JSON, and nothing that is only the owner’s', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, [{ productId: products[0].id, quantity: 2 }])
    await paid(app(), made)
    await orderAction(app(), project, made.orderId, 'fulfill', { trackingNumber: 'TRACK-1', carrier: 'DHL' })
    const path = pathOf(made.orderUrl)
    const shown = await app().call('GET', path)
    expect(shown.status).toBe(200)
    expect(shown.headers.get('Content-Type')).toContain('text/html')
    for (const text of ['Mug', 'DHL', 'TRACK-1', '$20.00', `Order ${made.orderNumber}`])
      expect(shown.body).toContain(text)
    const { body } = await app().call('GET', path, { headers: { Accept: 'application/json' } })
    expect(body.order).toMatchObject({ id: made.orderId, status: 'fulfilled', amounts: { total: 2000 } })
    for (const key of ['sessionId', 'paymentIntent', 'refunds', 'customer']) expect(body.order).not.toHaveProperty(key)
    expect((await orderOf(app(), project, made.orderId)).orderUrl).toBe(made.orderUrl)
  })

  it('shows what was paid a moment ago, though no webhook has come yet, and opens when Stripe is away', async () => {
    const { project, products } = await aStore(app())
    const status = async ({ orderUrl }: Body) => {
      const { body } = await app().call('GET', pathOf(orderUrl), { headers: { Accept: 'application/json' } })
      return body.order.status
    }
    const made = await order(app(), project, [{ productId: products[0].id }])
    const open = await order(app(), project, [{ productId: products[0].id }])
    await post(app(), { paused: true })
    await app().pay(made.sessionId)
    expect(await status(made)).toBe('paid')
    await fault(app(), { service: 'stripe', kind: 'status', status: 500, times: 100 })
    expect(await status(open)).toBe('pending')
    await noFaults(app())
    await post(app())
  })

  it('takes back what is not paid, and frees what it held at once; what was paid stays', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct({ stock: 1 })] })
    const leave = ({ orderUrl }: Body) => app().call('DELETE', pathOf(orderUrl), { headers: page(project) })
    const made = await order(app(), project, [{ productId: products[0].id }])
    const left = await leave(made)
    expect([left.status, left.body.order.status]).toEqual([200, 'expired'])
    const next = await order(app(), project, [{ productId: products[0].id }])
    const again = await leave(made)
    expect([again.status, again.body]).toEqual([
      409,
      expect.objectContaining({ code: 'order_not_open', status: 'expired' }),
    ])
    await paid(app(), next)
    expect((await leave(next)).body).toMatchObject({ code: 'order_not_open', status: 'paid' })
    expect((await orderOf(app(), project, next.orderId)).status).toBe('paid')
    const forged = await app().call('DELETE', `${pathOf(next.orderUrl).slice(0, -1)}_`)
    expect([forged.status, forged.body.code]).toEqual([404, 'order_not_found'])
  })

  it('that is forged, cut, or another order’s opens nothing', async () => {
    const { project, products } = await aStore(app())
    const one = await order(app(), project, [{ productId: products[0].id }])
    const two = await order(app(), project, [{ productId: products[0].id }])
    const key = new URL(one.orderUrl).searchParams.get('key') ?? ''
    const other = (await aStore(app())).project
    for (const [id, wrong] of [
      [two.orderId, key],
      [one.orderId, ''],
      [one.orderId, key.slice(0, -1)],
      [one.orderId, `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`],
      [one.orderId, key.replace('test_', 'live_')],
      [one.orderId, key.replace(project.projectId, other.projectId)],
      [one.orderId, key.toUpperCase()],
      ['ord_nothing', key],
    ] as const) {
      const answer = await app().call('GET', `/orders/${id}?key=${wrong}`)
      expect([answer.status, answer.body.code], `${id} ${wrong}`).toEqual([404, 'order_not_found'])
    }
    expect((await app().call('GET', `/orders/${one.orderId}`)).status).toBe(404)
  })

  it('writes everything as text and may run nothing', async () => {
    const evil = `<img src=x onerror="alert('1')">&amp;`
    const { project } = await aStore(app(), { products: [], project: { name: '<script>shop</script>' } })
    const added = await app().ok('POST', '/api/products', {
      headers: secret(project),
      body: {
        name: evil,
        options: ['size'],
        variants: [{ options: { size: '"><b>L' }, prices: [usd(1000)], stock: 5 }],
      },
    })
    const made = await order(app(), project, [{ productId: added.product.id }], { body: { name: evil } })
    await paid(app(), made)
    await orderAction(app(), project, made.orderId, 'fulfill', { trackingNumber: '<i>9', carrier: '"\'><s>' })
    const { body, headers } = await app().call('GET', pathOf(made.orderUrl))
    expect(body).toContain('&lt;img src=x')
    for (const tag of ['<img', '<script>shop', '<b>L', '<i>9', '<s>']) expect(body).not.toContain(tag)
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(headers.get('Cache-Control')).toContain('no-store')
  })
})

describe('an order of one shop', () => {
  it('is not another’s to see or to move, nor for a publishable key', async () => {
    const { project, products } = await aStore(app())
    const other = (await aStore(app())).project
    const made = await bought(app(), project, [{ productId: products[0].id }])
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/fulfill'],
      ['POST', '/refund'],
      ['POST', '/cancel'],
    ] as const) {
      const body = method === 'GET' ? {} : { body: {} }
      expect(
        (await app().call(method, `/api/orders/${made.id}${path}`, { headers: secret(other), ...body })).status,
      ).toBe(404)
      expect(
        (await app().call(method, `/api/orders/${made.id}${path}`, { headers: page(project), ...body })).status,
      ).toBe(403)
    }
    expect((await cart(app(), other, [{ productId: products[0].id }])).body.code).toBe('unknown_item')
    expect((await cart(app(), other, [{ priceId: products[0].priceId }])).body.code).toBe('unknown_item')
    expect(await orderOf(app(), project, made.id)).toMatchObject({ status: 'paid' })
  })
})
