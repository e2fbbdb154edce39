/** The secret keys of a project. A key is shown when it is made, and never again. Times are epoch ms. */

import type { CallOptions, DreamClient } from './client.ts'
import type { Scope } from './schema/key.ts'

/** How long the old one goes on working beside the new one. */
export type Overlap = '0' | '15m' | '1h' | '24h'

export interface SecretKey {
  name: string
  scopes: readonly Scope[]
  /** Enough to recognize it: `sk_test_…1a2b`. */
  prefix: string
  createdAt: number
  /** To the minute; `null` before the first use. */
  lastUsedAt: number | null
  /** It is refused from then on; `null` while it has no end. */
  endsAt: number | null
  status: string
}

export interface SecretKeyInput {
  /** 1 to 40 characters of A–Z a–z 0–9 _ . - */
  name: string
  scopes: Scope[]
}

/** The secret is in this answer only. */
export interface ShownKey {
  key: SecretKey
  secretKey: string
}

export class KeyAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Lists the keys, newest first; those that ended lately are still there.
   *
   * @example
   * ```ts
   * const { keys } = await admin.keys.list()
   * console.log(keys.map(({ name, prefix, scopes }) => [name, prefix, scopes]))
   * ```
   */
  list(options?: CallOptions): Promise<{ keys: SecretKey[] }> {
    return this.#client.get('/api/keys', options)
  }

  /**
   * Makes a key with some scopes: `read`, `usage`, `billing`, `admin`; none that the asking key lacks. Throws
   * `key_exists`, `scope_required`, `too_many_keys`.
   *
   * @example
   * ```ts
   * const { secretKey } = await admin.keys.create({ name: 'reports', scopes: ['read'] })
   * console.log('Keep it now, it is not shown again:', secretKey.length)
   * ```
   */
  create(input: SecretKeyInput, options?: CallOptions): Promise<ShownKey> {
    return this.#client.post('/api/keys', input, options)
  }

  /**
   * Replaces a key by one of the same name and scopes. The old one is refused at once, or after the overlap. Throws
   * `key_not_found`.
   *
   * @example
   * ```ts
   * await admin.keys.create({ name: 'worker', scopes: ['usage'] })
   * const { key } = await admin.keys.rotate('worker', { overlap: '1h' })
   * console.log(key.prefix)
   * ```
   */
  rotate(name: string, input: { overlap?: Overlap } = {}, options?: CallOptions): Promise<ShownKey> {
    return this.#client.post(`${at(name)}/rotate`, input, options)
  }

  /**
   * Ends every key of a name: the next call with one is refused. With `only: 'old'` what a rotation left working for a
   * while, and not the new one. Throws `key_not_found`, and `last_admin_key` for the
   * key that could make another.
   *
   * @example
   * ```ts
   * await admin.keys.create({ name: 'old', scopes: ['read'] })
   * await admin.keys.revoke('old')
   * ```
   */
  revoke(
    name: string,
    { only, ...options }: CallOptions & { only?: 'old' } = {},
  ): Promise<{ success: boolean; revoked: { name: string; endsAt: number } }> {
    const answer = () => ({ success: true, revoked: { name, endsAt: Date.now() } })
    return this.#client.request('DELETE', at(name), {
      ...options,
      query: { only },
      done: { code: 'key_not_found', answer },
    })
  }
}

const at = (name: string): string => `/api/keys/${encodeURIComponent(name)}`
