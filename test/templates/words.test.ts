/** An app's one file: whoever changes src/config.ts has changed every word and every colour. */

import { globSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../../sdk/templates')
const read = (pattern: string) =>
  globSync(`${root}/${pattern}`).map((path) => ({
    path: path.slice(root.length + 1),
    text: readFileSync(path, 'utf8'),
  }))

/** For whoever builds the app and has forgotten its key. */
const FOR_BUILDERS = /<div class(?:Name)?="narrow band stack">\s*<h2>One key is missing[\s\S]*?<\/div>/

/** Words between tags, and in the attributes that people read or hear. */
const WORDS = />[^<>{}=;]*?[A-Za-z]{2}[^<>{}=;]*?<\/|(?:aria-label|placeholder|title|alt)="[^"]+"/g

it('no page says anything that is not in it', () => {
  const said = read('*/{app,src}/**/*.tsx').flatMap(({ path, text }) =>
    [...text.replace(FOR_BUILDERS, '').matchAll(WORDS)].map(([words]) => `${path}: ${words}`),
  )
  expect(said).toEqual([])
})

it('no colour is anywhere else, but for what lies in the shade', () => {
  const drawn = read('*/**/*.{ts,tsx,css,html}').filter(
    ({ path }) => !['config.ts', 'look.ts', 'art.ts'].includes(basename(path)),
  )
  const found = drawn.flatMap(({ path, text }) =>
    [...text.matchAll(/#[\da-f]{3,8}\b|\b(?:rgb|hsl|oklch)\((?!0 0 0)[^)]*\)/gi)].map(
      ([colour]) => `${path}: ${colour}`,
    ),
  )
  expect(found).toEqual([])
})
