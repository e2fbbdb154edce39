/** Shapes that many answers share. */

import * as v from 'valibot'

export const text = v.string()
export const flag = v.boolean()
export const count = v.pipe(v.number(), v.integer())
export const at = v.pipe(v.number(), v.integer(), v.description('Epoch ms'))
export const amount = v.pipe(v.number(), v.integer(), v.description('Integer minor units of `currency`'))
export const maybe = <S extends v.GenericSchema>(schema: S) => v.nullable(schema)
export const limit = v.union([count, v.literal('unlimited')])
export const done = { success: v.literal(true) }
export const cursor = v.pipe(
  v.nullable(text),
  v.description('Send it as `cursor` for the next page; `null` after the last one'),
)

type Deep<T> = T extends readonly (infer Item)[]
  ? readonly Deep<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Deep<T[Name]> }
    : T
/** What an answer holds, for whoever makes it or only reads it. */
export type Said<S extends v.GenericSchema> = Deep<v.InferOutput<S>>
