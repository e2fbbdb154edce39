/**
 * The apps that can be made. Each is a pile of layers, folders of ../templates laid over one another, so that what several
 * share is written once; a file of a later layer takes the place of an earlier one's.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProjectType } from '../schema/common.ts'

interface Template {
  /** What kind of project it is made for. */
  readonly type: ProjectType
  readonly does: string
  readonly layers: readonly string[]
  /** How the app's variables begin, which its pages may read. */
  readonly env: 'VITE' | 'NEXT_PUBLIC'
}

const SAAS = ['base', 'plans', 'saas']
const STORE = ['base', 'store']
const MEMBERSHIP = ['base', 'plans', 'own', 'membership']
const REACT = ['react', 'react-plans']
const VITE = ['vite', 'react-vite']

export const TEMPLATES: Readonly<Record<string, Template>> = {
  'saas-react': {
    type: 'saas',
    does: 'plans with a limit; Vite, React',
    layers: [...SAAS, ...REACT, 'react-saas', ...VITE, 'vite-plans'],
    env: 'VITE',
  },
  'saas-solid': {
    type: 'saas',
    does: 'the same; Vite, Solid',
    layers: [...SAAS, 'vite', 'vite-plans', 'solid'],
    env: 'VITE',
  },
  'saas-next': {
    type: 'saas',
    does: 'the same, the work on a server; Next',
    layers: [...SAAS, 'own', ...REACT, 'react-saas', 'next', 'next-plans', 'next-saas'],
    env: 'NEXT_PUBLIC',
  },
  'store-react': {
    type: 'store',
    does: 'products with stock, a cart; Vite, React',
    layers: [...STORE, 'react', 'react-store', ...VITE, 'vite-store'],
    env: 'VITE',
  },
  'store-next': {
    type: 'store',
    does: 'the same; Next',
    layers: [...STORE, 'react', 'react-store', 'next', 'next-store'],
    env: 'NEXT_PUBLIC',
  },
  'membership-react': {
    type: 'membership',
    does: 'what only members read; Vite, React, one server function',
    layers: [...MEMBERSHIP, ...REACT, 'react-membership', ...VITE, 'vite-plans', 'vite-membership'],
    env: 'VITE',
  },
  'membership-next': {
    type: 'membership',
    does: 'the same; Next',
    layers: [...MEMBERSHIP, ...REACT, 'react-membership', 'next', 'next-plans', 'next-membership'],
    env: 'NEXT_PUBLIC',
  },
}

/** What is written into the files in the place of `{{name}}` and `{{sdk}}`. */
export interface Blanks {
  /** The package's name. */
  readonly name: string
  /** The version of this package that the app asks for, or where it is. */
  readonly sdk: string
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../templates')
/** Packing leaves a file of this name out, unless it has another one. */
const UNPACKED: Readonly<Record<string, string>> = { gitignore: '.gitignore' }
/** Read from top to bottom, so the layers' parts follow one another. */
const JOINED = 'AGENTS.md'

/** Writes a template's files into a folder. */
export function writeTemplate(template: Template, folder: string, blanks: Blanks): void {
  for (const [path, text] of filesOf(template.layers)) {
    const at = join(folder, UNPACKED[path] ?? path)
    mkdirSync(dirname(at), { recursive: true })
    writeFileSync(at, text.replaceAll('{{name}}', blanks.name).replaceAll('{{sdk}}', blanks.sdk))
  }
}

function filesOf(layers: readonly string[]): Map<string, string> {
  const files = new Map<string, string>()
  for (const layer of layers)
    for (const path of pathsIn(join(root, layer))) {
      const text = readFileSync(join(root, layer, path), 'utf8')
      const before = path === JOINED ? files.get(path) : undefined
      files.set(path, before === undefined ? text : `${before}\n${text}`)
    }
  return files
}

function pathsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? pathsIn(join(folder, entry.name)).map((path) => `${entry.name}/${path}`)
      : entry.isFile()
        ? [entry.name]
        : [],
  )
}
