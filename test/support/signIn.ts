/** A customer's way in over HTTP: signing in on our page, the code it leads back with, and the session made of it. */

import { createHash, randomBytes } from 'node:crypto'
import type { Answer, App, Body, TestProject } from './app.ts'

/** The page of an app, on an origin that every project in test mode allows. */
export const APP_PAGE = 'http://localhost:3000/app'
export const APP_ORIGIN = 'http://localhost:3000'

export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')
export const aVerifier = (): string => randomBytes(32).toString('base64url')

/** A person with an account at Clerk, customer of nothing yet. */
export async function aPerson(app: App, mode: 'test' | 'live' = 'test'): Promise<{ id: string; email: string }> {
  const email = `${randomBytes(5).toString('hex')}@people.example`
  const user = await app.ok('POST', '/sandbox/clerk/users', { body: { instance: mode, email } })
  return { id: user.id as string, email }
}

/** What our own sign-in page does when a person has signed in on it. */
export async function arrive(
  app: App,
  project: TestProject,
  userId: string,
  facts: Record<string, unknown> = {},
): Promise<Answer<Body>> {
  const { url } = app.server
  const token = facts['token'] ?? (await app.token(project, userId, { azp: url }))
  const body = { pk: project.publishableKey, redirect: APP_PAGE, join: true, ...facts, token }
  return app.call('POST', '/signin', { headers: { Origin: url }, body })
}

/** A code, and the secret of the browser that asked for it. */
export async function aCode(
  app: App,
  project: TestProject,
  userId: string,
  facts: Record<string, unknown> = {},
): Promise<{ code: string; codeVerifier: string }> {
  const codeVerifier = aVerifier()
  const { status, body } = await arrive(app, project, userId, { codeChallenge: challengeOf(codeVerifier), ...facts })
  if (status !== 200) throw new Error(`the sign-in was answered ${status}: ${JSON.stringify(body)}`)
  return { code: new URL(body.location).searchParams.get('__dream_code') ?? '', codeVerifier }
}

/** A call of the app's page. */
export const fromPage = (
  app: App,
  project: TestProject,
  path: 'exchange' | 'refresh' | 'sign-out',
  body: object,
  headers: Record<string, string> = {},
): Promise<Answer<Body>> =>
  app.call('POST', `/api/auth/${path}`, {
    headers: { 'X-Publishable-Key': project.publishableKey, Origin: APP_ORIGIN, ...headers },
    body,
  })

/** Signs a person in, all the way. */
export async function signedIn(
  app: App,
  project: TestProject,
  userId: string,
): Promise<{ token: string; refreshToken: string; expiresAt: number; customer: Body }> {
  const { status, body } = await fromPage(app, project, 'exchange', await aCode(app, project, userId))
  if (status !== 200) throw new Error(`the code was answered ${status}: ${JSON.stringify(body)}`)
  return body
}
