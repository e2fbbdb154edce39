/** Signing in with the client: away to our page and back with a code, then kept signed in; in every tab, and by no trick. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DreamAccount } from '../../sdk/account.ts'
import { DreamAPI, type ClerkUser } from '../../sdk/index.ts'
import { as, secret, useApp, type TestProject } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { Browser } from '../support/page.ts'
import { aPerson, APP_ORIGIN, APP_PAGE, arrive } from '../support/signIn.ts'

const app = useApp()
const MINUTE_MS = 60_000

/** The paths that were asked for, and those whose answer is lost. */
let asked: string[] = []
let lose: (path: string) => boolean = () => false
/** What happens before the answer to a renewal is read. */
let meanwhile: (() => Promise<void>) | null = null
const send = globalThis.fetch

beforeEach(() => {
  asked = []
  lose = () => false
  meanwhile = null
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const { pathname } = new URL(url)
    asked.push(pathname)
    const headers = new Headers(init.headers)
    if (headers.has('X-Publishable-Key')) headers.set('Origin', APP_ORIGIN) // a page cannot help it
    const answer = await send(url, { ...init, headers })
    if (pathname === '/api/auth/refresh') await meanwhile?.()
    if (lose(pathname)) throw new TypeError('the answer is lost')
    return answer
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const times = (path: string) => asked.filter((each) => each === `/api/auth/${path}`).length
const load = ({ publishableKey }: TestProject, config = {}) =>
  new DreamAPI({ publishableKey, baseUrl: app().server.url, ...config })

/** The digest is made as the page loads; a person takes longer to press a link. */
async function pressed(dream: DreamAPI, link: (dream: DreamAPI) => string): Promise<URL> {
  await expect.poll(() => new URL(link(dream)).searchParams.get('code_challenge'), { interval: 1 }).not.toBeNull()
  return new URL(link(dream))
}

/** What our page does with the link, once its visitor has signed in there. */
async function served(project: TestProject, userId: string, link: URL, facts = {}): Promise<string> {
  const { redirect, state, code_challenge: codeChallenge } = Object.fromEntries(link.searchParams)
  const { status, body } = await arrive(app(), project, userId, { redirect, state, codeChallenge, ...facts })
  expect(status).toBe(200)
  return body.location
}

const signIn = ({ auth }: DreamAPI) => auth.getSignInUrl({ redirect: '/app?tab=1#top' })

/** A customer signed in to a page. */
async function aVisit(config = {}, given: TestProject | null = null) {
  const project = given ?? (await app().project({ tiers: LADDER }))
  const person = await aPerson(app())
  const browser = new Browser()
  const tab = browser.open(APP_PAGE)
  const away = load(project, config)
  tab.go(await served(project, person.id, await pressed(away, signIn)))
  const dream = load(project, config)
  await dream.auth.init()
  expect(dream.auth.isSignedIn()).toBe(true)
  return { project, person, browser, tab, dream }
}
const passes = (ms: number) => {
  const now = Date.now()
  vi.spyOn(Date, 'now').mockImplementation(() => now + ms)
}

describe('signing in', () => {
  it('leads back with a code, which becomes a session; the address keeps nothing of it', async () => {
    const { project, person, tab, dream } = await aVisit()
    expect(tab.location.href).toBe(`${APP_PAGE}?tab=1#top`)
    expect(dream.auth.getUser()).toEqual({
      id: person.id,
      email: person.email,
      plan: 'free',
      publishableKey: project.publishableKey,
    })
    expect((await dream.usage.track()).usage).toMatchObject({ userId: person.id, count: 1 })
    expect([times('exchange'), times('refresh')]).toEqual([1, 0])
    const again = load(project)
    await again.auth.init()
    expect(again.auth.getUser()?.id).toBe(person.id)
    expect([times('exchange'), times('refresh')]).toEqual([1, 0])
  })

  it('sends the verifier, the token and the refresh token in no address', async () => {
    const { project, browser, dream } = await aVisit()
    const urls: string[] = []
    const { fetch } = globalThis
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => (urls.push(url), fetch(url, init)))
    await dream.usage.check()
    await dream.auth.refreshToken()
    for (const link of [signIn(dream), dream.auth.getRefreshUrl({ redirect: '/' })]) urls.push(link)
    const secrets = [...browser.kept.values()].flatMap((kept) => kept.split(/[ .]/)).filter(({ length }) => length > 50)
    expect(secrets.length).toBeGreaterThan(3)
    for (const url of urls) for (const secret of secrets) expect(url).not.toContain(secret)
    expect(urls.join()).toContain(project.publishableKey)
  })

  it('[S16] takes no code that this browser did not ask for, and puts nobody away for it', async () => {
    const { project, person, browser } = await aVisit()
    const mallory = await aPerson(app())
    new Browser().open(APP_PAGE)
    const foreign = await served(project, mallory.id, await pressed(load(project), signIn))
    const back = new URL(foreign)
    for (const state of [back.searchParams.get('__dream_state'), '', '0', 'guessed', null]) {
      if (state === null) back.searchParams.delete('__dream_state')
      else back.searchParams.set('__dream_state', state)
      for (const victim of [browser, new Browser()]) {
        const tab = victim.open(back.href)
        const dream = load(project)
        await dream.auth.init()
        expect(dream.auth.getUser()?.id).toBe(victim === browser ? person.id : undefined)
        expect([tab.location.href, times('exchange')]).toEqual([`${APP_PAGE}?tab=1#top`, 1])
      }
    }
  })

  it('[S16] brings its state back once', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await aPerson(app())
    const browser = new Browser()
    const tab = browser.open(APP_PAGE)
    const back = await served(project, id, await pressed(load(project), signIn))
    tab.go(back)
    const dream = load(project)
    await dream.auth.init()
    await dream.auth.signOut()
    tab.go(back)
    const again = load(project)
    await again.auth.init()
    expect([again.auth.isSignedIn(), times('exchange')]).toEqual([false, 1])
    const next = await pressed(again, signIn)
    expect(next.searchParams.get('state')).not.toBe(new URL(back).searchParams.get('__dream_state'))
  })

  it('by a link that was drawn before all was ready goes round once more, by itself', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await aPerson(app())
    const tab = new Browser().open(APP_PAGE)
    const early = new URL(signIn(load(project)))
    expect(early.searchParams.get('code_challenge')).toBeNull()
    tab.go(await served(project, id, early))
    await load(project).auth.init()
    const next = new URL(tab.left ?? '')
    expect([next.pathname, next.searchParams.get('redirect')]).toEqual(['/signin', `${APP_PAGE}?tab=1#top`])
    tab.go(await served(project, id, next))
    const dream = load(project)
    await dream.auth.init()
    expect(dream.auth.getUser()?.id).toBe(id)
  })

  it('as somebody else ends the session that was there', async () => {
    const { project, person, tab, dream } = await aVisit()
    const other = await aPerson(app())
    tab.go(await served(project, other.id, await pressed(dream, signIn)))
    const next = load(project)
    await next.auth.init()
    expect(next.auth.getUser()?.id).toBe(other.id)
    const sessions = `/api/customers/${person.id}/sessions`
    const left = async () => (await app().ok('GET', sessions, { headers: secret(project) })).sessions
    await expect.poll(left).toEqual([])
  })
})

