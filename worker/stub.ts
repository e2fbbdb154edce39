/** The way from an address to the object behind it. A new stub each time: one whose object was reset is dead. */

import type { Mode } from '../sdk/schema/common.ts'
import type { Env } from './env.ts'

export interface Address {
  readonly projectId: string
  readonly mode: Mode
}

export const nameOf = ({ projectId, mode }: Address): string => `${projectId}:${mode}`
export const projectAt = (env: Env, address: Address) => env.PROJECT.getByName(nameOf(address))
export const feedAt = (env: Env, address: Address) => env.FEED.getByName(nameOf(address))
export const connectionAt = (env: Env, account: string, mode: Mode) => env.CONNECTION.getByName(`${account}:${mode}`)
