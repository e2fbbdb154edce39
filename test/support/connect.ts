/** What the tests of connecting share: a member on the way to Stripe and back. */

import type { App, Answer, Body, TestMember } from './app.ts'

type Mode = 'test' | 'live'

export const newStripeAccount = (): string => `acct_${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`

/** Follows a page's form and answers where it leads, as the dashboard's own page would read it. */
async function submit(app: App, path: string, fields: Record<string, string>): Promise<URLSearchParams> {
  const answer = await app.call('POST', path, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  })
  const location = answer.headers.get('Location')
  if (location === null) throw new Error(`${path} led nowhere: ${answer.status} ${JSON.stringify(answer.body)}`)
  return new URL(location).searchParams
}

/** Where POST …/start sends the member. */
export async function startOAuth(app: App, member: TestMember, mode: Mode): Promise<URL> {
  const { url } = await app.okAsMember(member, 'POST', `/account/connections/${mode}/start`, { body: { via: 'oauth' } })
  return new URL(url)
}

/** The member agrees (or not) on Stripe's page; answers what Stripe sends them back with. */
export async function agree(
  app: App,
  url: URL,
  { account = '', answer = 'connect' }: { account?: string; answer?: 'connect' | 'deny' } = {},
): Promise<Record<string, string>> {
  const asked = Object.fromEntries(url.searchParams)
  const back = Object.fromEntries(await submit(app, url.pathname, { ...asked, account, answer }))
  const { state = '', code, error } = back
  return code === undefined ? { state, error: error ?? '' } : { state, code }
}

export const finish = (app: App, member: TestMember, mode: Mode, body: object): Promise<Answer<Body>> =>
  app.asMember(member, 'POST', `/account/connections/${mode}/finish`, { body })

/** All the way: answers the connection. */
export async function connectByOAuth(
  app: App,
  member: TestMember,
  mode: Mode,
  account: string = newStripeAccount(),
): Promise<Body> {
  const back = await agree(app, await startOAuth(app, member, mode), { account })
  const answer = await finish(app, member, mode, back)
  if (answer.status !== 200) throw new Error(`connecting answered ${JSON.stringify(answer.body)}`)
  await app.settle()
  return answer.body.connection
}

export const connectionsOf = async (app: App, member: TestMember): Promise<Body> =>
  (await app.okAsMember(member, 'GET', '/account/connections')).connections
