/** The contract read from the installed `stripe` package; `generate.ts` writes the file, which must exist before this is imported. */
import file from '../../../.generated/stripe-contract.json' with { type: 'json' }
import type { Contract, ObjectSchema, Schema } from './schema.ts'

export const contract = file as unknown as Contract

export type Field = { name: string; required: boolean; schema: Schema }

const read = new Map<number, Map<string, Field>>()

/** The fields of an object of the contract, by name. */
export function fieldsOf(index: number): Map<string, Field> {
  const known = read.get(index)
  if (known) return known
  const fields = readFields(contract.objects[index] ?? {})
  read.set(index, fields)
  return fields
}

function readFields(object: ObjectSchema): Map<string, Field> {
  const fields = new Map<string, Field>()
  for (const [key, schema] of Object.entries(object)) {
    const required = !key.endsWith('?')
    const name = required ? key : key.slice(0, -1)
    fields.set(name, { name, required, schema })
  }
  return fields
}
