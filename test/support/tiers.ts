/** What the tests of the tier editor share. */

import { secret, type Answer, type App, type Body, type TestProject } from './app.ts'

export const allTiers = async (app: App, project: TestProject): Promise<Body[]> =>
  (await app.ok('GET', '/api/tiers/all', { headers: secret(project) })).tiers

/** A tier as its owner sees it. */
export async function tierOf(app: App, project: TestProject, slug: string): Promise<Body> {
  const found = (await allTiers(app, project)).find((tier) => tier.slug === slug)
  if (found === undefined) throw new Error(`there is no tier ${slug}`)
  return found
}

export const changeTier = (app: App, project: TestProject, slug: string, body: object): Promise<Answer<Body>> =>
  app.call('PATCH', `/api/tiers/${slug}`, { headers: secret(project), body })

export const archive = (app: App, project: TestProject, slug: string): Promise<Answer<Body>> =>
  app.call('POST', `/api/tiers/${slug}/archive`, { headers: secret(project) })
