/** The client in a real browser, on a page of its own origin: all that a page may do, and the bindings as they are drawn. */

import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { executablePath, launch } from '../dashboard/browser.ts'
import { useApp, type TestProject } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { page as html, script, serveApp } from '../support/developer.ts'
import { aStore } from '../support/store.ts'

const app = useApp()

/** The client and its bindings for the tests to call, and a component of each framework. */
const PAGE = `
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { createEffect, createRoot as createSolid } from 'solid-js'
import * as sdk from './index.ts'
import * as react from './react.ts'
import * as solid from './solid.ts'

const textOf = (usage, customer) => usage === null || customer === null ? 'Loading' : usage.remaining + ' left on ' + customer.plan

function React({ dream }) {
  const { usage, error } = react.useUsage(dream)
  const { customer } = react.useCustomer(dream)
  return createElement('p', null, error ? 'Error ' + error.message : textOf(usage, customer))
}

globalThis.sdk = sdk
globalThis.draw = (dream) => {
  const root = createRoot(document.getElementById('react'))
  root.render(createElement(React, { dream }))
  const dispose = createSolid((dispose) => {
    const { usage } = solid.useUsage(dream)
    const { customer } = solid.useCustomer(dream)
    createEffect(() => { document.getElementById('solid').textContent = textOf(usage(), customer()) })
    return dispose
  })
  globalThis.leave = () => { root.unmount(); dispose() }
}
globalThis.refusal = (call) => call.then(() => 'nothing', ({ reason, status, detail }) => ({ reason, status, detail }))
`

const bundled = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: `${import.meta.dirname}/../../sdk`, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['browser'],
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return outputFiles[0]!.text
}

describe.skipIf(executablePath === undefined)('in Chromium', () => {
  let browser: Browser
  let site: { url: string; close(): void }
  beforeAll(async () => {
    const code = await bundled()
    site = await serveApp({
      'GET /': () =>
        html(
          '<!doctype html><div id="react"></div><div id="solid"></div><script type="module" src="/sdk.js"></script>',
        ),
      'GET /sdk.js': () => script(code),
      'GET /favicon.ico': () => new Response(null, { status: 204 }),
    })
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    site?.close()
  })

  /** A page with the client loaded; `dream` is one with the publishable key, and the customer's token if there is one. */
  async function open({ publishableKey }: TestProject, token: string | null): Promise<Page> {
    const page = await browser.newPage()
    await page.goto(site.url)
    await page.waitForFunction('globalThis.draw !== undefined')
    const config = JSON.stringify({ publishableKey, baseUrl: app().server.url })
    await page.evaluate(`globalThis.dream = new sdk.DreamAPI(${config})`)
    if (token !== null) await page.evaluate(`dream.setUserToken(${JSON.stringify(token)})`)
    return page
  }

  const run = (page: Page, code: string): Promise<unknown> => page.evaluate(`(async () => { ${code} })()`)

  it('counts, is refused with the numbers, buys, and looks at the checkout', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    const page = await open(project, await app().token(project, id))
    const found = await run(
      page,
      `const { tiers } = await dream.products.listTiers()
       const { usage } = await dream.usage.consume({ quantity: 4 }, { idempotencyKey: 'once' })
       await dream.usage.consume({ quantity: 4 }, { idempotencyKey: 'once' })
       await dream.usage.track()
       const refused = await refusal(dream.usage.consume())
       const portal = await refusal(dream.billing.openPortal({ returnUrl: location.href }))
       const { url, checkoutId } = await dream.billing.createCheckout({ tier: 'pro', successUrl: location.href, cancelUrl: location.href })
       const { checkout, plan } = await dream.checkout.get(checkoutId)
       const secret = await refusal(dream.customers.list())
       return { tiers: tiers.length, used: usage.used, refused, url, state: checkout.state, plan, portal, secret }`,
    )
    expect(found).toMatchObject({
      tiers: 3,
      used: 4,
      refused: { reason: 'limit_reached', status: 403, detail: { limit: 5, used: 5, upgrade: { tier: 'pro' } } },
      url: expect.stringMatching(/^https?:/),
      state: 'open',
      plan: 'free',
      portal: { reason: 'no_subscription' },
      secret: { reason: 'secret_key_required', status: 403 },
    })
    await page.close()
  })

  it('walks a shop, holds a cart, hears what is left, and tells what is sold out', async () => {
    const { project } = await aStore(app())
    const page = await open(project, null)
    const found = await run(
      page,
      `const products = []
       for await (const product of dream.products.list({ limit: 1 })) products.push(product)
       const { product } = await dream.products.get(products[0].id)
       const [variant] = product.variants
       const feed = dream.feed.open({ since: 0 })
       const cart = (quantity) => ({ items: [{ variantId: variant.id, quantity }], successUrl: location.href, cancelUrl: location.href })
       const { orderNumber } = await dream.products.cartCheckout(cart(2))
       let available = null
       for await (const { kind, row } of feed) if (kind === 'variant' && row.available === variant.available - 2) { available = row.available; break }
       const soldOut = await refusal(dream.products.cartCheckout(cart(99)))
       return { orderNumber, before: variant.available, available, soldOut }`,
    )
    expect(found).toMatchObject({ orderNumber: 1001, before: 10, available: 8, soldOut: { reason: 'sold_out' } })
    await page.close()
  })

  it('refuses a secret key, gives up in time and on request, and proves a signature', async () => {
    const page = await open(await app().project({ tiers: LADDER }), null)
    const found = await run(
      page,
      `let secret = ''
       try { new sdk.DreamAPI({ secretKey: 'sk_test_x' }) } catch (error) { secret = error.message }
       const away = new sdk.DreamAPI({ publishableKey: 'pk_test_x', baseUrl: 'http://127.0.0.1:1', retries: 0 })
       const network = await refusal(away.products.listTiers())
       const given = new Error('changed my mind')
       const aborted = await dream.products.listTiers({ signal: AbortSignal.abort(given) }).catch((error) => error === given)
       const unsigned = await refusal(dream.webhooks.verify(new Request(location.href, { method: 'POST', body: '{}' }), 'whsec_YQ=='))
       return { secret, network: network.reason, aborted, unsigned: unsigned.reason }`,
    )
    expect(found).toEqual({
      secret: expect.stringContaining('must never reach a browser'),
      network: 'network_error',
      aborted: true,
      unsigned: 'signature_missing',
    })
    await page.close()
  })

  it('draws in React and in Solid what the customer has left and which plan, as it changes on a server', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    const page = await open(project, await app().token(project, id))
    const both = (text: string) =>
      expect
        .poll(() => page.locator('#react, #solid').allInnerTexts(), { timeout: 15_000, message: text })
        .toEqual([text, text])
    await run(page, 'draw(dream)')
    await both('5 left on free')
    await run(page, 'await dream.usage.consume({ quantity: 2 })')
    await both('3 left on free')
    await app().subscribe(project, id, 'pro')
    await both('50 left on pro') // its period begins with the purchase
    await run(page, 'leave()')
    expect(await page.locator('#react').innerText()).toBe('')
    await page.close()
  })
})
