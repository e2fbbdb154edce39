/**
 * The shape of the generated contract: what one request parameter, or one field of an answer, may be.
 * It describes only; `generate.ts` writes it and `request.ts` and `answer.ts` read it.
 */

/**
 * - `string`, `integer`, `number`, `boolean`, `decimal`, `any`, `null`: one value.
 * - `''`: the empty string, which unsets. `metadata`: a map of short strings.
 * - a number: the object of that index in `objects`.
 * - `['=', …]` one of these literals, `['[]', T]` list, `['{}', T]` map, `['|', …]` one of these types.
 */
export type Schema = ScalarSchema | number | LiteralSchema | ListSchema | MapSchema | UnionSchema

export type ScalarSchema = 'string' | 'integer' | 'number' | 'boolean' | 'decimal' | 'any' | 'null' | 'metadata' | ''
export type LiteralSchema = ['=', ...Array<string | number | boolean>]
export type ListSchema = ['[]', Schema]
export type MapSchema = ['{}', Schema]
export type UnionSchema = ['|', ...Schema[]]

/** Fields by name; a name that ends in `?` may be left out. */
export type ObjectSchema = Record<string, Schema>

export type Contract = {
  /** The version of the `stripe` package this was read from. */
  stripe: string
  /** Method, path with `*` for each id, and the index of the parameters' object (null: it takes none). */
  operations: [method: string, path: string, params: number | null][]
  objects: ObjectSchema[]
  /** The objects that say `object: '<kind>'`, by kind. */
  kinds: Record<string, number[]>
}
