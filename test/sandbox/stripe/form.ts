/** Turns Stripe's form encoding into nested values: `a[b]=1` to objects, `a[0]=x` and `a[]=x` to lists; leaves stay text. */
import { invalid } from './error.ts'

type Branch = { [key: string]: Branch | string }

export function parseForm(pairs: Iterable<[string, string]>): Record<string, unknown> {
  const root: Branch = {}
  for (const [key, value] of pairs) place(root, path(key), value)
  return Object.fromEntries(Object.entries(root).map(([key, value]) => [key, tidy(value)]))
}

function path(key: string): string[] {
  const open = key.indexOf('[')
  if (open === -1) return [key]
  const rest = key.slice(open)
  if (!/^(\[[^[\]]*\])+$/.test(rest)) throw invalid(`Invalid parameter name: ${key}`)
  return [key.slice(0, open), ...rest.slice(1, -1).split('][')]
}

function place(branch: Branch, [head = '', ...rest]: string[], value: string) {
  const key = head === '' ? String(Object.keys(branch).length) : head
  if (key === '__proto__') throw invalid(`Invalid parameter name: ${key}`)
  if (rest.length === 0) {
    branch[key] = value
    return
  }
  const next = branch[key]
  if (typeof next === 'string') throw invalid(`Invalid parameter: ${key} is given both as a value and as a hash`, key)
  place((branch[key] = next ?? {}), rest, value)
}

/** A hash whose keys are 0, 1, 2 … is a list. */
function tidy(value: Branch | string): unknown {
  if (typeof value === 'string') return value
  const keys = Object.keys(value)
  const list = keys.length > 0 && keys.every((key) => /^\d+$/.test(key))
  const entries = keys.map((key) => [key, tidy(value[key] as Branch | string)] as const)
  return list ? entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item) : Object.fromEntries(entries)
}
