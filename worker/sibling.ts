/**
 * A further test project of the same account, made with a key. The key hears of the one that it made, and of no other: not
 * of its owner's, nor of one that another key made under the same idempotency key.
 */

import type { ProjectInput } from '../sdk/schema/project.ts'
import type { Identified } from './auth.ts'
import type { Env } from './env.ts'
import { need, refuse } from './http.ts'
import { newProjectId } from './keys.ts'
import { writtenDown } from './member.ts'
import { createOwn, derivedFrom, type CreatedProject } from './projects.ts'
import { accountAt, projectAt } from './stub.ts'

export interface SiblingWish extends Pick<ProjectInput, 'name' | 'type'> {
  readonly idempotencyKey?: string | undefined
}

/** The secret is shown in this answer only; the same key shows it again under the same idempotency key. */
export async function createSibling(
  { name, type, idempotencyKey }: SiblingWish,
  { caller, ip, ...address }: Identified & { readonly ip: string | null },
  env: Env,
): Promise<CreatedProject> {
  const { platformId, key } = need(await projectAt(env, address).sponsorOf(caller))
  if (caller.via !== 'secret') return refuse('secret_key_required')
  const made =
    idempotencyKey === undefined
      ? { projectId: newProjectId() }
      : await derivedFrom(`key ${caller.keyHash}/${idempotencyKey}`, env)
  const account = accountAt(env, platformId)
  const action = { ...address, action: 'create_project', target: made.projectId, ip }
  const entry = need(await account.admitKey(key, action))
  const input = { name, type, allowedOrigins: [], automaticTax: false, platformId, ...made }
  return writtenDown(createOwn(input, env), entry, account)
}
