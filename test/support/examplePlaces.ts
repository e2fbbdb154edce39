/** Where the client is used: Node, a Worker in workerd, and pages in Chromium. Each runs the same text of the examples. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { Page } from 'playwright-core'
import { launch } from '../dashboard/browser.ts'
import { page as html, script, serveApp } from './developer.ts'
import type { Failure, Runner } from './exampleRunner.ts'
import type { Facts } from './exampleWorld.ts'
import { EXAMPLES } from './examples.ts'
import { COMPATIBILITY_DATE } from './server.ts'

export interface Place {
  run(name: string, facts: Facts): Promise<Failure | null>
  called(): Promise<readonly string[]>
  close(): Promise<void>
}

export async function inNode(program: string): Promise<Place> {
  const file = join(EXAMPLES, 'built.mjs')
  writeFileSync(file, program)
  const { default: runner } = (await import(file)) as { default: Runner }
  return {
    run: (name, facts) => runner.run(name, 'server', facts),
    called: async () => runner.called(),
    close: async () => {},
  }
}

export async function inWorkerd(program: string): Promise<Place> {
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      compatibilityDate: COMPATIBILITY_DATE,
      modules: [{ type: 'ESModule', path: 'examples.js', contents: program }],
    }),
  )
  await worker.ready
  const asked = async (init: { method: string; body?: string }) =>
    (await worker.dispatchFetch('http://worker/', init)).json()
  return {
    run: async (name, facts) =>
      (await asked({ method: 'POST', body: JSON.stringify({ name, facts }) })) as Failure | null,
    called: async () => (await asked({ method: 'GET' })) as string[],
    close: () => worker.dispose(),
  }
}

const DOCUMENT = '<!doctype html><link rel="icon" href="data:,"><script type="module">'

/** A page of an app, which has an origin of its own, and one of the dashboard, which is at the server's. */
export async function inChromium(program: string, baseUrl: string): Promise<{ page: Place; dashboard: Place }> {
  const loading = `${DOCUMENT}globalThis.runner = (await import('/examples.js')).default</script>`
  const site = await serveApp({ 'GET /': () => html(loading), 'GET /examples.js': () => script(program) })
  const browser = await launch()
  const [page, dashboard] = [await browser.newPage(), await browser.newPage()]
  await dashboard.route(`${baseUrl}/`, (route) => route.fulfill({ contentType: 'text/html', body: loading }))
  await dashboard.route(`${baseUrl}/examples.js`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: program }),
  )
  for (const tab of [page, dashboard]) tab.setDefaultTimeout(60_000)
  await page.goto(site.url)
  await dashboard.goto(baseUrl)
  const placeOf = (tab: Page, side: 'page' | 'dashboard'): Place => ({
    run: (name, facts) =>
      tab.evaluate(`runner.run('${name}', '${side}', ${JSON.stringify(facts)})`) as Promise<Failure | null>,
    called: () => tab.evaluate('runner.called()') as Promise<string[]>,
    close: async () => {
      await browser.close()
      site.close()
    },
  })
  for (const tab of [page, dashboard]) await tab.waitForFunction('globalThis.runner !== undefined')
  return { page: placeOf(page, 'page'), dashboard: placeOf(dashboard, 'dashboard') }
}
