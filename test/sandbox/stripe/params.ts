/** Reads the parameters of one call and refuses what nobody read, so that nothing is ever silently ignored. */
import { invalid, missingParam, notSimulated, unknownParam } from './error.ts'
import type { Json } from './types.ts'

export class Params {
  readonly raw: Json
  readonly #at: string
  readonly #read = new Set<string>(['expand'])
  readonly #inner = new Map<string, Params>()

  constructor(raw: Json, at = '') {
    this.raw = raw
    this.#at = at
  }

  /** The full name of a parameter, as Stripe writes it: `items[0][price]`. */
  name(key: string): string {
    return this.#at ? `${this.#at}[${key}]` : key
  }

  has(key: string): boolean {
    return this.raw[key] !== undefined
  }

  /** Text, or undefined if it was not given; '' means "unset" and reads as null. */
  text(key: string): string | null | undefined {
    const value = this.#take(key)
    if (value === undefined) return undefined
    if (typeof value !== 'string') throw invalid(`Invalid string: ${JSON.stringify(value)}`, this.name(key))
    return value === '' ? null : value
  }

  string(key: string): string | undefined {
    const value = this.text(key)
    if (value === null) {
      const message = `You passed an empty string for '${this.name(key)}'. We assume empty values are an attempt to unset a parameter; however '${this.name(key)}' cannot be unset. You should remove '${this.name(key)}' from your request or supply a non-empty value.`
      throw invalid(message, this.name(key), 'parameter_invalid_empty')
    }
    return value
  }

  required(key: string): string {
    const value = this.string(key)
    if (value === undefined) throw missingParam(this.name(key))
    return value
  }

  oneOf<T extends string>(key: string, words: readonly T[]): T | undefined {
    const value = this.string(key)
    if (value === undefined || (words as readonly string[]).includes(value)) return value as T | undefined
    throw invalid(`Invalid ${this.name(key)}: must be one of ${words.join(', ')}`, this.name(key))
  }

  int(key: string, { min = -Infinity, max = Infinity } = {}): number | undefined {
    const value = this.string(key)
    if (value === undefined) return undefined
    if (!/^-?\d+$/.test(value)) throw invalid(`Invalid integer: ${value}`, this.name(key), 'parameter_invalid_integer')
    const number = Number(value)
    if (number < min) {
      throw invalid(`This value must be greater than or equal to ${min}.`, this.name(key), 'parameter_invalid_integer')
    }
    if (number > max) {
      throw invalid(`This value must be less than or equal to ${max}.`, this.name(key), 'parameter_invalid_integer')
    }
    return number
  }

  number(key: string): number | undefined {
    const value = this.string(key)
    if (value === undefined) return undefined
    if (!/^-?\d+(\.\d+)?$/.test(value)) throw invalid(`Invalid decimal: ${value}`, this.name(key))
    return Number(value)
  }

  bool(key: string): boolean | undefined {
    const value = this.string(key)
    if (value === undefined || value === 'true' || value === 'false') return value && value === 'true'
    throw invalid(`Invalid boolean: ${value}`, this.name(key))
  }

  object(key: string): Params | undefined {
    const value = this.#take(key)
    if (value === undefined || value === '') return undefined
    if (!isHash(value)) throw invalid('Invalid object', this.name(key))
    return this.#nest(value, this.name(key))
  }

  objects(key: string): Params[] | undefined {
    const value = this.#take(key)
    if (value === undefined) return undefined
    if (value === '') return []
    if (!Array.isArray(value)) throw invalid('Invalid array', this.name(key))
    return value.map((item, index) => {
      if (!isHash(item)) throw invalid('Invalid object', `${this.name(key)}[${index}]`)
      return this.#nest(item, `${this.name(key)}[${index}]`)
    })
  }

  strings(key: string): string[] | undefined {
    const value = this.#take(key)
    if (value === undefined) return undefined
    if (value === '') return []
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
      throw invalid('Invalid array', this.name(key))
    }
    return value as string[]
  }

  /** Metadata after this call: keys merge, '' removes one key, metadata='' removes all. */
  metadata(before: Record<string, string> | null = {}, key = 'metadata'): Record<string, string> {
    const value = this.#take(key)
    if (value === undefined) return { ...before }
    if (value === '') return {}
    if (!isHash(value)) throw invalid('Invalid object', this.name(key))
    const merged: Record<string, string> = { ...before }
    for (const [name, text] of Object.entries(value)) {
      const at = `${this.name(key)}[${name}]`
      if (typeof text !== 'string') throw invalid(`Invalid string: ${JSON.stringify(text)}`, at)
      if (name.length > 40) throw invalid('Metadata keys can have up to 40 characters', at)
      if (text.length > 500) throw invalid('Metadata values can have up to 500 characters', at)
      if (text === '') delete merged[name]
      else merged[name] = text
    }
    if (Object.keys(merged).length > 50) throw invalid('Metadata can have up to 50 keys', this.name(key))
    return merged
  }

  /** Marks parameters as understood although they change nothing here. */
  accept(...keys: string[]) {
    for (const key of keys) this.#read.add(key)
  }

  only(keys: readonly string[], reason: (param: string) => string) {
    for (const key of Object.keys(this.raw)) {
      if (key !== 'expand' && !keys.includes(key)) throw invalid(reason(this.name(key)), this.name(key))
    }
  }

  /** Refuses parameters that no reader took: they exist at Stripe, but not here. */
  done() {
    for (const key of Object.keys(this.raw)) {
      if (!this.#read.has(key)) throw notSimulated(`the parameter ${this.name(key)}`, this.name(key))
    }
    for (const inner of this.#inner.values()) inner.done()
  }

  /** Refuses everything but expand: for endpoints that take no parameters. */
  none() {
    for (const key of Object.keys(this.raw)) if (key !== 'expand') throw unknownParam(this.name(key))
  }

  #take(key: string): unknown {
    this.#read.add(key)
    return this.raw[key]
  }

  #nest(value: Json, at: string): Params {
    const known = this.#inner.get(at)
    if (known) return known
    const inner = new Params(value, at)
    inner.#read.delete('expand')
    this.#inner.set(at, inner)
    return inner
  }
}

function isHash(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
