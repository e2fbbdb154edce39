/** The client in a page: what it takes from the address, what it keeps, and what it must never hold. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AuthHelpers, DreamAPI } from '../../sdk/index.ts'
import { open, type Tab } from '../support/page.ts'

const PK = 'pk_test_shop'
const HOUR_S = 3600

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (claims: object = {}) =>
  `${encode({ alg: 'RS256' })}.${encode({ sub: 'user_1', email: 'ada@example.com', exp: Math.floor(Date.now() / 1000) + HOUR_S, plan: 'pro', publishableKey: PK, ...claims })}.sig`

const SESSION = `dream_api_session:${PK}`
const keep = (tab: Tab, jwt: string) => tab.kept.set(SESSION, `${jwt} rt_test_x ${Date.now() + 300_000}`)
const aClient = () => new DreamAPI({ publishableKey: PK, baseUrl: 'https://api.example' })

const noise = ['log', 'info', 'debug', 'warn', 'error'] as const
beforeEach(() => {
  for (const level of noise) vi.spyOn(console, level)
})
afterEach(() => {
  for (const level of noise) expect(console[level]).not.toHaveBeenCalled()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

it('refuses a secret key in a page, and takes one elsewhere', () => {
  const config = { secretKey: 'sk_test_x', publishableKey: PK }
  expect(() => new DreamAPI(config)).not.toThrow()
  open('https://app.example/')
  expect(() => new DreamAPI(config)).toThrow('must never reach a browser')
  expect(() => new DreamAPI({})).toThrow('Either secretKey or publishableKey is required')
})

it('finds the server by option, then by DREAM_API_URL', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url)
    return Response.json({ tiers: [] })
  })
  vi.stubEnv('DREAM_API_URL', 'https://env.example/')
  await new DreamAPI({ publishableKey: PK }).products.listTiers()
  await new DreamAPI({ publishableKey: PK, baseUrl: 'https://option.example//' }).products.listTiers()
  vi.unstubAllEnvs()
  expect(asked).toEqual(['https://env.example/api/tiers', 'https://option.example/api/tiers'])
})

it('[S16] takes no token from the address, whatever it is called', async () => {
  const tab = open(`https://app.example/app?__clerk_jwt=${token()}&token=${token()}&tab=1#top`)
  const dream = aClient()
  await dream.auth.init()
  expect([dream.auth.isSignedIn(), tab.location.hash]).toEqual([false, '#top'])
  expect([...tab.kept.values()].join()).not.toContain('.sig')
})

describe('who is signed in', () => {
  it('is read from the kept token, in any language, flat or nested', async () => {
    const page = open('https://app.example/#x')
    keep(
      page,
      token({
        email: 'žofie@пример.example',
        plan: undefined,
        publicMetadata: { plan: 'prémium', publishableKey: PK },
        publishableKey: undefined,
      }),
    )
    const dream = aClient()
    await dream.auth.init()
    expect(dream.auth.getUser()).toEqual({
      id: 'user_1',
      email: 'žofie@пример.example',
      plan: 'prémium',
      publishableKey: PK,
    })
    expect(page.location.href).toBe('https://app.example/#x')
  })

  it.each([
    ['broken', 'a.b.c rt 9999999999999'],
    ['no token', 'x'],
    ['of another making', '{"token":1}'],
    ['empty', ''],
  ])('is nobody when what is kept is %s', async (_, kept) => {
    const page = open('https://app.example/')
    page.kept.set(SESSION, kept)
    const dream = aClient()
    await dream.auth.init()
    expect(dream.auth.getUser()).toBeNull()
  })

  it("comes from the page's own Clerk where there is one, with a fresh token for every call", async () => {
    const page = open('https://app.example/')
    const tokens = [1, 2, 3].map((n) => token({ n, sub: 'user_2', email: 'b@example.com', plan: 'max' }))
    let asked = 0
    page.Clerk = {
      session: { getToken: async () => tokens[asked++] },
    }
    const sent: (string | null)[] = []
    vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
      sent.push(new Headers(init.headers).get('X-Clerk-Token'))
      return Response.json({ plan: 'max' })
    })
    const dream = aClient()
    await dream.auth.init()
    await dream.usage.check()
    await dream.usage.check()
    expect(sent).toEqual(tokens.slice(1))
    expect(dream.auth.getUser()).toMatchObject({ id: 'user_2', email: 'b@example.com', plan: 'max' })
  })

  it('shows from the address whether it is the way back', () => {
    expect(AuthHelpers.hasAuthParams()).toBe(false)
    for (const param of ['__dream_code', '__clerk_status']) {
      open(`https://app.example/?${param}=x`)
      expect(AuthHelpers.hasAuthParams()).toBe(true)
    }
    open('https://app.example/')
    expect(AuthHelpers.hasAuthParams()).toBe(false)
  })
})
