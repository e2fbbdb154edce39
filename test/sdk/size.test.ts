/** What the client costs a page. */

import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const LIMIT_BYTES = 6 * 1024

/** Bytes on the wire of a page that does what `code` says. */
async function sizeOf(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: `${import.meta.dirname}/../../sdk`, loader: 'ts' },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length
}

describe('the client', () => {
  it('is at most 6 KB whole', async () => {
    const size = await sizeOf("export * from './index.ts'")
    expect(size).toBeLessThan(LIMIT_BYTES)
    expect(size).toBeGreaterThan(2_000) // else the bundle was not what it should be
  })

  it('is less when less of it is used', async () => {
    const whole = await sizeOf("export * from './index.ts'")
    const usage = await sizeOf("export { DreamClient, UsageAPI } from './index.ts'")
    const verify = await sizeOf("export { verify } from './index.ts'")
    expect(usage).toBeLessThan(whole * 0.6)
    expect(verify).toBeLessThan(whole * 0.3)
  })
})
