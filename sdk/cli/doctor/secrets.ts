/** Finds secrets where everybody can read them: in what a build made, and in the scripts of a page. */

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Wrong } from '../command.ts'

export interface Leak {
  readonly where: string
  /** As much of it as tells which it is, and no more. */
  readonly shown: string
}

/** Our secret keys, our webhook secrets, and those of Stripe and Clerk. */
const SECRET = /\b(?:(?:sk|rk)_(?:test|live)_[0-9A-Za-z]{16,}|whsec_[0-9A-Za-z+/]{16,}={0,2})/g
const FILES = /\.(?:[cm]?js|html?|css|json|map|txt|webmanifest)$/i
const SERVER_ONLY = /^(?:node_modules|\.git)$/

/** The secrets in a text. `known` are looked for as they are, whatever they look like. */
export function secretsIn(text: string, known: readonly string[] = []): string[] {
  const alike = [...text.matchAll(SECRET)].map(([secret]) => secret)
  return [...new Set([...alike, ...known.filter((secret) => secret.length > 0 && text.includes(secret))])]
}

/** The secrets in the files of a folder that a browser might be given. */
export function leaksInFolder(folder: string, known: readonly string[]): { files: number; leaks: Leak[] } {
  const files = filesIn(folder)
  return {
    files: files.length,
    leaks: files.flatMap((path) => leaksIn(relative(folder, path), readFileSync(path, 'utf8'), known)),
  }
}

export const leaksIn = (where: string, text: string, known: readonly string[]): Leak[] =>
  secretsIn(text, known).map((secret) => ({ where, shown: `${secret.slice(0, 12)}…` }))

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SERVER_ONLY.test(entry.name) ? [] : filesIn(path)
    return FILES.test(entry.name) ? [path] : []
  })
}

const SCRIPTS_MAX = 100

/** The secrets in a page and in the scripts of its own that it loads, and those load. */
export async function leaksInPage(
  url: string,
  known: readonly string[],
): Promise<{ files: number; leaks: readonly Leak[] }> {
  const leaks: Leak[] = []
  const seen = new Set<string>()
  const waiting = [url]
  for (let at = waiting.shift(); at !== undefined && seen.size < SCRIPTS_MAX; at = waiting.shift()) {
    if (seen.has(at)) continue
    seen.add(at)
    const text = await fetch(at).then(
      (response) => response.text(),
      (error: unknown) => {
        throw new Wrong(`${at} could not be reached: ${String((error as Error).cause ?? error)}`)
      },
    )
    leaks.push(...leaksIn(at, text, known))
    waiting.push(...scriptsOf(text, at).filter((script) => new URL(script).origin === new URL(url).origin))
  }
  return { files: seen.size, leaks }
}

const SCRIPT = /\.(?:[cm]?[jt]s|[jt]sx)(?:[?#]|$)/

/** Addresses of scripts in a page or in another script: tags, preloads and imports. */
function scriptsOf(text: string, base: string): string[] {
  const tags = text.matchAll(/<script\b[^>]*?\bsrc=["']?([^"'\s>]+)/gi)
  const others = text.matchAll(/(?:<link\b[^>]*?\bhref=|\bfrom\s*|\bimport\s*\(?\s*)["']([^"'\s]+)["']/g)
  const named = [...tags, ...[...others].filter(([, path]) => SCRIPT.test(path!))]
  return named.flatMap(([, path]) => (URL.canParse(path!, base) ? [new URL(path!, base).href] : []))
}
