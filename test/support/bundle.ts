/** Builds a Worker the way it is deployed: one module, the platform's own conditions, nothing of Node. */

import { build } from 'esbuild'

export async function bundle(entry: string, options: { minify?: boolean } = {}): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser', 'import'],
    mainFields: ['browser', 'module', 'main'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.md': 'text' },
    minify: options.minify ?? false,
    keepNames: true,
    logLevel: 'warning',
    legalComments: 'none',
  })
  const [file] = result.outputFiles
  if (file === undefined) throw new Error(`${entry} made no output`)
  return file.text
}
