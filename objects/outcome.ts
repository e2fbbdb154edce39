/** What a verb answers: a value, or the code of a refusal. Throws are left for bugs. */

import type { Code, ErrorDetail } from '../sdk/schema/error.ts'

export type Refusal<C extends Code = Code> = {
  readonly ok: false
  readonly code: C
  readonly detail?: ErrorDetail
}
export type Outcome<T, C extends Code = Code> = { readonly ok: true; readonly value: T } | Refusal<C>

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })

export const no = <C extends Code>(code: C, detail?: ErrorDetail): Refusal<C> =>
  detail === undefined ? { ok: false, code } : { ok: false, code, detail }
