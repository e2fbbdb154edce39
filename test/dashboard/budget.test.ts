/** What the dashboard weighs, as it is deployed. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildDashboard } from '../../dashboard/build.ts'

const KB = 1024
let folder: string
let scripts: { name: string; bytes: number; text: string }[]

beforeAll(async () => {
  folder = await buildDashboard({ sandbox: false })
  scripts = readdirSync(join(folder, 'assets'))
    .filter((name) => name.endsWith('.js'))
    .map((name) => {
      const content = readFileSync(join(folder, 'assets', name))
      return { name, bytes: gzipSync(content).length, text: content.toString() }
    })
})

const entry = () => {
  const name = /assets\/(index-[\w-]+\.js)/.exec(readFileSync(join(folder, 'index.html'), 'utf8'))?.[1]
  const found = scripts.find((script) => script.name === name)
  if (found === undefined) throw new Error('the page names no entry')
  return found
}

const isPlot = (name: string) => name.startsWith('plot-')

describe('the deployed dashboard', () => {
  it('begins with at most 70 KB of code', () => {
    expect(entry().bytes).toBeLessThanOrEqual(70 * KB)
  })

  it('fetches at most 20 KB for a screen', () => {
    const screens = scripts.filter(({ name }) => name !== entry().name && !isPlot(name))
    const heavy = screens.filter(({ bytes }) => bytes > 20 * KB)
    expect(heavy.map(({ name, bytes }) => `${name} ${bytes}`)).toEqual([])
    expect(screens.length).toBeGreaterThan(10)
  })

  it('fetches at most 24 KB more for the first chart, once for all screens that have one', () => {
    const plots = scripts.filter(({ name }) => isPlot(name))
    expect(plots.length).toBe(1)
    expect(plots[0]!.bytes).toBeLessThanOrEqual(24 * KB)
  })

  it('has at most 160 KB of code in all', () => {
    expect(scripts.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(160 * KB)
  })

  it('contains nothing of the sandbox: neither its sign-in nor its clock', () => {
    expect(scripts.filter(({ text }) => /\/sandbox\/c/.test(text)).map(({ name }) => name)).toEqual([])
  })

  it('has no inline script and no inline style', () => {
    const page = readFileSync(join(folder, 'index.html'), 'utf8')
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/)
    expect(page).not.toMatch(/<style|style=/)
  })
})
