/** A project as its owner makes it: the unit of isolation, once in each mode. */

import * as v from 'valibot'
import { IfRevision, line, MODES, PROJECT_TYPES } from './common.ts'
import { TierInput } from './catalog.ts'

/** `https://host[:port]`, or `http://` for a machine of one's own; nothing behind it. */
export const Origin = v.pipe(
  v.string(),
  v.maxLength(255),
  v.check(
    (text) => URL.canParse(text) && new URL(text).origin === text && /^https?:$/.test(new URL(text).protocol),
    'must be an origin like https://app.example, without a path',
  ),
)

const AllowedOrigins = v.pipe(v.array(Origin), v.maxLength(50))

const AccentColor = v.pipe(v.string(), v.toLowerCase(), v.regex(/^#[0-9a-f]{6}$/, 'must be a colour like #2f2bd6'))

export const ProjectInput = v.strictObject({
  name: line(80),
  type: v.picklist(PROJECT_TYPES),
  allowedOrigins: v.optional(AllowedOrigins, []),
  automaticTax: v.optional(v.boolean(), false),
  tiers: v.optional(v.pipe(v.array(TierInput), v.maxLength(50))),
})
export type ProjectInput = v.InferOutput<typeof ProjectInput>

/** Deleting is confirmed by the project's name; who has paying customers says what becomes of their subscriptions. */
export const ProjectDeletion = v.strictObject({
  confirm: v.string(),
  cancelSubscriptions: v.optional(v.boolean()),
})

export const TestModeDeletion = v.strictObject({ confirm: v.string() })

/** What an account changes of a project as a whole; the settings of one mode are changed in that mode. */
export const ProjectPatch = v.pipe(
  v.strictObject({ name: v.optional(line(80)), archived: v.optional(v.boolean()) }),
  v.check(({ name, archived }) => name !== undefined || archived !== undefined, 'must change something'),
)

/** The settings of one mode. What is left out stays as it is. */
export const SettingsPatch = v.strictObject({
  allowedOrigins: v.optional(AllowedOrigins),
  automaticTax: v.optional(v.boolean()),
  /** Of buttons on the sign-in pages; `null` for ours. */
  accentColor: v.optional(v.nullable(AccentColor)),
  ifRevision: IfRevision,
})
export type SettingsPatch = v.InferOutput<typeof SettingsPatch>

/** Which project and mode are taken away; what else is said goes to the export itself. */
export const ProjectExport = v.objectWithRest(
  { projectId: v.pipe(v.string(), v.regex(/^[0-9a-z]{20}$/, 'must be the id of a project')), mode: v.picklist(MODES) },
  v.string(),
)
