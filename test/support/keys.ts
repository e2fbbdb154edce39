/** What the tests of keys share. */

import type { Scope } from '../../sdk/schema/key.ts'
import { secret, type App, type TestProject } from './app.ts'

/** A further key of a project; answers its secret. */
export async function aKey(app: App, project: TestProject, name: string, scopes: readonly Scope[]): Promise<string> {
  const { secretKey } = await app.ok('POST', '/api/keys', { headers: secret(project), body: { name, scopes } })
  return secretKey
}

/** The same with another letter at its end, whatever that was. */
export const mistyped = (key: string): string => `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`
