/** The live feed, as a dashboard hears it: a ticket, a greeting, then every committed change. */

import { get } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { as, page, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { Listener } from '../support/listener.ts'

const app = useApp()

const open: Listener[] = []
afterEach(() => {
  for (const { socket } of open.splice(0)) socket.close()
})

/** Connects, and hangs up when the test is over. */
function connect(url: string): Listener {
  const listener = new Listener(url)
  open.push(listener)
  return listener
}

const ticketFor = (project: TestProject): Promise<Body> =>
  app().ok('POST', '/api/feed/tickets', { headers: secret(project) })

const listen = async (project: TestProject, query = ''): Promise<Listener> =>
  connect(`${(await ticketFor(project)).url as string}${query}`)

/** What an attempt to connect is refused with. The body is JSON like any other error's. */
function refusalOf(query: string): Promise<[number, string]> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  return new Promise((resolve, reject) => {
    get(`${app().server.url}/api/feed${query}`, { headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += String(chunk)))
      response.on('end', () => resolve([response.statusCode ?? 0, (JSON.parse(text) as Body).code]))
    })
      .on('upgrade', (_, socket) => {
        socket.destroy()
        resolve([101, 'connected'])
      })
      .on('error', reject)
  })
}

describe('the live feed [D5]', () => {
  it('greets with where it stands, then says each change as it is committed', async () => {
    const project = await app().project({ tiers: LADDER })
    const listener = await listen(project)
    expect(await listener.next()).toMatchObject({
      type: 'hello',
      projectId: project.projectId,
      mode: 'test',
      revision: expect.any(Number),
    })
    await app().ok('POST', '/api/data', { headers: as(project, 'u'), body: { quantity: 3 } })
    const used = await listener.change(({ kind }) => kind === 'usage')
    expect(used).toMatchObject({ row: { customerId: 'u', meter: 'requests', used: 3 } })
    await app().subscribe(project, 'u', 'pro')
    const sold = await listener.change(({ kind }) => kind === 'subscription')
    expect(sold).toMatchObject({ row: { customerId: 'u', tier: 'pro', status: 'active' } })
    expect(sold.revision).toBeGreaterThan(used.revision)
  })

  it('resumes after a revision: nothing is missed, nothing is said twice', async () => {
    const project = await app().project({ tiers: LADDER })
    const first = await listen(project)
    await first.next()
    await app().ok('POST', '/api/data', { headers: as(project, 'a') })
    const { revision } = await first.change(({ kind }) => kind === 'usage')
    first.socket.close()
    await app().ok('POST', '/api/data', { headers: as(project, 'b') })
    await app().ok('POST', '/api/data', { headers: as(project, 'c') })

    const second = await listen(project, `&since=${revision}`)
    expect((await second.next()).type).toBe('hello')
    const { changes } = await second.next()
    const customers = (changes as Body[])
      .filter(({ kind }) => kind === 'usage')
      .map(({ row }) => row.customerId as string)
    expect(customers).toEqual(['b', 'c'])

    const third = await listen(project)
    await third.next()
    third.say({ type: 'resume', since: 0 })
    const all = (await third.next()).changes as Body[]
    const ids = all.map(({ kind, id }) => `${kind as string} ${id as string}`)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(
      expect.arrayContaining([`project ${project.projectId}`, 'customer a', 'customer b', 'customer c']),
    )
  })

  it('says what a listener builds is what the project has', async () => {
    const project = await app().project({ tiers: LADDER })
    const listener = await listen(project)
    await listener.next()
    for (let i = 0; i < 5; i += 1)
      await Promise.all(['a', 'b'].map((id) => app().call('POST', '/api/data', { headers: as(project, id) })))
    const built = new Map<string, number>()
    while (built.get('a') !== 5 || built.get('b') !== 5)
      for (const { kind, row } of (await listener.next()).changes as Body[])
        if (kind === 'usage') built.set(row.customerId, row.used)
    for (const [id, used] of built) expect((await app().usage(project, id)).used).toBe(used)
  })

  it('takes a ticket once', async () => {
    const project = await app().project({ tiers: LADDER })
    const { ticket, url, expiresAt } = await ticketFor(project)
    const { now } = await app().ok('GET', '/sandbox/clock')
    expect(expiresAt - now).toBeGreaterThan(50_000)
    expect(expiresAt - now).toBeLessThanOrEqual(60_000)
    const listener = connect(url)
    await listener.next()
    expect(await refusalOf(`?ticket=${ticket}`)).toEqual([401, 'ticket_invalid'])
  })

  it('takes a ticket for sixty seconds', async () => {
    const project = await app().project({ tiers: LADDER })
    const { ticket } = await ticketFor(project)
    await app().advance('60s')
    expect(await refusalOf(`?ticket=${ticket}`)).toEqual([401, 'ticket_invalid'])
  })

  it('takes no forged ticket, no key for a ticket, and no call that is not a WebSocket', async () => {
    const project = await app().project({ tiers: LADDER })
    const { ticket } = await ticketFor(project)
    const forged = [
      '',
      'nonsense',
      `${(ticket as string).slice(0, -1)}${(ticket as string).endsWith('a') ? 'b' : 'a'}`,
      (ticket as string).replace('ft_test_', 'ft_live_'),
      project.secretKey,
      project.publishableKey,
    ]
    for (const text of forged)
      expect(await refusalOf(`?ticket=${encodeURIComponent(text)}`), text.slice(0, 8)).toEqual([401, 'ticket_invalid'])
    expect(await refusalOf('')).toEqual([401, 'ticket_invalid'])
    const plain = await app().call('GET', `/api/feed?ticket=${ticket}`)
    expect([plain.status, plain.body.code]).toEqual([426, 'upgrade_required'])
  })

  it('tells a publishable key nothing but what is left on the shelf', async () => {
    const project = await app().project({ tiers: LADDER })
    const headers = page(project)
    const { url, view } = await app().ok('POST', '/api/feed/tickets', { headers })
    expect(view).toBe('shelf')
    const inPage = connect(url)
    expect((await inPage.next()).type).toBe('hello')
    inPage.say({ type: 'resume', since: 0 })
    expect(await inPage.next()).toMatchObject({ since: 0, changes: [], more: false })
    await app().ok('POST', '/api/data', { headers: as(project, 'u') })
    await app().subscribe(project, 'u', 'pro')
    const product = { name: 'Candle', variants: [{ prices: [{ unitAmount: 500, currency: 'usd' }], stock: 7 }] }
    const made = await app().ok('POST', '/api/products', { headers: secret(project), body: product })
    const first = await inPage.next()
    expect(first.changes).toEqual([
      {
        kind: 'variant',
        id: made.product.variants[0].id,
        revision: expect.any(Number),
        row: { productId: made.product.id, available: 7, soldOut: false },
      },
    ])
  })

  it('tells the customer who is signed in to a page what is their own, and nothing of anybody else', async () => {
    const project = await app().project({ tiers: LADDER })
    const [mine, other] = [await app().customer(project), await app().customer(project)]
    for (const { id } of [mine, other]) await app().call('POST', '/api/data', { headers: as(project, id) })
    const headers = page(project, await app().token(project, mine.id))
    const { url, view } = await app().ok('POST', '/api/feed/tickets', { headers })
    expect(view).toBe(`customer:${mine.id}`)
    const inPage = connect(`${url}&since=0`)
    expect((await inPage.next()).type).toBe('hello')
    const past = (await inPage.next()).changes as Body[]
    expect(past.map(({ kind }) => kind).toSorted()).toEqual(['customer', 'usage'])
    for (const { id } of [other, mine]) await app().subscribe(project, id, 'pro')
    const heard: Body[] = []
    await inPage.change((change) => heard.push(change) > 0 && change.kind === 'subscription')
    await app().ok('POST', '/api/data', { headers: as(project, other.id) })
    await app().ok('POST', '/api/data', { headers: as(project, mine.id) })
    await inPage.change((change) => heard.push(change) > 0 && change.kind === 'usage')
    const told = JSON.stringify([past, heard])
    expect(told).toContain(mine.id)
    for (const secretOf of [other.id, other.email, mine.email, 'cus_', 'price_']) expect(told).not.toContain(secretOf)
    const forged = await app().call('POST', '/api/feed/tickets', {
      headers: page(project, `${headers['X-Clerk-Token']}x`),
    })
    expect([forged.status, forged.body.code]).toEqual([401, 'invalid_customer_token'])
  })

  it('ends a conversation that is not one, and goes on with the others', async () => {
    const project = await app().project({ tiers: LADDER })
    const polite = await listen(project)
    await polite.next()
    for (const rude of ['nonsense', '{"type":"resume"}', '{"type":"resume","since":-1}', 'x'.repeat(5_000)]) {
      const listener = await listen(project)
      await listener.next()
      const closed = listener.closed()
      listener.say(rude)
      expect(await closed).toBe(4400)
    }
    const flood = await listen(project)
    await flood.next()
    const closed = flood.closed()
    for (let i = 0; i < 200; i += 1) flood.say({ type: 'resume', since: 1_000_000 })
    expect(await closed).toBe(4008)
    await app().ok('POST', '/api/data', { headers: as(project, 'u') })
    expect(await polite.change(({ kind }) => kind === 'usage')).toMatchObject({ row: { used: 1 } })
  })
})
