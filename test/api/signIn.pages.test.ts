/** The pages where customers sign in, attacked as the original's could be. Named after the rows in the list of defects. */

import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { as, page, secret, useApp, type Answer, type Body, type TestProject } from '../support/app.ts'
import { mistyped } from '../support/keys.ts'
import { LADDER } from '../support/billing.ts'
import {
  aCode,
  aPerson,
  APP_ORIGIN,
  APP_PAGE,
  arrive,
  aVerifier,
  challengeOf,
  fromPage,
  signedIn,
} from '../support/signIn.ts'

const app = useApp()
const aProject = (facts: Record<string, unknown> = {}) => app().project({ tiers: LADDER, ...facts })
const PAGES = ['/signup', '/signin', '/customer', '/account', '/refresh', '/signout'] as const
const addressOf = (path: string, query: Record<string, string>) => `${path}?${new URLSearchParams(query).toString()}`
const visit = (path: string, project: TestProject, query: Record<string, string> = {}) =>
  app().call('GET', addressOf(path, { pk: project.publishableKey, redirect: APP_PAGE, ...query }))
const codeOf = ({ status, body }: Answer<Body>) => [status, body.code]

const HOSTILE = [
  '"><script>alert(1)</script>',
  "';alert(1);//",
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '{{7*7}}${7*7}',
  'javascript:alert(1)',
  '\u2028alert(1)//',
]
/** Where nobody may be sent back to, whatever the project allows. */
const FOREIGN = [
  'https://evil.example/',
  'http://localhost.evil.example/',
  'http://localhost@evil.example/',
  'http://user:pass@localhost:3000/',
  '//evil.example/',
  '/\\evil.example',
  '/app',
  'javascript:alert(1)',
  'javascript://localhost:3000/%0aalert(1)',
  'data:text/html,<script>alert(1)</script>',
  'ftp://localhost/',
  'http://localhost:3000/\r\nSet-Cookie: a=b',
  ' ',
  '',
]

