/** Clerk's two ways to write metadata: merge deeply, where null removes, and replace. Each kind may hold 8 KB. */
import type { Form } from './form.ts'
import { isObject } from './form.ts'
import { ClerkRefusal } from './refusal.ts'

export const metadataKinds = ['public_metadata', 'private_metadata', 'unsafe_metadata'] as const
export type MetadataKind = (typeof metadataKinds)[number]

const bytesMax = 8192

export function mergeMetadata(stored: Form, patch: Form): Form {
  const merged: Form = { ...stored }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else if (isObject(value)) merged[key] = mergeMetadata(isObject(merged[key]) ? merged[key] : {}, value)
    else merged[key] = value
  }
  return merged
}

export function checkSize(kind: MetadataKind, metadata: unknown): void {
  if (new TextEncoder().encode(JSON.stringify(metadata)).length <= bytesMax) return
  const message = `The given ${kind} exceeds the maximum allowed size of ${bytesMax} bytes (8 KB).`
  throw new ClerkRefusal(422, { code: 'form_param_exceeds_allowed_size', message, long: message, param: kind })
}
