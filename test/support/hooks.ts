/** What the tests of webhooks share: registering an endpoint, and what its owner sees of it. */

import { afterEach } from 'vitest'
import { secret, type Answer, type App, type Body, type TestProject } from './app.ts'
import { aReceiver, type Receiver } from './receiver.ts'

/** Receivers that are gone after the test. */
export function useReceivers(): () => Promise<Receiver> {
  const made: Receiver[] = []
  afterEach(async () => {
    for (const receiver of made.splice(0)) await receiver.stop()
  })
  return async () => {
    const receiver = await aReceiver()
    made.push(receiver)
    return receiver
  }
}

export interface AnEndpoint {
  readonly id: string
  readonly secret: string
}

export const register = (app: App, project: TestProject, body: object): Promise<Answer<Body>> =>
  app.call('POST', '/api/webhook-endpoints', { headers: secret(project), body })

export async function anEndpoint(
  app: App,
  project: TestProject,
  to: { url: string; events: readonly string[] },
): Promise<AnEndpoint> {
  const made = await register(app, project, { url: to.url, events: to.events })
  if (made.status !== 201) throw new Error(`the endpoint was refused: ${JSON.stringify(made.body)}`)
  return { id: made.body.endpoint.id, secret: made.body.secret }
}

export const endpoint = async (app: App, project: TestProject, id: string): Promise<Body> =>
  (await app.ok('GET', `/api/webhook-endpoints/${id}`, { headers: secret(project) })).endpoint

/** An action on an endpoint that must succeed. */
export const tell = (app: App, project: TestProject, id: string, action: string, body: object = {}): Promise<Body> =>
  app.ok('POST', `/api/webhook-endpoints/${id}/${action}`, { headers: secret(project), body })

export const messages = async (app: App, project: TestProject, query = ''): Promise<Body[]> =>
  (await app.ok('GET', `/api/webhook-messages${query}`, { headers: secret(project) })).messages

export const message = async (app: App, project: TestProject, id: string): Promise<Body> =>
  (await app.ok('GET', `/api/webhook-messages/${id}`, { headers: secret(project) })).message
