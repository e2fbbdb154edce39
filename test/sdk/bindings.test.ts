/** What pages show of a customer follows what is committed: by the Solid binding, and by what both bindings stand on. */

import { createRoot } from 'solid-js'
import { expect, it } from 'vitest'
import { DreamAPI } from '../../sdk/index.ts'
import { watchCustomer, watchUsage } from '../../sdk/customerLive.ts'
import type { Live } from '../../sdk/live.ts'
import type { Usage } from '../../sdk/index.ts'
import { useCustomer, useUsage } from '../../sdk/solid.ts'
import { useApp } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'

const app = useApp()

/** A page with somebody signed in, and the server's side of it. */
async function aPage() {
  const project = await app().project({ tiers: LADDER })
  const { id, email } = await app().customer(project)
  const config = { publishableKey: project.publishableKey, baseUrl: app().server.url }
  const inPage = new DreamAPI(config)
  inPage.setUserToken(await app().token(project, id))
  const onServer = new DreamAPI({ ...config, secretKey: project.secretKey })
  return { project, id, email, inPage, onServer }
}

it('a page shows what its customer has left, and their plan, as they change on a server', async () => {
  const { project, id, inPage, onServer } = await aPage()
  const { usage, customer, dispose } = createRoot((dispose) => ({
    usage: useUsage(inPage),
    customer: useCustomer(inPage),
    dispose,
  }))
  expect([usage.usage(), usage.isLoading(), customer.customer()]).toEqual([null, true, null])
  await expect.poll(() => usage.usage()?.remaining).toBe(5)
  await expect.poll(() => customer.customer()?.plan).toBe('free')
  await onServer.forCustomer(id).usage.consume({ quantity: 2 })
  await expect.poll(() => usage.usage()?.remaining, { timeout: 5_000 }).toBe(3)
  await app().subscribe(project, id, 'pro')
  await expect.poll(() => customer.customer()?.plan, { timeout: 5_000 }).toBe('pro')
  await expect.poll(() => usage.usage()?.limit, { timeout: 5_000 }).toBe(50)
  expect(usage.error()).toBeNull()
  dispose()
})

it('tells nothing more once it is stopped, and reads at once when asked to', async () => {
  const { id, inPage, onServer } = await aPage()
  const told: Live<Usage>[] = []
  const watch = watchUsage(inPage, 'requests', (live) => void told.push(live))
  await expect.poll(() => told.at(-1)?.value?.used).toBe(0)
  await onServer.forCustomer(id).usage.consume()
  watch.refresh()
  await expect.poll(() => told.at(-1)?.value?.used).toBe(1)
  watch.stop()
  const before = told.length
  watch.refresh()
  await inPage.usage.check()
  expect(told).toHaveLength(before)
})

it('keeps what it shows when a reading fails, and says what went wrong', async () => {
  const { email, inPage } = await aPage()
  const told: Live<{ email: string; plan: string }>[] = []
  const watch = watchCustomer(inPage, (live) => void told.push(live))
  await expect.poll(() => told.at(-1)?.value).toMatchObject({ plan: 'free' })
  expect(told.at(-1)?.value?.email).toBe(email)
  inPage.clearUserToken()
  watch.refresh()
  await expect.poll(() => told.at(-1)?.error).toMatchObject({ reason: 'auth_required' })
  expect(told.at(-1)).toMatchObject({ value: { plan: 'free' }, isLoading: false })
  watch.stop()
})