describe('a session', () => {
  it('is renewed shortly before its token ends, once for all calls and all tabs', async () => {
    const { project, browser, tab, dream } = await aVisit()
    const second = browser.open(APP_PAGE)
    const other = load(project)
    await other.auth.init()
    passes(4 * MINUTE_MS)
    await dream.usage.check()
    expect(times('refresh')).toBe(0)
    passes(1 * MINUTE_MS)
    browser.enter(tab)
    const calls = [dream.usage.check(), dream.usage.check(), dream.usage.track()]
    browser.enter(second)
    const answers = await Promise.all([...calls, other.usage.check(), other.usage.check()])
    expect([answers.length, times('refresh')]).toEqual([5, 1])
  })

  it('outlives an answer that was lost', async () => {
    const { dream } = await aVisit()
    let losses = 2
    lose = (path) => path === '/api/auth/refresh' && losses-- > 0
    await dream.auth.refreshToken()
    expect([times('refresh'), dream.auth.isSignedIn()]).toEqual([3, true])
    await dream.auth.refreshToken()
    await dream.usage.check()
    expect(dream.auth.isSignedIn()).toBe(true)
  })

  it('outlives a server that cannot be reached', async () => {
    const { project, person } = await aVisit()
    passes(10 * MINUTE_MS)
    lose = () => true
    const dream = load(project, { retries: 0 })
    await dream.auth.init()
    expect(dream.auth.getUser()?.id).toBe(person.id)
    await expect(dream.usage.check()).rejects.toMatchObject({ reason: 'network_error' })
    lose = () => false
    expect((await dream.usage.check()).userId).toBe(person.id)
  })

  it('does not mind whose clock is wrong', async () => {
    const { dream } = await aVisit()
    await app().advance('6m') // the server finds the token over, the page does not
    expect((await dream.usage.consume({ quantity: 2 })).usage.count).toBe(2)
    expect(times('refresh')).toBe(1)
    expect((await dream.usage.check()).usageCount).toBe(2)
    passes(-86_400_000)
    await dream.usage.check()
    expect(times('refresh')).toBe(1)
  })

  it('that was signed out is over in every tab and on the server', async () => {
    const { project, browser, tab, dream } = await aVisit()
    browser.open(APP_PAGE)
    const other = load(project)
    await other.auth.init()
    const told: (ClerkUser | null)[] = []
    other.auth.onChange((user) => void told.push(user))
    const [, refreshToken] = [...browser.kept.values()].find((kept) => kept.includes('rt_'))!.split(' ')
    browser.enter(tab)
    await dream.auth.signOut()
    expect([dream.auth.isSignedIn(), other.auth.isSignedIn(), told]).toEqual([false, false, [null]])
    expect(JSON.stringify([...browser.kept])).not.toContain('rt_')
    await expect(other.usage.check()).rejects.toMatchObject({ status: 401, code: 'auth_required' })
    const headers = { 'X-Publishable-Key': project.publishableKey, Origin: APP_ORIGIN }
    const late = await app().call('POST', '/api/auth/refresh', { headers, body: { refreshToken } })
    expect(late.body.code).toBe('session_ended')
  })

  it('does not come back by a renewal that was under way when it was signed out', async () => {
    const { browser, dream } = await aVisit()
    meanwhile = () => dream.auth.signOut()
    await dream.auth.refreshToken()
    expect([dream.auth.isSignedIn(), [...browser.kept].join().includes('rt_')]).toEqual([false, false])
  })

  it('that the developer ended is over at the next call, which says so', async () => {
    const { project, person, dream } = await aVisit()
    const told: (ClerkUser | null)[] = []
    dream.auth.onChange((user) => void told.push(user))
    await app().ok('DELETE', `/api/customers/${person.id}/sessions`, { headers: secret(project) })
    await expect(dream.usage.check()).rejects.toMatchObject({ status: 401, reason: 'session_ended' })
    expect([dream.auth.isSignedIn(), told]).toEqual([false, [null]])
  })

  it('of one project is not that of another on the same origin', async () => {
    const { browser, person } = await aVisit()
    const tab = browser.open(APP_PAGE)
    const project = await app().project({ tiers: LADDER })
    const other = load(project)
    await other.auth.init()
    expect(other.auth.isSignedIn()).toBe(false)
    tab.go(await served(project, person.id, await pressed(other, signIn)))
    const next = load(project)
    await next.auth.init()
    expect((await next.usage.check()).userId).toBe(person.id)
    expect([...browser.kept.keys()].filter((name) => name.startsWith('dream_api_session:'))).toHaveLength(2)
  })

  it('is kept where the app says: by what a tab keeps, in no other tab', async () => {
    const own = new Map<string, string>()
    const storage = {
      getItem: (name: string) => own.get(name) ?? null,
      setItem: (name: string, value: string) => void own.set(name, value),
      removeItem: (name: string) => void own.delete(name),
    }
    const { browser, dream } = await aVisit({ storage })
    expect([dream.auth.isSignedIn(), browser.kept.size]).toEqual([true, 0])
    expect([...own.values()].join()).toContain('rt_')
  })
})

