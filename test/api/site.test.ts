/** The dashboard's files beside the API: which address is whose, what is kept, and what a page may load. */

import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from '../support/server.ts'

const PAGE = '<!doctype html><title>dashboard</title>'
let server: Server
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dashboard-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), PAGE)
  writeFileSync(join(folder, 'theme.js'), '// theme')
  writeFileSync(join(folder, 'assets/index-abc123.js'), '// code')
  server = await startServer({ port: 0, stateDir: null, dashboard: folder })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const get = (path: string, accept = 'text/html') => fetch(server.url + path, { headers: { Accept: accept } })

describe('the dashboard beside the API', () => {
  it('answers its one page at every address that a browser opens', async () => {
    for (const path of ['/', '/projects', '/p/demosaas000000000000/test/customers', '/connect/callback?state=x']) {
      const answer = await get(path)
      expect(answer.status, path).toBe(200)
      expect(await answer.text()).toBe(PAGE)
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
    }
  })

  it('never stands in front of the API', async () => {
    for (const path of ['/api/tiers', '/api/nothing', '/account', '/account/projects', '/webhook/nothing', '/health'])
      expect((await get(path)).headers.get('Content-Type'), path).toBe('application/json')
  })

  it('tells a program in JSON that there is nothing', async () => {
    const answer = await get('/nothing', '*/*')
    expect([answer.status, (await answer.json()) as unknown]).toMatchObject([404, { code: 'not_found' }])
  })

  it('answers 404 for a file that is not there, so that a page is never taken for code', async () => {
    expect((await get('/assets/gone-000.js')).status).toBe(404)
  })

  it('lets hashed files be kept for ever and others be asked for again', async () => {
    const kept = await get('/assets/index-abc123.js', '*/*')
    expect(kept.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable')
    const asked = await get('/theme.js', '*/*')
    expect(asked.headers.get('Cache-Control')).toBe('public, no-cache')
    const again = await fetch(`${server.url}/theme.js`, {
      headers: { 'If-None-Match': asked.headers.get('ETag') ?? '' },
    })
    expect(again.status).toBe(304)
  })

  it('allows no inline script, no inline style, no frame, and no other host than the sign-in', async () => {
    const policy = (await get('/')).headers.get('Content-Security-Policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    const hosts = [...policy.matchAll(/https?:\/\/\S+?(?=[;\s]|$)/g)].map(([host]) => host)
    expect(new Set(hosts)).toEqual(new Set(['https://developer.clerk.sandbox.localhost']))
  })

  it('says which sign-in to load, and nothing secret', async () => {
    const settings = (await (await get('/dashboard/config', '*/*')).json()) as object
    expect(Object.keys(settings)).toEqual(['clerkPublishableKey'])
  })
})