describe('a page', () => {
  it.each(PAGES)('%s is shown for a project and an address that it allows, by a strict policy', async (path) => {
    const project = await aProject({ name: 'Acme <b>&</b> "Sons"' })
    const { status, headers, body } = await visit(path, project)
    expect([status, headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(body).toContain('<h1>Acme &lt;b&gt;&amp;&lt;/b&gt; &quot;Sons&quot;</h1>')
    expect(body).not.toContain('<b>')
    const policy = headers.get('Content-Security-Policy') ?? ''
    const [, nonce = ''] = /script-src 'nonce-([\w-]{36})' 'strict-dynamic';/.exec(policy) ?? []
    for (const rule of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"])
      expect(policy).toContain(rule)
    expect(/script-src[^;]*unsafe/.test(policy)).toBe(false)
    expect(nonce).not.toBe('')
    const scripts = [...(body as string).matchAll(/<script[^>]*>/g)].map(([tag]) => tag)
    expect(scripts).toHaveLength(2)
    for (const tag of scripts) expect(tag).toContain(`nonce="${nonce}"`)
    expect(/\son\w+=/.test((body as string).replaceAll(/<script[\s\S]*?<\/script>/g, ''))).toBe(false)
    expect(headers.get('X-Frame-Options')).toBe('DENY')
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(headers.get('Cache-Control')).toContain('no-store')
    expect(headers.get('Set-Cookie')).toBeNull()
    const again = await visit(path, project)
    expect(again.headers.get('Content-Security-Policy')).not.toBe(policy)
  })

  it('wears the colour of its project, with letters that can be read on it', async () => {
    const project = await aProject()
    const paint = (accentColor: unknown) =>
      app().call('PATCH', '/api/project', { headers: secret(project), body: { accentColor } })
    expect((await visit('/signin', project)).body).toContain('--accent:light-dark(#2f2bd6,#a5a1ff)')
    for (const [color, letters] of [
      ['#FDE047', '#0d0e11'],
      ['#0F766E', '#ffffff'],
    ]) {
      expect((await paint(color)).body.project.accentColor).toBe(color!.toLowerCase())
      const { body } = await visit('/signin', project)
      expect(body).toContain(`--accent:light-dark(${color!.toLowerCase()},${color!.toLowerCase()})`)
      expect(body).toContain(`--on-accent:light-dark(${letters},${letters})`)
    }
    for (const wrong of ['red', '#fff', '#12345g', '#000000;}body{display:none', 7])
      expect(codeOf(await paint(wrong))).toEqual([400, 'invalid_request'])
    expect((await paint(null)).body.project.accentColor).toBeNull()
  })

  it('S4: writes nothing of its address into itself, whatever stands there', async () => {
    const project = await aProject()
    for (const path of PAGES)
      for (const wild of HOSTILE)
        for (const name of ['pk', 'redirect', 'state', 'code_challenge', 'from', 'ticket', '__clerk_status', wild]) {
          const query = { pk: project.publishableKey, redirect: APP_PAGE, [name]: wild }
          const { status, body, headers } = await app().call('GET', addressOf(path, query))
          if (status === 200) expect(body).not.toContain(wild)
          else expect([status, headers.get('Content-Type')]).toEqual([expect.any(Number), 'application/json'])
        }
    const inside = `${APP_PAGE}?next="><script>alert(1)</script>#</script>`
    const { status, body } = await visit('/signin', project, { redirect: inside })
    expect(status).toBe(200)
    expect(body).not.toContain('alert(1)')
    expect(body).not.toContain(project.publishableKey)
  })

  it('S3: is not shown to who would be sent elsewhere, and nobody is sent there', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    for (const redirect of FOREIGN) {
      const expected = [400, expect.stringMatching(/^(redirect_not_allowed|invalid_request)$/)]
      for (const path of PAGES) expect(codeOf(await visit(path, project, { redirect })), redirect).toEqual(expected)
      expect(codeOf(await arrive(app(), project, id, { redirect })), redirect).toEqual(expected)
    }
    expect((await app().ok('GET', '/api/customers', { headers: secret(project) })).customers).toEqual([])
  })

  it('S3: a live project leads to its own origins only, this machine is none of them', async () => {
    const project = await aProject({ mode: 'live', allowedOrigins: ['https://app.example'] })
    expect((await visit('/signin', project, { redirect: 'https://app.example/in?a=1#b' })).status).toBe(200)
    for (const redirect of ['http://localhost:3000/', 'https://app.example.evil.example/', 'http://app.example/'])
      expect(codeOf(await visit('/signin', project, { redirect })), redirect).toEqual([400, 'redirect_not_allowed'])
  })

  it('is not shown without a key that we made, without an address, or of a project that is closed', async () => {
    const project = await aProject()
    const { publishableKey: pk, secretKey } = project
    const redirect = APP_PAGE
    expect(codeOf(await app().call('GET', '/signin'))).toEqual([400, 'invalid_request'])
    expect(codeOf(await app().call('GET', addressOf('/signin', { pk })))).toEqual([400, 'invalid_request'])
    for (const wrong of ['pk_test_x', secretKey, mistyped(pk)])
      expect(codeOf(await app().call('GET', addressOf('/signin', { pk: wrong, redirect })))).toEqual([
        401,
        'invalid_publishable_key',
      ])
    const twice = `${addressOf('/signin', { pk, redirect })}&redirect=${encodeURIComponent('https://evil.example')}`
    expect(codeOf(await app().call('GET', twice))).toEqual([400, 'invalid_request'])
    await app().ok('POST', '/sandbox/projects/close', { body: { projectId: project.projectId } })
    expect(codeOf(await visit('/signin', project))).toEqual([410, 'project_deleted'])
  })

  it('at /account is the customer’s with a project’s key, and the developers’ without', async () => {
    const project = await aProject()
    expect((await visit('/account', project)).body).toContain('data-visit="account"')
    expect(codeOf(await app().call('GET', '/account'))).toEqual([401, 'missing_session'])
  })
})

describe('S2: nobody is signed in by who merely knows them', () => {
  it('a user id and a publishable key give nothing; nor does another’s token, or one of another page', async () => {
    const project = await aProject()
    const { id } = await app().customer(project)
    const body = { userId: id, publishableKey: project.publishableKey }
    expect((await app().call('POST', '/oauth/complete', { body })).status).toBe(404)
    const wrong: Record<string, unknown>[] = [
      { token: '' },
      { token: id },
      { token: await app().token(project, id, { azp: APP_ORIGIN }) },
      { token: await app().token(project, id, { azp: 'https://evil.example' }) },
      { token: await app().token(project, id, { azp: app().server.url, algorithm: 'none' }) },
      { token: await app().token(project, id, { azp: app().server.url, algorithm: 'HS256' }) },
      { token: await app().token(project, id, { azp: app().server.url, template: true }) },
      { token: await app().token(project, id, { azp: app().server.url, claims: { iss: 'https://evil.example' } }) },
      { token: await app().token(project, id, { azp: app().server.url, issuedAt: 1_700_000_000_000 }) },
    ]
    const codeChallenge = challengeOf(aVerifier())
    for (const facts of wrong)
      expect(codeOf(await arrive(app(), project, id, { codeChallenge, ...facts }))).toEqual([401, 'invalid_session'])
  })

  it('a token of the test instance opens no live project, nor the other way about', async () => {
    const live = await aProject({ mode: 'live', allowedOrigins: [APP_ORIGIN] })
    const test = await aProject()
    const [tester, liver] = [await aPerson(app(), 'test'), await aPerson(app(), 'live')]
    const tokenOf = (mode: 'test' | 'live', id: string) => app().token({ mode }, id, { azp: app().server.url })
    const [forTest, forLive] = [await tokenOf('test', tester.id), await tokenOf('live', liver.id)]
    expect(codeOf(await arrive(app(), live, tester.id, { token: forTest }))).toEqual([401, 'invalid_session'])
    expect(codeOf(await arrive(app(), test, liver.id, { token: forLive }))).toEqual([401, 'invalid_session'])
    expect((await arrive(app(), live, liver.id, { token: forLive })).status).toBe(200)
  })

  it('another page cannot arrive for a person: the answer is for our own', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    const token = await app().token(project, id, { azp: app().server.url })
    const body = { pk: project.publishableKey, redirect: APP_PAGE, join: true, token }
    for (const Origin of ['', APP_ORIGIN, 'null', 'https://evil.example'])
      expect(codeOf(await app().call('POST', '/signin', { headers: { Origin }, body }))).toEqual([
        403,
        'origin_not_allowed',
      ])
  })
})

describe('S16: the way back', () => {
  it('carries a code and the state as it was given, never a token, and leaves the rest of the address alone', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    const facts = { redirect: `${APP_PAGE}?a=1&a=2#there`, state: 'abc-._~', codeChallenge: challengeOf(aVerifier()) }
    const { body } = await arrive(app(), project, id, facts)
    expect(Object.keys(body)).toEqual(['location'])
    const back = new URL(body.location)
    expect([back.origin + back.pathname, back.hash, back.searchParams.getAll('a')]).toEqual([
      APP_PAGE,
      '#there',
      ['1', '2'],
    ])
    expect([back.searchParams.get('__dream_state'), back.searchParams.get('__dream_code')]).toEqual([
      'abc-._~',
      expect.stringMatching(/^sc_test_/),
    ])
    expect(body.location).not.toMatch(/eyJ|jwt|rt_test/)
  })

  it('with a code of the attacker’s own signs nobody in who did not ask for it', async () => {
    const project = await aProject()
    const attacker = await aPerson(app())
    const { code } = await aCode(app(), project, attacker.id)
    const victims = { code, codeVerifier: aVerifier() }
    expect(codeOf(await fromPage(app(), project, 'exchange', victims))).toEqual([401, 'code_invalid'])
  })

  it('takes a state or a challenge of the right shape only', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    for (const facts of [
      { state: 'a b' },
      { state: '<x>' },
      { codeChallenge: 'short' },
      { codeChallenge: `${'a'.repeat(42)}=` },
    ])
      expect(codeOf(await arrive(app(), project, id, facts))).toEqual([400, 'invalid_request'])
    expect(codeOf(await visit('/signin', project, { code_challenge_method: 'plain' }))).toEqual([
      400,
      'invalid_request',
    ])
  })
})

