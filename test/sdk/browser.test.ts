/** The client in a page: what it takes from the address, what it keeps, and what it must never hold. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AuthHelpers, DreamAPI } from '../../sdk/index.ts'

const PK = 'pk_test_shop'
const HOUR_S = 3600

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (claims: object = {}) =>
  `${encode({ alg: 'RS256' })}.${encode({ sub: 'user_1', email: 'ada@example.com', exp: Math.floor(Date.now() / 1000) + HOUR_S, plan: 'pro', publishableKey: PK, ...claims })}.sig`

/** As much of a page as there is to touch. */
function open(href: string) {
  const kept = new Map<string, string>()
  const page = {
    document: { cookie: '' },
    localStorage: {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
      removeItem: (name: string) => void kept.delete(name),
    },
    history: {
      state: { scroll: 7 },
      replaceState: (state: unknown, _: string, url: string) => {
        expect(state).toEqual({ scroll: 7 })
        page.location = new URL(url, page.location)
      },
    },
    location: new URL(href),
    Clerk: undefined as unknown,
    kept,
  }
  vi.stubGlobal('window', page)
  vi.stubGlobal('document', page.document)
  return page
}

const aClient = () => new DreamAPI({ publishableKey: PK, baseUrl: 'https://api.example' })

/** Leaves for the sign-in page, and says what it must bring back. */
function leave(dream: DreamAPI): string {
  const url = new URL(dream.auth.getSignInUrl({ redirect: '/app?tab=1#top' }))
  return new URL(url.searchParams.get('redirect') ?? '').searchParams.get('__dream_state') ?? ''
}

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

describe('[S16] a token in the address', () => {
  it('is taken when this browser had left for it, and the rest of the address stays', async () => {
    const page = open('https://app.example/')
    const dream = aClient()
    const state = leave(dream)
    const jwt = token()
    page.location = new URL(`https://app.example/app?tab=1&__dream_state=${state}&__clerk_jwt=${jwt}&_t=1#top`)
    await dream.auth.init()
    expect(page.location.href).toBe('https://app.example/app?tab=1#top')
    expect(dream.auth.isSignedIn()).toBe(true)
    expect(page.kept.get('dream_api_jwt')).toBe(jwt)
  })

  it.each([
    ['nobody left for it', (_: string) => '', {}],
    ['the state is another one', (_: string) => '&__dream_state=guessed', {}],
    ['it is for another project', (state: string) => `&__dream_state=${state}`, { publishableKey: 'pk_test_other' }],
    ['it is expired', (state: string) => `&__dream_state=${state}`, { exp: 1 }],
  ])('is not taken when %s, and leaves the address all the same', async (_, back, claims) => {
    const page = open('https://app.example/')
    const dream = aClient()
    const state = leave(dream)
    page.location = new URL(`https://app.example/app?__clerk_jwt=${token(claims)}${back(state)}#top`)
    await dream.auth.init()
    expect(page.location.href).toBe('https://app.example/app#top')
    expect(dream.auth.isSignedIn()).toBe(false)
    expect(dream.auth.getUser()).toBeNull()
    expect(page.kept.has('dream_api_jwt')).toBe(false)
  })

  it('is taken once: the same address is nothing the second time', async () => {
    const page = open('https://app.example/')
    const back = `https://app.example/app?__dream_state=${leave(aClient())}&__clerk_jwt=${token()}`
    page.location = new URL(back)
    await aClient().auth.init()
    page.kept.delete('dream_api_jwt')
    page.location = new URL(back)
    const again = aClient()
    await again.auth.init()
    expect(again.auth.isSignedIn()).toBe(false)
  })

  it('does not put away who is signed in', async () => {
    const page = open(`https://app.example/?__clerk_jwt=${token({ sub: 'mallory' })}`)
    page.kept.set('dream_api_jwt', token())
    const dream = aClient()
    await dream.auth.init()
    expect(dream.auth.getUser()?.id).toBe('user_1')
  })
})

describe('who is signed in', () => {
  it('is read from the kept token, in any language, flat or nested', async () => {
    const page = open('https://app.example/#x')
    page.kept.set(
      'dream_api_jwt',
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
    ['expired', token({ exp: 1 })],
    ['broken', 'a.b.c'],
    ['no token', 'x'],
  ])('is nobody when the kept token is %s, and it is thrown away', async (_, kept) => {
    const page = open('https://app.example/')
    page.kept.set('dream_api_jwt', kept)
    const dream = aClient()
    await dream.auth.init()
    expect([dream.auth.isSignedIn(), dream.auth.getUser(), page.kept.size]).toEqual([false, null, 0])
  })

  it('is nobody after signing out', async () => {
    const page = open('https://app.example/')
    page.kept.set('dream_api_jwt', token())
    const dream = aClient()
    await dream.auth.init()
    await dream.auth.signOut()
    expect([dream.auth.isSignedIn(), page.kept.size]).toEqual([false, 0])
    await expect(dream.usage.check()).rejects.toMatchObject({ status: 401, code: 'auth_required' })
  })

  it("comes from the page's own Clerk where there is one, with a fresh token for every call", async () => {
    const page = open('https://app.example/')
    const tokens = [token({ n: 1 }), token({ n: 2 }), token({ n: 3 })]
    let asked = 0
    page.Clerk = {
      user: { id: 'user_2', primaryEmailAddress: { emailAddress: 'b@example.com' }, publicMetadata: { plan: 'max' } },
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

  it('is kept where the app says', async () => {
    open('https://app.example/')
    const own = new Map([['dream_api_jwt', token()]])
    const storage = {
      getItem: (name: string) => own.get(name) ?? null,
      setItem: (name: string, value: string) => void own.set(name, value),
      removeItem: (name: string) => void own.delete(name),
    }
    const dream = new DreamAPI({ publishableKey: PK, storage })
    await dream.auth.init()
    expect(dream.auth.isSignedIn()).toBe(true)
  })

  it('shows from the address whether it is the way back', () => {
    expect(AuthHelpers.hasAuthParams()).toBe(false)
    const page = open('https://app.example/?__clerk_jwt=x')
    expect(AuthHelpers.hasAuthParams()).toBe(true)
    page.location = new URL('https://app.example/')
    expect(AuthHelpers.hasAuthParams()).toBe(false)
  })
})
