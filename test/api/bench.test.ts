/** The benchmark is no test; that it can be run is one. */

import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServer, type Server } from '../bench/server.ts'
import type { Made, Progress } from '../bench/setup.ts'

let server: Server
beforeAll(async () => {
  server = await startServer({ inspector: false })
})
afterAll(() => server.stop())

it('has every setting that the product needs, and fills projects that then owe nothing', async () => {
  expect((await fetch(`http://127.0.0.1:${server.ports.default}/health`)).status).toBe(200)
  const project = await server.call<Made>('/project?customers=2')
  const shop = await server.call<Made>('/shop?products=1')
  for (const { projectId } of [project, shop])
    await expect
      .poll(() => server.call<Progress>(`/progress?project=${projectId}`), { timeout: 30_000 })
      .toMatchObject({ idle: true })
})
