/**
 * Makes what is published: each entry as one ESM and one CJS file without imports, declarations that need no valibot, and
 * the command line as one file.
 */

import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const here = import.meta.dirname
const dist = join(here, 'dist')
const ENTRIES = ['index', 'account', 'admin', 'config', 'webhooks', 'server', 'react', 'solid'] as const

rmSync(dist, { recursive: true, force: true })
for (const format of ['esm', 'cjs'] as const)
  await build({
    entryPoints: ENTRIES.map((name) => join(here, `${name}.ts`)),
    outdir: join(dist, format),
    bundle: true,
    minify: true,
    format,
    target: 'es2022',
    platform: 'neutral',
    external: ['react', 'solid-js'],
    legalComments: 'none',
  })
await build({
  entryPoints: [join(here, 'cli/bin.ts')],
  outfile: join(dist, 'cli.js'),
  bundle: true,
  format: 'esm',
  target: 'node18',
  platform: 'node',
  banner: { js: '#!/usr/bin/env node' },
  legalComments: 'none',
})
chmodSync(join(dist, 'cli.js'), 0o755)
declare(join(dist, 'esm'))
cpSync(join(dist, 'esm'), join(dist, 'cjs'), { recursive: true, filter: (path) => !path.endsWith('.js') })
writeFileSync(join(dist, 'cjs/package.json'), '{ "type": "commonjs" }\n')

/** Writes the declarations of what the entries reach. */
function declare(folder: string): void {
  const tsc = join(here, '../node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', join(here, 'tsconfig.json'), '--outDir', folder], { stdio: 'inherit' })
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.d.ts')) {
      const path = join(folder, name)
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, withoutSchemas(text).replaceAll(/(from '\.[^']*|import\("\.[^"]*)\.ts(?=['"])/g, '$1.js'))
    }
}

/** Leaves plain types and words of a contract file; its schemas are the server's, and would need their library. */
function withoutSchemas(text: string): string {
  if (!text.includes("from 'valibot'")) return text
  const statement =
    /(?:^\/\*\*[\s\S]*?\*\/\n)*^(?:import|export|declare)\b[\s\S]*?(?=^(?:import|export|declare|\/\*\*)|$(?![\s\S]))/gm
  const parts = [...text.matchAll(statement)].map(([part]) => part)
  return without(parts, /\bv\.|from 'valibot'/).join('')
}

/** Leaves what does not speak of the unwanted, nor of what went because of it. */
function without(parts: readonly string[], unwanted: RegExp): readonly string[] {
  const gone = parts.filter((part) => unwanted.test(part))
  const names = gone.flatMap((part) => /^(?:export|declare).*?(?:const|type|interface) (\w+)/m.exec(part)?.[1] ?? [])
  const kept = parts.filter((part) => !gone.includes(part))
  return names.length === 0 ? kept : without(kept, new RegExp(`\\b(?:${names.join('|')})\\b`))
}
