/** The secret keys of a project: what they may do, and how one follows another. */

import * as v from 'valibot'

export const SCOPES = ['read', 'usage', 'billing', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

export const KeyName = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/,
    'must be 1 to 40 characters of A–Z a–z 0–9 _ . - and begin with A–Z a–z 0–9',
  ),
)

export const KeyInput = v.strictObject({
  name: KeyName,
  scopes: v.pipe(
    v.array(v.picklist(SCOPES)),
    v.minLength(1, 'must have at least 1 scope'),
    v.maxLength(SCOPES.length),
    v.transform((scopes) => SCOPES.filter((scope) => scopes.includes(scope))),
  ),
})
export type KeyInput = v.InferOutput<typeof KeyInput>

/** How long the old key works beside the new one. */
export const OVERLAPS = { '0': 0, '15m': 15 * 60_000, '1h': 3_600_000, '24h': 86_400_000 } as const

export const RotateInput = v.strictObject({
  overlap: v.optional(v.picklist(['0', '15m', '1h', '24h']), '0'),
})
/** `old`: only what a rotation left working for a while. */
export const RevocationQuery = v.strictObject({ only: v.optional(v.picklist(['old'])) })

export type RotateInput = v.InferOutput<typeof RotateInput>
