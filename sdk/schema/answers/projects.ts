/** What the routes answer by which an account makes its projects and takes them live. */

import * as v from 'valibot'
import { PROJECT_TYPES, MODES } from '../common.ts'
import { at, count, flag, maybe, text } from './words.ts'

const inModes = <S extends v.GenericSchema>(schema: S) =>
  v.object({ test: v.optional(schema), live: v.optional(schema) })

export const Project = v.object({
  projectId: text,
  name: text,
  type: v.picklist(PROJECT_TYPES),
  createdAt: at,
  testAt: v.pipe(maybe(at), v.description('Since when it is there in test mode')),
  liveAt: v.pipe(maybe(at), v.description('Since when it is there in live mode')),
  archivedAt: maybe(at),
  deletingAt: maybe(at),
  deletedAt: maybe(at),
  modes: v.array(v.picklist(MODES)),
  publishableKeys: inModes(text),
  payments: inModes(v.object({ chargesEnabled: flag, reason: maybe(text) })),
})
const Keys = v.object({
  publishableKey: text,
  secretKey: v.pipe(text, v.description('Shown once, stored nowhere')),
})
export const Projects = v.object({ projects: v.array(Project) })
export const OneProject = v.object({ project: Project })
export const MadeProject = v.object({ project: Project, keys: v.object({ test: Keys }) })

const Difference = v.object({
  kind: v.picklist(['settings', 'shop', 'tier', 'product', 'variant']),
  id: v.pipe(maybe(text), v.description('A tier’s slug, or the id of a product or a variant')),
  name: text,
  change: v.picklist(['create', 'update', 'archive']),
  fields: v.record(text, v.object({ from: v.unknown(), to: v.unknown() })),
})
export const Promotion = v.object({
  projectId: text,
  isLive: flag,
  checks: v.array(
    v.object({
      check: text,
      required: v.pipe(flag, v.description('It does not go live before this is so')),
      ok: flag,
      problem: maybe(text),
    }),
  ),
  differences: v.array(Difference),
  revision: v.pipe(text, v.description('Names what was looked at')),
  progress: v.pipe(
    maybe(
      v.object({
        done: count,
        total: count,
        owed: v.array(v.object({ what: text, key: text, attempts: count, failure: maybe(text) })),
      }),
    ),
    v.description('What is still being made at Stripe; `null` before it is live'),
  ),
})
export const ShownPromotion = v.object({ promotion: Promotion })
export const Promoted = v.object({ promotion: Promotion, keys: v.object({ live: Keys }) })
