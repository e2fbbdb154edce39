/** Reads the JSON of a control call; refuses what it does not know, in one clear sentence. */

export class ControlError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export const badInput = (message: string) => new ControlError(400, message)

export class Input {
  readonly #raw: Record<string, unknown>

  constructor(raw: Record<string, unknown>, allowed: readonly string[]) {
    this.#raw = raw
    for (const key of Object.keys(raw)) {
      if (!allowed.includes(key)) {
        throw badInput(`unknown field "${key}"; this call takes ${allowed.join(', ') || 'no fields'}`)
      }
    }
  }

  has(key: string): boolean {
    return this.#raw[key] !== undefined
  }

  /** The text, or null when it is left out or given as null. */
  nullable(key: string): string | null {
    return this.#raw[key] === null ? null : (this.text(key) ?? null)
  }

  /** What is nested under a key, read as strictly; null when it is left out or given as null. */
  object(key: string, allowed: readonly string[]): Input | null {
    const value = this.#raw[key]
    if (value === undefined || value === null) return null
    if (typeof value !== 'object' || Array.isArray(value)) throw badInput(`"${key}" must be an object`)
    return new Input(value as Record<string, unknown>, allowed)
  }

  text(key: string): string | undefined {
    const value = this.#raw[key]
    if (value === undefined) return undefined
    if (typeof value !== 'string' || value === '') throw badInput(`"${key}" must be a text that is not empty`)
    return value
  }

  oneOf<T extends string>(key: string, words: readonly T[]): T | undefined {
    const value = this.text(key)
    if (value === undefined || (words as readonly string[]).includes(value)) return value as T | undefined
    throw badInput(`"${key}" must be one of ${words.join(', ')}`)
  }

  required<T extends string>(key: string, words: readonly T[]): T {
    const value = this.oneOf(key, words)
    if (value === undefined) throw badInput(`"${key}" is missing; it must be one of ${words.join(', ')}`)
    return value
  }

  bool(key: string): boolean | undefined {
    const value = this.#raw[key]
    if (value === undefined || typeof value === 'boolean') return value
    throw badInput(`"${key}" must be true or false`)
  }

  number(key: string, { min, max, whole = true }: { min: number; max: number; whole?: boolean }): number | undefined {
    const value = this.#raw[key]
    if (value === undefined) return undefined
    if (typeof value !== 'number' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
      throw badInput(`"${key}" must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}`)
    }
    return value
  }
}

export async function readInput(request: Request, allowed: readonly string[]): Promise<Input> {
  const text = await request.text()
  if (text.trim() === '') return new Input({}, allowed)
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    throw badInput('the body is not JSON')
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw badInput('the body must be a JSON object')
  return new Input(raw as Record<string, unknown>, allowed)
}
