/** The limits of Stripe's `metadata`, as far as one request can tell. The number of keys after merging is the object's matter. */
import type { Problem } from './parameter.ts'

const keysMax = 50
const keyLengthMax = 40
const valueLengthMax = 500

export function checkMetadata(value: unknown, at: string): Problem | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { param: at, message: 'Invalid object' }
  }
  const entries = Object.entries(value)
  if (entries.length > keysMax) {
    return { param: at, message: `You can have up to ${keysMax} metadata keys, but you passed ${entries.length}.` }
  }
  for (const [key, text] of entries) {
    const problem = checkEntry(key, text, at)
    if (problem) return problem
  }
  return null
}

function checkEntry(key: string, value: unknown, at: string): Problem | null {
  const param = `${at}[${key}]`
  if (key.length > keyLengthMax) {
    const message = `Metadata keys can have up to ${keyLengthMax} characters, but you passed in a key that is ${key.length} characters.`
    return { param, message: `${message} Invalid key: ${key}` }
  }
  if (typeof value === 'object')
    return { param, message: 'Metadata values must be strings, but you passed in an object.' }
  const length = String(value).length
  if (length > valueLengthMax) {
    const message = `Metadata values can have up to ${valueLengthMax} characters, but you passed in a value that is ${length} characters.`
    return { param, message }
  }
  return null
}