describe('[P12] after a purchase', () => {
  it('the way back from Stripe leads over our page, and knows the new plan; whoever listens is told', async () => {
    const { project, person, tab, dream } = await aVisit()
    const plans: (string | undefined)[] = []
    const successUrl = (await pressed(dream, ({ auth }) => auth.getRefreshUrl({ redirect: '/app' }))).href
    const body = { tier: 'pro', successUrl: APP_PAGE, cancelUrl: APP_PAGE }
    const { sessionId } = await app().ok('POST', '/api/create-checkout', { headers: as(project, person.id), body })
    const back = served(project, person.id, new URL(successUrl), { awaiting: {}, join: false })
    await app().pay(sessionId)
    tab.go(await back)
    const next = load(project)
    next.auth.onChange((user) => void plans.push(user?.plan))
    await next.auth.init()
    expect([next.auth.getUser()?.plan, plans.at(-1)]).toEqual(['pro', 'pro'])
  })

  it('who comes back without a code waits for the plan by the session they have', async () => {
    const { project, person, tab, dream } = await aVisit()
    const link = await pressed(dream, ({ auth }) => auth.getRefreshUrl({ redirect: '/app' }))
    expect(link.searchParams.get('customer')).toBe(person.id)
    const body = { tier: 'pro', successUrl: APP_PAGE, cancelUrl: APP_PAGE }
    const { sessionId } = await app().ok('POST', '/api/create-checkout', { headers: as(project, person.id), body })
    tab.go(`${APP_PAGE}?__dream_state=${link.searchParams.get('state')}`)
    const next = load(project)
    const coming = next.auth.init()
    await expect.poll(() => times('refresh')).toBe(1)
    expect(next.auth.getUser()?.plan).toBe('free')
    await app().pay(sessionId)
    await coming
    expect([next.auth.getUser()?.plan, times('refresh')]).toEqual(['pro', 1])
  })

  it('who comes back without a code that fits is told the new plan all the same', async () => {
    const { project, person, tab } = await aVisit()
    await app().subscribe(project, person.id, 'pro')
    tab.go(`${APP_PAGE}?__dream_state=of-another-tab`)
    const dream = load(project)
    await dream.auth.init()
    expect([dream.auth.getUser()?.plan, tab.location.href]).toEqual(['pro', APP_PAGE])
  })
})

