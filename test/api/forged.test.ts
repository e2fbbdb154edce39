/** A key nobody made: refused before anything is looked up. */

import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makePublishableKey, makeSecretKey, makeTicket, newProjectId } from '../../worker/keys.ts'
import { App } from '../support/app.ts'
import { startServer } from '../support/server.ts'

let app: App
let state: string

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'dream-forged-'))
  app = new App(await startServer({ port: 0, stateDir: state }))
})
afterAll(async () => {
  await app.server.stop()
  await rm(state, { recursive: true, force: true })
})

/** The objects there are: every one that was ever woken has a file. */
function objects(): string[] {
  return ['Project', 'Feed', 'Connection'].flatMap((name) => {
    const folder = join(state, 'do', `app-${name}`)
    return existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.sqlite')) : []
  })
}

const connects = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url)
    socket.addEventListener('open', () => resolve(true))
    socket.addEventListener('error', () => resolve(false))
  })

it('[K1] a key or ticket with a wrong tag wakes no object; one with the right tag does', async () => {
  await app.project()
  const before = objects().length
  expect(before).toBeGreaterThan(0)
  for (let i = 0; i < 20; i += 1) {
    const forged = { projectId: newProjectId(), mode: 'test' } as const
    const publishable = await makePublishableKey(forged, 'another secret')
    const { key } = await makeSecretKey(forged, 'another secret')
    const ticket = await makeTicket(forged, 'another secret')
    const answers = [
      await app.call('GET', '/api/tiers', { headers: { 'X-Publishable-Key': publishable } }),
      await app.call('POST', '/api/data', { headers: { Authorization: `Bearer ${key}`, 'X-User-Id': 'u' } }),
    ]
    expect(await connects(`${app.server.url.replace('http', 'ws')}/api/feed?ticket=${ticket}`)).toBe(false)
    expect(answers.map(({ status }) => status).filter((status) => status < 400)).toEqual([])
  }
  expect(objects()).toHaveLength(before)

  const unknown = { projectId: newProjectId(), mode: 'test' } as const
  const headers = { 'X-Publishable-Key': await makePublishableKey(unknown, 'sandbox-key-secret') }
  await app.call('GET', '/api/tiers', { headers })
  expect(objects().length).toBeGreaterThan(before) // so the count above could have failed
})
