/** How accounts get connected: a new one by the hosted onboarding, and one that exists by OAuth, also a second time. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startSandbox } from '../../support/sandbox.ts'
import { refusal } from '../../support/shop.ts'
import type Stripe from 'stripe'
import type { RunningSandbox } from '../../support/sandbox.ts'

let sandbox: RunningSandbox
beforeAll(async () => void (sandbox = await startSandbox()))
afterAll(() => sandbox.stop())
beforeEach(async () => void (await sandbox.forget()))

const URLS = { refresh_url: 'http://localhost:8787/again', return_url: 'http://localhost:8787/back' }
const STANDARD: Stripe.AccountCreateParams = {
  email: 'ada@example.com',
  controller: {
    fees: { payer: 'account' },
    losses: { payments: 'stripe' },
    requirement_collection: 'stripe',
    stripe_dashboard: { type: 'full' },
  },
}

async function aNewAccount(mode: 'test' | 'live' = 'test') {
  const stripe = sandbox.stripe({ mode })
  const account = await stripe.accounts.create(STANDARD)
  const link = () => stripe.accountLinks.create({ account: account.id, type: 'account_onboarding', ...URLS })
  const fresh = () => stripe.accounts.retrieve(account.id)
  return { stripe, account, link, fresh }
}

const leadsTo = async (answer: Promise<Response>) => (await answer).headers.get('location')

test('a new account cannot charge until its owner has completed the onboarding, and then says so', async () => {
  const { account, link, fresh } = await aNewAccount()
  expect([account.charges_enabled, account.details_submitted, account.type]).toEqual([false, false, 'standard'])
  expect(account.requirements?.currently_due).not.toEqual([])
  const { url } = await link()
  const shown = await (await sandbox.page(url)).text()
  expect(shown).toContain('ada@example.com')
  expect(await leadsTo(sandbox.page(url, { answer: 'complete' }))).toBe(URLS.return_url)
  const ready = await fresh()
  expect([ready.charges_enabled, ready.details_submitted, ready.requirements?.currently_due]).toEqual([true, true, []])
  const told = (await sandbox.heard()).filter((event) => event.account === account.id)
  expect(told.map(({ type, path }) => [type, path])).toEqual([['account.updated', '/webhook/stripe']])
  expect(told[0]?.data.previous_attributes).toMatchObject({ charges_enabled: false, details_submitted: false })
})

test.each([
  ['leave', false, undefined],
  ['review', true, 'requirements.pending_verification'],
])('an owner who comes back may not be able to charge yet: %s', async (answer, submitted, reason) => {
  const { account, link, fresh } = await aNewAccount('live')
  const { url } = await link()
  expect(await leadsTo(sandbox.page(url, { answer }))).toBe(URLS.return_url)
  const now = await fresh()
  expect([now.charges_enabled, now.details_submitted]).toEqual([false, submitted])
  if (reason) expect(now.requirements?.disabled_reason).toBe(reason)
  await sandbox.page((await link()).url, { answer: 'complete' })
  expect((await fresh()).charges_enabled).toBe(true)
  expect((await refusal(sandbox.stripe({ account: account.id }).customers.list())).statusCode).toBe(403)
})

test('a link opens once, answers once, and is worth nothing after five minutes', async () => {
  const { link } = await aNewAccount()
  const { url, expires_at, created } = await link()
  expect(expires_at - created).toBe(300)
  expect((await sandbox.page(url)).status).toBe(200)
  expect(await leadsTo(sandbox.page(url))).toBe(URLS.refresh_url)
  expect(await leadsTo(sandbox.page(url, { answer: 'leave' }))).toBe(URLS.return_url)
  expect(await leadsTo(sandbox.page(url, { answer: 'complete' }))).toBe(URLS.refresh_url)
  const late = await link()
  await sandbox.advance(300_000)
  expect(await leadsTo(sandbox.page(late.url))).toBe(URLS.refresh_url)
  expect(await leadsTo(sandbox.page(late.url, { answer: 'complete' }))).toBe(URLS.refresh_url)
  expect((await sandbox.page('/sandbox/connect/onboarding/link_none')).status).toBe(404)
})

test('refuses accounts and links that the platform may not make', async () => {
  const { stripe, account } = await aNewAccount()
  expect((await refusal(stripe.accounts.create({ ...STANDARD, type: 'standard' }))).param).toBe('controller')
  expect((await refusal(stripe.accounts.create({ type: 'custom' }))).code).toBe('sandbox_not_simulated')
  expect((await refusal(stripe.accounts.create({ email: 'nobody' }))).code).toBe('email_invalid')
  expect((await refusal(sandbox.stripe({ account: account.id }).accounts.create({}))).message).toContain('platforms')
  const link = { account: account.id, type: 'account_onboarding' as const, ...URLS }
  expect((await refusal(stripe.accountLinks.create({ ...link, type: 'account_update' }))).param).toBe('type')
  expect((await refusal(stripe.accountLinks.create({ ...link, return_url: 'back' }))).code).toBe('url_invalid')
  expect((await refusal(stripe.accountLinks.create({ ...link, account: 'acct_none' }))).statusCode).toBe(403)
  const { body } = await sandbox.control<{ id: string }>('POST', '/stripe/accounts', {})
  const theirs = await refusal(stripe.accountLinks.create({ ...link, account: body.id }))
  expect(theirs.param).toBe('account')
})

const ASKED = {
  client_id: 'ca_sandboxLive',
  response_type: 'code',
  scope: 'read_write',
  state: 'signed.state',
  redirect_uri: 'http://localhost:8787/connected',
}

test('an account that exists connects by OAuth as itself, also a second time and in live mode', async () => {
  const { body } = await sandbox.control<{ id: string }>('POST', '/stripe/accounts', { email: 'old@example.com' })
  const page = await (await sandbox.page(`/sandbox/connect/authorize?${new URLSearchParams(ASKED).toString()}`)).text()
  expect(page).toContain(`<option value="${body.id}">old@example.com</option>`)
  for (let time = 0; time < 2; time++) {
    const back = await leadsTo(
      sandbox.page('/sandbox/connect/authorize', { ...ASKED, answer: 'connect', account: body.id }),
    )
    const { searchParams } = new URL(back ?? '')
    expect([searchParams.get('state'), searchParams.get('scope')]).toEqual(['signed.state', 'read_write'])
    const code = searchParams.get('code') ?? ''
    const token = await sandbox.stripe({ mode: 'live' }).oauth.token({ grant_type: 'authorization_code', code })
    expect([token.stripe_user_id, token.livemode, token.scope]).toEqual([body.id, true, 'read_write'])
  }
})

test('a code of one mode is refused with the key of the other', async () => {
  const back = await leadsTo(sandbox.page('/sandbox/connect/authorize', { ...ASKED, answer: 'connect' }))
  const code = new URL(back ?? '').searchParams.get('code') ?? ''
  const wrong = await refusal(sandbox.stripe().oauth.token({ grant_type: 'authorization_code', code }))
  expect(wrong.message).toContain('live mode')
})

test('who declines is sent back with the state and the reason', async () => {
  const back = new URL((await leadsTo(sandbox.page('/sandbox/connect/authorize', { ...ASKED, answer: 'deny' }))) ?? '')
  expect(back.origin + back.pathname).toBe(ASKED.redirect_uri)
  expect([back.searchParams.get('error'), back.searchParams.get('state'), back.searchParams.get('code')]).toEqual([
    'access_denied',
    'signed.state',
    null,
  ])
})

test.each([
  { client_id: 'ca_other' },
  { response_type: 'token' },
  { scope: 'all' },
  { redirect_uri: 'https://evil.example' },
])('refuses to show the OAuth page for %j', async (wrong) => {
  const query = new URLSearchParams({ ...ASKED, ...wrong }).toString()
  expect((await sandbox.page(`/sandbox/connect/authorize?${query}`)).status).toBe(400)
})
