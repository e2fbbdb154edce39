/** A config as a file that a person would have written, and changes as lines that a person reads. */

import type { DreamConfig } from '../../config.ts'
import type { Change } from './changes.ts'

const WIDTH = 100

export const printConfig = (config: DreamConfig): string =>
  `import { defineConfig } from '@dream-api/sdk/config'\n\nexport default defineConfig(${literal(config)})\n`

function literal(value: unknown, indent = ''): string {
  const short = inline(value)
  if (indent.length + short.length <= WIDTH && (indent.length > 4 || !isNested(value))) return short
  const inner = `${indent}  `
  if (Array.isArray(value))
    return `[\n${value.map((item: unknown) => `${inner}${literal(item, inner)},\n`).join('')}${indent}]`
  const entries = Object.entries(value as object)
  return `{\n${entries.map(([key, item]) => `${inner}${name(key)}: ${literal(item, inner)},\n`).join('')}${indent}}`
}

const isNested = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).some((item) => typeof item === 'object')

/** On one line. */
export function inline(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value).map(([key, item]) => `${name(key)}: ${inline(item)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
const name = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key))

const MARKS = { create: '+', update: '~', remove: '-' } as const

export function printChange({ what, name: title, fields }: Change): string {
  const lines = Object.entries(fields).map(([field, { from, to }]) =>
    what === 'create' ? `      ${field}: ${inline(to)}` : `      ${field}: ${inline(from)} → ${inline(to)}`,
  )
  return [`  ${MARKS[what]} ${title}`, ...lines].join('\n')
}
