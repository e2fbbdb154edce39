/** The way from an address to the object behind it. A new stub each time: one whose object was reset is dead. */

import type { Account } from '../objects/account.ts'
import type { Mode } from '../sdk/schema/common.ts'
import type { Project } from '../objects/project.ts'
import type { Env } from './env.ts'

export interface Address {
  readonly projectId: string
  readonly mode: Mode
}

export const nameOf = ({ projectId, mode }: Address): string => `${projectId}:${mode}`

/** An object's verbs as its caller sees them. RPC carries plain data unchanged; its own type mapping loses deep unions. */
type Verbs<T> = {
  [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never
}

export const projectAt = (env: Env, address: Address): Verbs<Project> =>
  env.PROJECT.getByName(nameOf(address)) as unknown as Verbs<Project>
export const accountAt = (env: Env, platformId: string): Verbs<Account> =>
  env.ACCOUNT.getByName(platformId) as unknown as Verbs<Account>
export const registryAt = (env: Env) => env.REGISTRY.getByName('registry')
export const trialAt = (env: Env, name: string) => env.TRIAL.getByName(name)
export const personAt = (env: Env, userId: string) => env.PERSON.getByName(userId)
export const feedAt = (env: Env, address: Address) => env.FEED.getByName(nameOf(address))
export const connectionAt = (env: Env, account: string, mode: Mode) => env.CONNECTION.getByName(`${account}:${mode}`)