describe('a project that is not served any more', () => {
  const stand = ({ projectId, mode }: TestProject, blockedAt: number | null) =>
    app().ok('POST', '/sandbox/projects/standing', { body: { projectId, mode, blockedAt } })

  /** A project of an account, and the account. */
  async function anOwned() {
    const account = new DreamAccount({
      session: await app().memberToken(await app().member()),
      baseUrl: app().server.url,
    })
    const { project, keys } = await account.projects.create({ name: 'Bird watch', type: 'saas' })
    const { projectId } = project
    return { account, project: { projectId, mode: 'test', stripeAccount: null, ...keys.test } as const }
  }

  it('because its account does not pay us refuses every call once, keeps its customers signed in, and serves them again', async () => {
    const { project, person, dream } = await aVisit()
    await stand(project, 0)
    asked = []
    const refusal = { name: 'DreamAPIException', reason: 'subscription_expired', status: 403 }
    await expect(dream.usage.track()).rejects.toMatchObject(refusal)
    await expect(dream.billing.createCheckout({ tier: 'pro', successUrl: APP_PAGE })).rejects.toMatchObject(refusal)
    const feed = dream.feed.open()[Symbol.asyncIterator]()
    await expect(feed.next()).rejects.toMatchObject(refusal)
    expect(asked).toEqual(['/api/data', '/api/create-checkout', '/api/feed/tickets'])
    passes(6 * MINUTE_MS)
    await expect(dream.usage.track()).rejects.toMatchObject(refusal)
    expect(asked.slice(3)).toEqual(['/api/auth/refresh'])
    const reloaded = load(project)
    await reloaded.auth.init()
    expect(reloaded.auth.getUser()?.id).toBe(person.id)
    await stand(project, null)
    expect((await reloaded.usage.track()).usage).toMatchObject({ userId: person.id, count: 1 })
  })

  it('can still be signed out of, for good', async () => {
    const { project, browser, dream } = await aVisit()
    const [, refreshToken] = [...browser.kept.values()].find((kept) => kept.includes('rt_'))!.split(' ')
    await stand(project, 0)
    await dream.auth.signOut()
    await stand(project, null)
    const headers = { 'X-Publishable-Key': project.publishableKey, Origin: APP_ORIGIN }
    const late = await app().call('POST', '/api/auth/refresh', { headers, body: { refreshToken } })
    expect(late.body.code).toBe('session_ended')
  })

  it('because it was deleted refuses tokens and refresh tokens, each once', async () => {
    const { account, project } = await anOwned()
    const { dream } = await aVisit({}, project)
    await account.projects.delete(project.projectId, { confirm: 'Bird watch' })
    asked = []
    const refusal = { name: 'DreamAPIException', reason: 'project_deleted', status: 410 }
    await expect(dream.usage.track()).rejects.toMatchObject(refusal)
    passes(6 * MINUTE_MS)
    await expect(dream.usage.track()).rejects.toMatchObject(refusal)
    expect(asked).toEqual(['/api/data', '/api/auth/refresh'])
  })

  it('is not one that was only set aside: its customers notice nothing', async () => {
    const { account, project } = await anOwned()
    const { dream } = await aVisit({}, project)
    await account.projects.update(project.projectId, { archived: true })
    await dream.auth.refreshToken()
    expect((await dream.usage.track()).usage.count).toBe(1)
    expect(dream.auth.isSignedIn()).toBe(true)
  })
})
