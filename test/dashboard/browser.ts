/** A real browser on the real product. Whatever the browser complains of fails the test. */

import { existsSync } from 'node:fs'
import { chromium, type Browser, type Page } from 'playwright-core'
import { buildIfStale } from '../../dashboard/build.ts'
import { startServer, type Server } from '../support/server.ts'

const PLACES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
export const executablePath = PLACES.find((path) => path !== undefined && existsSync(path))

export interface Visit {
  readonly page: Page
  readonly server: Server
  /** Errors of the page, of its policy, and answers that nobody foresaw. */
  readonly complaints: string[]
  close(): Promise<void>
}

export async function visit(): Promise<Visit> {
  const server = await startServer({ port: 0, stateDir: null, dashboard: await buildIfStale() })
  const browser = await launch()
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('response', (answer) => answer.status() >= 500 && complaints.push(`${answer.status()} ${answer.url()}`))
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (/^(https?|wss?):$/.test(protocol) && origin.replace(/^ws/, 'http') !== server.url)
      complaints.push(`asked ${origin}`)
    if (/sk_(test|live)_[0-9a-z]{20,}/.test(request.url() + request.postData()))
      complaints.push('a secret key was sent')
  })
  return {
    page,
    server,
    complaints,
    close: async () => {
      await browser.close()
      await server.stop()
    },
  }
}

export function launch(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync']
  return chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args })
}

/** One press as the demo developer, as a person would do it. */
export async function signIn({ page, server }: Visit): Promise<void> {
  await page.goto(`${server.url}/`)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Continue as demo developer' }).click()
  await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor()
}
