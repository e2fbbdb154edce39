/** The stage of one file's tests: one server and one browser. Every test has people, projects and pages of its own. */

import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { buildIfStale } from '../../dashboard/build.ts'
import { App, type TestMember, type TestProject } from '../support/app.ts'
import { noFaults, tier } from '../support/billing.ts'
import { connectByOAuth } from '../support/connect.ts'
import { startServer } from '../support/server.ts'
import { launch } from './browser.ts'

export interface Project extends TestProject {
  readonly name: string
  readonly owner: TestMember
  /** The address of one of its pages. */
  at(rest?: string): string
}

export interface ProjectFacts {
  readonly owner?: TestMember
  readonly sells?: boolean
  readonly [fact: string]: unknown
}

export interface OpenOptions extends BrowserContextOptions {
  /** Runs in every page before its own scripts. */
  readonly script?: string
}

const TIERS = [
  tier({ slug: 'free', displayName: 'Free', limit: 5 }),
  tier({ slug: 'pro', displayName: 'Pro', limit: 50, unitAmount: 1900 }),
]
/** A busy machine is no bug. */
const WAITS_MS = 30_000

export class Stage {
  readonly app: App
  readonly #browser: Browser
  #contexts: BrowserContext[] = []
  #complaints: string[] = []
  #foreseen: RegExp[] = []

  constructor(app: App, browser: Browser) {
    this.app = app
    this.#browser = browser
  }

  /** A project in test mode, made by its owner as the dashboard would; `sells` connects Stripe. */
  async project({ owner, sells = false, ...facts }: ProjectFacts = {}): Promise<Project> {
    const member = owner ?? (await this.app.member())
    const body = { name: 'Acme', type: 'saas', tiers: TIERS, ...facts }
    const { project, keys } = await this.app.okAsMember(member, 'POST', '/account/projects', { body })
    const stripeAccount = sells ? (await connectByOAuth(this.app, member, 'test')).stripeAccount : null
    const { projectId, name } = project as { projectId: string; name: string }
    const at = (rest = '') => `/p/${projectId}/test${rest}`
    return { projectId, mode: 'test', ...keys.test, stripeAccount, name, owner: member, at }
  }

  /** A page of somebody who is signed in already, as the sandbox's sign-in leads them back. */
  async open(who: TestMember, path: string, options: OpenOptions = {}): Promise<Page> {
    const page = await this.stranger(options)
    await page.goto(await this.doorOf(who, path))
    // Whoever goes on before the ticket was taken is not signed in.
    await page.locator('.shell').waitFor()
    return page
  }

  /** Where the sandbox's sign-in sends this person, to arrive at `path`. */
  async doorOf({ email }: TestMember, path: string): Promise<string> {
    const fields = { instance: 'developer', redirect_url: this.url(path), email, as: 'email' }
    const answer = await this.app.call('POST', '/sandbox/clerk/sign-in', {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    })
    return answer.headers.get('Location') ?? ''
  }

  /** An empty page of a browser that knows nobody. */
  async stranger({ script, ...options }: OpenOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    this.#contexts.push(context)
    context.setDefaultTimeout(WAITS_MS)
    if (script !== undefined) await context.addInitScript(script)
    const page = await context.newPage()
    this.#listen(page)
    return page
  }

  #listen(page: Page): void {
    const complain = (text: string) => this.#complaints.push(text)
    page.on(
      'console',
      (message) => message.type() === 'error' && complain(`${message.text()} ${message.location().url}`),
    )
    page.on('pageerror', (error) => complain(error.message))
    page.on('response', (answer) => answer.status() >= 500 && complain(`${answer.status()} ${answer.url()}`))
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url())
      const isOurs = origin.replace(/^ws/, 'http') === this.app.server.url
      if (/^(https?|wss?):$/.test(protocol) && !isOurs) complain(`asked ${origin}`)
      if (/sk_(test|live)_[0-9a-z]{20,}/.test(request.url())) complain('a secret key in an address')
    })
  }

  url = (path: string): string => this.app.server.url + path

  /** A complaint that this test asks for: the refusal it is about. */
  foresee(pattern: RegExp): void {
    this.#foreseen.push(pattern)
  }

  /** Ends what the test opened; answers what a browser complained of and nobody foresaw. */
  async clear(): Promise<string[]> {
    const complaints = this.#complaints.filter((text) => !this.#foreseen.some((pattern) => pattern.test(text)))
    for (const context of this.#contexts) await context.close()
    await noFaults(this.app)
    this.#contexts = []
    this.#complaints = []
    this.#foreseen = []
    return complaints
  }

  async end(): Promise<void> {
    await this.#browser.close()
    await this.app.server.stop()
  }
}

/** Whatever a browser complains of fails the test. */
export function useStage(): () => Stage {
  let stage: Stage | null = null
  beforeAll(async () => {
    const server = await startServer({ port: 0, stateDir: null, dashboard: await buildIfStale() })
    stage = new Stage(new App(server), await launch())
  })
  afterEach(async () => {
    expect(await stage?.clear(), 'what the browser complained of').toEqual([])
  })
  afterAll(() => stage?.end())
  return () => {
    if (stage === null) throw new Error('the stage is not set yet')
    return stage
  }
}
