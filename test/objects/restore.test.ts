import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { Changes } from '../../sdk/schema/feed.ts'
import { evict, revisionOf, rows } from '../support/inside.ts'
import { handedOver } from '../support/outside.ts'
import { aProject, asserting, use } from '../support/project.ts'
import { holdTime, pass, START } from '../support/time.ts'

holdTime()

const HOUR = 3_600_000
const restore = { epoch: START, since: START - HOUR }

describe('a project that was set back', () => {
  it('gives every row a revision that nobody has heard of, and no id twice [D5]', async () => {
    const project = await aProject()
    for (const customer of ['u1', 'u2', 'u3']) await use(project, customer)
    const told = await revisionOf(project)
    const [last] = await rows<{ id: number }>(project, 'SELECT max(id) AS id FROM receipts')
    await project.stub().restored(restore)
    const all = (await project.stub().changesSince(0)) as unknown as Changes
    const heard = (await project.stub().changesSince(told + 1_000_000)) as unknown as Changes
    expect(heard.changes).toEqual(all.changes)
    expect(all.changes.length).toBeGreaterThan(3)
    await use(project, 'u1')
    const [next] = await rows<{ id: number }>(project, 'SELECT max(id) AS id FROM receipts')
    expect(next!.id).toBeGreaterThan(last!.id + 1_000_000)
    expect(await project.stub().broken()).toEqual([])
    await evict(project)
    expect(await project.stub().broken()).toEqual([])
  })

  it('counts on from what it knew, and refuses what it cannot know [F41]', async () => {
    const project = await aProject()
    await use(project, 'u1', { quantity: 3 })
    await project.stub().restored(restore)
    expect(await project.stub().usage(asserting('u1'), null)).toMatchObject({ ok: true })
    expect(await project.stub().startMirror()).toBeNull() // the reports are read before they are written again
    await project.stub().finishRestore(restore.epoch)
    expect(await project.stub().startMirror()).toMatchObject({ more: false })
    expect(await use(project, 'u1')).toMatchObject({ ok: true, value: { usage: { used: 4 } } })
  })

  it('lets nobody back in who was signed out since', async () => {
    const project = await aProject()
    const columns = 'id, customer_id, origin, current_hash, created_at, used_at'
    await rows(project, `INSERT INTO sessions (${columns}) VALUES ('s', 'u1', '', 'h', ${START}, ${START})`)
    await project.stub().restored(restore)
    expect(await rows(project, 'SELECT revoked_at AS at FROM sessions')).toEqual([{ at: START }])
  })

  it('hears of the same restore once, and of the next one again', async () => {
    const project = await aProject()
    await use(project, 'u1')
    await project.stub().restored(restore)
    const first = await revisionOf(project)
    await project.stub().finishRestore(restore.epoch)
    await project.stub().restored(restore)
    expect(await project.stub().restoreTask(restore.epoch)).toBeNull()
    pass(1_000)
    await project.stub().restored({ ...restore, epoch: START + 1_000 })
    expect(await revisionOf(project)).toBeGreaterThan(first + 1_000)
    expect(await project.stub().restoreTask(START + 1_000)).toMatchObject({ epoch: START + 1_000 })
  })

  it('forgets again whom it had forgotten, and knows again who had come', async () => {
    const project = await aProject()
    await use(project, 'gone')
    await project.stub().restored(restore)
    const person = { email: null, createdAt: START - 5, deletedAt: null }
    await project.stub().meetCustomers([
      { ...person, id: 'gone', deletedAt: START - 1 },
      { ...person, id: 'user_new', email: 'new@example.com' },
    ])
    expect(handedOver(project, 'erase')).toEqual(['gone'])
    expect(handedOver(project, 'identity.join')).toEqual(['user_new'])
    expect(await rows(project, "SELECT created_at AS at FROM customers WHERE id = 'user_new'")).toEqual([
      { at: START - 5 },
    ])
  })
})

describe('going back', () => {
  it('is refused where the platform keeps no past, and the project serves on', async () => {
    const project = await aProject()
    expect(await project.stub().rewind(START - HOUR)).toMatchObject({ ok: false, code: 'cannot_go_back' })
    expect(await use(project, 'u1')).toMatchObject({ ok: true })
  })

  it('refuses every decision between the order and the end of the object', async () => {
    const project = await aProject()
    const answers = await runInDurableObject(project.stub(), async (object, state) => {
      const { storage } = state
      Object.assign(storage, {
        getBookmarkForTime: async () => 'then',
        onNextSessionRestoreBookmark: async () => 'now',
      })
      Object.assign(state, { abort: () => {} })
      const undo = await object.rewind(START - HOUR)
      const restored = await Promise.resolve()
        .then(() => object.restored(restore))
        .catch((error: unknown) => String(error))
      return { undo, restored }
    })
    expect(answers).toEqual({
      undo: { ok: true, value: { undo: 'now' } },
      restored: expect.stringContaining('being set back'),
    })
  })
})
