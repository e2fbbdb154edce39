/** The feed as a loop: nothing is missed, whatever becomes of the socket. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DreamAPI, type Change, type Feed } from '../../sdk/index.ts'
import { useApp, type TestProject } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { aStore } from '../support/store.ts'

const app = useApp()

/** Every socket that was opened, to be cut. */
const sockets: WebSocket[] = []
let messages = 0
const Real = globalThis.WebSocket

beforeEach(() => {
  sockets.length = 0
  class Recorded extends Real {
    constructor(url: string) {
      super(url)
      sockets.push(this)
      this.addEventListener('message', () => (messages += 1))
    }
  }
  vi.stubGlobal('WebSocket', Recorded)
})
afterEach(() => vi.unstubAllGlobals())

const onServer = ({ secretKey }: TestProject) => new DreamAPI({ secretKey, baseUrl: app().server.url })

/** Takes changes until one fits, and leaves the loop open. */
async function until(loop: AsyncIterator<Change, void>, fits: (change: Change) => boolean): Promise<Change[]> {
  const taken: Change[] = []
  for (;;) {
    const { value, done } = await loop.next()
    if (done || value === undefined) throw new Error('the feed ended')
    taken.push(value)
    if (fits(value)) return taken
  }
}

const loopOf = (feed: Feed): AsyncIterator<Change, void> => feed[Symbol.asyncIterator]()
const usageOf = (customerId: string, used: number) => (change: Change) =>
  change.kind === 'usage' && change.row['customerId'] === customerId && change.row['used'] === used

describe('the feed', () => {
  it('tells what is committed from now on, and ends when the loop is left', async () => {
    const dream = onServer(await app().project({ tiers: LADDER }))
    await dream.forCustomer('before').usage.track()
    const feed = dream.feed.open()
    const loop = loopOf(feed)
    const first = until(loop, usageOf('after', 1))
    await expect.poll(() => feed.revision).not.toBeNull()
    await dream.forCustomer('after').usage.track()
    expect((await first).some(usageOf('before', 1))).toBe(false)
    await loop.return?.()
    await expect.poll(() => sockets[0]?.readyState).toBe(Real.CLOSED)
  })

  it('goes on where it was when the line is cut, again and again', async () => {
    const project = await app().project({ tiers: LADDER })
    const dream = onServer(project)
    const loop = loopOf(dream.feed.open({ since: 0 }))
    for (let round = 1; round <= 3; round += 1) {
      await dream.forCustomer('u').usage.track()
      await until(loop, usageOf('u', round))
      sockets.at(-1)?.close()
      await dream.forCustomer(`while away ${round}`.replaceAll(' ', '-')).usage.track()
      await until(loop, usageOf(`while-away-${round}`, 1))
    }
    expect(sockets.length).toBeGreaterThanOrEqual(3)
    await loop.return?.()
  })

  it('misses nothing of a long past, page by page, while more happens and the line is cut', async () => {
    const dream = onServer(await app().project({ tiers: LADDER }))
    const past = Array.from({ length: 6_000 }, (_, index) => ({ customerId: `u${index}` }))
    for (let at = 0; at < past.length; at += 1_000) await dream.usage.batch(past.slice(at, at + 1_000))
    const loop = loopOf(dream.feed.open({ since: 0 }))
    const seen = new Set<unknown>()
    const note = (change: Change) => change.kind === 'usage' && seen.add(change.row['customerId'])
    for (const change of await until(loop, () => true)) note(change)
    const before = messages
    await dream.forCustomer('late').usage.track()
    await expect.poll(() => messages).toBeGreaterThan(before) // it waits behind the first page
    for (const change of await until(loop, usageOf('late', 1))) note(change)
    expect(seen.size).toBeLessThan(6_000)
    sockets[0]?.close()
    await until(loop, (change) => (note(change), seen.size === 6_001))
    expect(past.filter(({ customerId }) => !seen.has(customerId))).toEqual([])
    await loop.return?.()
  })

  it('can be left and taken up by its revision, without a gap', async () => {
    const dream = onServer(await app().project({ tiers: LADDER }))
    await dream.forCustomer('a').usage.track()
    const feed = dream.feed.open({ since: 0 })
    for await (const change of feed) if (usageOf('a', 1)(change)) break
    const left = feed.revision ?? 0
    await dream.forCustomer('b').usage.track()
    const again = loopOf(dream.feed.open({ since: left }))
    expect((await until(again, usageOf('b', 1))).length).toBeGreaterThan(0)
    await again.return?.()
  })

  it('is not let go while it listens to more than 256 messages', async () => {
    const project = await app().project({ tiers: LADDER })
    const dream = onServer(project)
    const feed = dream.feed.open()
    const loop = loopOf(feed)
    const heard = until(loop, usageOf('last', 1))
    await expect.poll(() => feed.revision).not.toBeNull()
    const url = sockets[0]!
    for (let i = 0; i < 300; i += 1)
      url.dispatchEvent(
        new MessageEvent('message', {
          data: JSON.stringify({ type: 'changes', changes: [], revision: i, more: false }),
        }),
      )
    const said = vi.spyOn(url, 'send')
    for (let i = 0; i < 300; i += 1)
      url.dispatchEvent(
        new MessageEvent('message', {
          data: JSON.stringify({ type: 'changes', changes: [], revision: i, more: false }),
        }),
      )
    await expect.poll(() => said.mock.calls.filter(([text]) => text === '{"type":"ack"}').length).toBeGreaterThan(3)
    await dream.forCustomer('last').usage.track()
    await heard
    expect(sockets).toHaveLength(1)
    await loop.return?.()
  })

  it('ends quietly when it is closed or given up, and throws what no retry mends', async () => {
    const dream = onServer(await app().project({ tiers: LADDER }))
    const feed = dream.feed.open()
    const loop = loopOf(feed)
    const next = loop.next()
    feed.close()
    expect(await next).toEqual({ value: undefined, done: true })
    const giving = new AbortController()
    const given = loopOf(dream.feed.open({ signal: giving.signal })).next()
    giving.abort()
    expect((await given).done).toBe(true)
    const stranger = new DreamAPI({ secretKey: 'sk_test_no', baseUrl: app().server.url })
    await expect(loopOf(stranger.feed.open()).next()).rejects.toMatchObject({ reason: 'invalid_api_key' })
  })

  it('tells a page how much is left on the shelf', async () => {
    const { project, products } = await aStore(app())
    const page = new DreamAPI({ publishableKey: project.publishableKey, baseUrl: app().server.url })
    const feed = page.feed.open()
    const loop = loopOf(feed)
    const variantId = products[0].variants[0].id as string
    const heard = until(loop, ({ row }) => row['available'] === 7)
    await expect.poll(() => feed.revision).not.toBeNull()
    await onServer(project).products.changeStock(variantId, { delta: -3 })
    expect((await heard).at(-1)).toMatchObject({ kind: 'variant', id: variantId })
    await loop.return?.()
  })
})

it('says so at once where there is no WebSocket, instead of trying for ever', async () => {
  const project = await app().project({ tiers: LADDER })
  vi.stubGlobal('WebSocket', undefined)
  const feed = onServer(project).feed.open()
  await expect(feed[Symbol.asyncIterator]().next()).rejects.toThrow('No WebSocket')
})