describe('S25: a person', () => {
  it('joins two projects with one account, and each sees only its own', async () => {
    const [first, second] = [await aProject(), await aProject()]
    const { id, email } = await aPerson(app())
    const one = await signedIn(app(), first, id)
    const two = await signedIn(app(), second, id)
    await app().subscribe(first, id, 'pro')
    expect([one.customer, two.customer]).toEqual([
      { id, email, plan: 'free' },
      { id, email, plan: 'free' },
    ])
    const renewed = await fromPage(app(), first, 'refresh', { refreshToken: one.refreshToken })
    const other = await fromPage(app(), second, 'refresh', { refreshToken: two.refreshToken })
    expect([renewed.body.customer.plan, other.body.customer.plan]).toEqual(['pro', 'free'])
    const crossed = await app().call('GET', '/api/usage', { headers: page(second, renewed.body.token) })
    expect(codeOf(crossed)).toEqual([403, 'publishable_key_mismatch'])
    await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(first) })
    expect((await app().call('GET', '/api/usage', { headers: page(second, other.body.token) })).status).toBe(200)
  })
})

describe('P12: coming back from a purchase', () => {
  const back = (project: TestProject, id: string, token: string, awaiting: object, codeVerifier: string) =>
    arrive(app(), project, id, { token, awaiting, join: false, codeChallenge: challengeOf(codeVerifier) })

  /** Arrives while the purchase is not known yet, then lets it become known; answers the plan in the new token. */
  async function planAfter(project: TestProject, id: string, awaiting: object, happens: () => Promise<unknown>) {
    const codeVerifier = aVerifier()
    const token = await app().token(project, id, { azp: app().server.url })
    let isBack = false
    const coming = back(project, id, token, awaiting, codeVerifier).then((answer) => {
      isBack = true
      return answer
    })
    for (const _ of [1, 2, 3]) await arrive(app(), project, id, { token }) // who does not wait is back long before
    expect(isBack).toBe(false)
    await happens()
    const { body } = await coming
    const code = new URL(body.location).searchParams.get('__dream_code')
    const session = await fromPage(app(), project, 'exchange', { code, codeVerifier })
    return decodeJwt(session.body.token)['plan']
  }

  const checkout = async (project: TestProject, id: string, tier: string): Promise<Body> =>
    app().ok('POST', '/api/create-checkout', {
      headers: as(project, id),
      body: { tier, successUrl: APP_PAGE, cancelUrl: APP_PAGE },
    })

  it('waits for the plan that was bought, also when nobody says from which', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    await signedIn(app(), project, id)
    const { sessionId } = await checkout(project, id, 'pro')
    expect(await planAfter(project, id, {}, () => app().pay(sessionId))).toBe('pro')
  })

  it('waits from a paid plan to a dearer one', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    await signedIn(app(), project, id)
    await app().subscribe(project, id, 'pro')
    const upgrade = async () => {
      await checkout(project, id, 'max')
      await app().settle()
    }
    expect(await planAfter(project, id, { from: 'pro' }, upgrade)).toBe('max')
  })

  it('does not wait for what is known already, nor for who bought nothing', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    await signedIn(app(), project, id)
    const token = () => app().token(project, id, { azp: app().server.url })
    expect((await back(project, id, await token(), {}, aVerifier())).status).toBe(200)
    await app().subscribe(project, id, 'pro')
    for (const awaiting of [{}, { from: 'free' }])
      expect((await back(project, id, await token(), awaiting, aVerifier())).status).toBe(200)
  }, 15_000)
})
