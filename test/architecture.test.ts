/** The house rules that no type can hold: who may import whom, who owns a table, what production never contains. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const FLOORS = ['sdk', 'objects', 'worker', 'dashboard'] as const

interface Source {
  readonly path: string
  readonly floor: string
  readonly text: string
  /** Without comments, which may speak of anything. */
  readonly code: string
}

function filesIn(folder: string): string[] {
  const at = join(root, folder)
  if (!existsSync(at)) return []
  return readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : filesIn(path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

/** Blanks comments and keeps every other character in its place. */
function withoutComments(text: string): string {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g
  return text.replaceAll(token, (match) => (/^\/[/*]/.test(match) ? match.replaceAll(/[^\n]/g, ' ') : match))
}

const sources: Source[] = FLOORS.flatMap(filesIn).map((path) => {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, floor: path.split('/')[0]!, text, code: withoutComments(text) }
})
const tests = filesIn('test').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
const on = (...floors: string[]) => sources.filter(({ floor }) => floors.includes(floor))

interface Import {
  readonly from: string
  readonly to: string
  readonly types: boolean
}

/** What a file imports; a path of ours is told from the root. `types`: nothing of it is left at run time. */
function importsOf({ path, code }: Source): Import[] {
  const found = [...code.matchAll(/(?:import|export)\s+(type\s+)?([^'";]*?)\s*from\s*'([^']+)'/g)].map(
    ([, type, names, to]) => {
      const each =
        /^\{([\s\S]*)\}$/
          .exec(names!.trim())?.[1]
          ?.split(',')
          .filter((name) => name.trim() !== '') ?? null
      const types = type !== undefined || (each !== null && each.every((name) => /^\s*type\s/.test(name)))
      return { to: to!, types }
    },
  )
  const bare = [...code.matchAll(/import\s*\(?\s*'([^']+)'/g)].map(([, to]) => ({ to: to!, types: false }))
  return [...found, ...bare].map(({ to, types }) => ({
    from: path,
    to: to.startsWith('.') ? relative(root, resolve(root, dirname(path), to)) : to,
    types,
  }))
}

const imports = sources.flatMap(importsOf)
const ours = (to: string) => FLOORS.some((floor) => to.startsWith(`${floor}/`)) || to.startsWith('test/')
const shown = (list: readonly Import[]) => list.map(({ from, to }) => `${from} → ${to}`)

describe('who may import whom', () => {
  it('reads every import there is', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(imports.length).toBeGreaterThan(150)
  })

  it('objects take types and rules from one another, only types from the contract, and nothing from above', () => {
    const wrong = imports.filter(({ from, to, types }) => {
      if (!from.startsWith('objects/')) return false
      if (to === 'cloudflare:workers' || to.startsWith('objects/')) return false
      return !(types && to.startsWith('sdk/schema/'))
    })
    expect(shown(wrong)).toEqual([])
  })

  it('the sdk imports nothing of ours outside itself', () => {
    expect(
      shown(imports.filter(({ from, to }) => from.startsWith('sdk/') && ours(to) && !to.startsWith('sdk/'))),
    ).toEqual([])
  })

  it('the contract is the lowest floor', () => {
    const above = imports.filter(
      ({ from, to }) => from.startsWith('sdk/schema/') && !to.startsWith('sdk/schema/') && to !== 'valibot',
    )
    expect(shown(above)).toEqual([])
  })

  it('the worker imports objects and the contract', () => {
    const wrong = imports.filter(
      ({ from, to }) => from.startsWith('worker/') && ours(to) && !/^(worker|objects|sdk\/schema)\//.test(to),
    )
    expect(shown(wrong)).toEqual([])
  })

  it('the dashboard speaks through the sdk', () => {
    const wrong = imports.filter(
      ({ from, to }) => from.startsWith('dashboard/') && ours(to) && !/^(dashboard|sdk)\//.test(to),
    )
    expect(shown(wrong)).toEqual([])
  })

  it('nobody imports a test', () => {
    expect(shown(imports.filter(({ to }) => to.startsWith('test/')))).toEqual([])
  })

  it('Stripe and Clerk are spoken to in the worker only', () => {
    const wrong = imports.filter(
      ({ from, to }) => /^(stripe|@clerk\/)/.test(to) && !from.startsWith('worker/') && !from.startsWith('dashboard/'),
    )
    expect(shown(wrong)).toEqual([])
  })
})

/** Every table of an object, and the file that made it. */
function tables(): { table: string; owner: string }[] {
  return on('objects').flatMap(({ path, code }) =>
    [...code.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g)].map(([, table]) => ({ table: table!, owner: path })),
  )
}

describe('tables', () => {
  it('each is made in one file', () => {
    const names = tables().map(({ table }) => table)
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it("each is named in its owner's SQL only", () => {
    const wrong = tables().flatMap(({ table, owner }) => {
      const named = new RegExp(`\\b(?:FROM|INTO|UPDATE|JOIN|TABLE|REFERENCES|EXISTS|ON)\\s+${table}\\b(?!\\s*=)`)
      return on('objects', 'worker')
        .filter(({ path, code }) => path !== owner && named.test(code))
        .map(({ path }) => `${path} names ${table} of ${owner}`)
    })
    expect(wrong).toEqual([])
  })

  it('none is dropped by code that runs: a schema moves forward by steps [L13]', () => {
    expect(
      on('objects', 'worker')
        .filter(({ code }) => /DROP TABLE/i.test(code))
        .map(({ path }) => path),
    ).toEqual([])
  })

  it('all are STRICT', () => {
    for (const { path, code } of on('objects'))
      for (const [statement] of code.matchAll(/CREATE TABLE [^`]*/g))
        expect(/\)\s*STRICT/.test(statement), `${path}: ${statement.slice(0, 60)}`).toBe(true)
  })
})

/** The text between the bracket at `open` and its match. */
function argumentAt(code: string, open: number): string {
  let depth = 0
  for (let at = open; at < code.length; at += 1) {
    if (code[at] === '(') depth += 1
    else if (code[at] === ')') depth -= 1
    if (depth === 0) return code.slice(open + 1, at)
  }
  return code.slice(open)
}

describe('a decision', () => {
  it('contains no await: what followed it would be outside the transaction', () => {
    let decisions = 0
    const wrong = on('objects').flatMap(({ path, code }) =>
      [...code.matchAll(/\b(?:decide|commit|transactionSync)\(/g)].flatMap((match) => {
        decisions += 1
        const argument = argumentAt(code, match.index + match[0].length - 1)
        return /\b(?:await|async)\b/.test(argument) ? [`${path}: ${argument.slice(0, 80)}`] : []
      }),
    )
    expect(decisions).toBeGreaterThan(30)
    expect(wrong).toEqual([])
  })

  it('calls nobody: objects neither fetch nor hold a client', () => {
    expect(
      on('objects')
        .filter(({ code }) => /(?<![\w.])fetch\(/.test(code.replaceAll(/override async fetch\(/g, '')))
        .map(({ path }) => path),
    ).toEqual([])
  })
})

describe('every file', () => {
  const LINES_MAX = 450
  /** Longer than they should be. A file that was split leaves this list; none may join it. */
  const LONGER: readonly string[] = ['test/sandbox/clerk/clerk.sandbox.test.ts']

  it(`has at most ${LINES_MAX} lines`, () => {
    const long = [...sources, ...tests]
      .filter(({ text }) => text.split('\n').length - 1 > LINES_MAX)
      .map(({ path }) => path)
    expect(long.filter((path) => !LONGER.includes(path))).toEqual([])
    expect(
      LONGER.filter((path) => !long.includes(path)),
      'split by now: take it off the list',
    ).toEqual([])
  })

  it('opens with a sentence that says what it owns', () => {
    expect(sources.filter(({ text }) => !text.startsWith('/**')).map(({ path }) => path)).toEqual([])
  })

  it('knows no any', () => {
    const any = /(?::|\bas|<|\||=>|,)\s*any\b(?!\s*:)(?=\s*[,;)>\]|=\n[]|$)/m
    const withoutText = (code: string) => code.replaceAll(/'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g, "''")
    expect(sources.filter(({ code }) => any.test(withoutText(code))).map(({ path }) => path)).toEqual([])
  })

  it('narrates nothing to the console', () => {
    expect(
      on('sdk', 'objects', 'worker')
        .filter(({ code }) => /console\.(?:log|debug|info)\(/.test(code))
        .map(({ path }) => path),
    ).toEqual([])
  })
})

/** The browser has a sandbox too. */
const CSP_DIRECTIVE = /default-src[^\n]*; sandbox/g

describe('production', () => {
  it('contains nothing of the sandbox', () => {
    expect(
      on('objects', 'worker')
        .filter(({ code }) => /sandbox/i.test(code.replaceAll(CSP_DIRECTIVE, '')))
        .map(({ path }) => path),
    ).toEqual([])
  })

  it('has no key, and no address of an outside service but those of the services themselves', () => {
    const wrong = on('sdk', 'objects', 'worker').filter(({ code }) =>
      /(?:sk|rk)_(?:test|live)_[0-9A-Za-z]{8,}|whsec_[0-9A-Za-z]{8,}/.test(code),
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })
})
