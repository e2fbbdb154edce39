/** What becomes of stored images: none is forgotten, none that is shown goes, and no project stores without end. */

import { describe, expect, it } from 'vitest'
import { ring, rows } from '../support/inside.ts'
import { answering } from '../support/outside.ts'
import { aProject, asserting } from '../support/project.ts'
import { DAY, HOUR, holdTime, pass, until } from '../support/time.ts'

holdTime()

const owner = asserting(null)

async function aShop() {
  const project = await aProject({ type: 'store' })
  const removed: string[] = []
  answering(project, (delivery) => {
    if (delivery.kind === 'images') removed.push(...(JSON.parse(delivery.payload) as string[]))
    return null
  })
  const { stub } = project
  const key = (name: string) => `${project.projectId}/t${name.padEnd(23, '0')}.png`
  const upload = (name: string, bytes = 100) => stub().startUpload(owner, { key: key(name), bytes }) as Promise<unknown>
  const add = async (id: string, ...images: string[]) =>
    (await stub().addProduct(
      owner,
      {
        name: id,
        description: '',
        features: [],
        images: images.map(key),
        options: [],
        grant: null,
        variants: [{ sku: null, options: {}, prices: [{ unitAmount: 1000, currency: 'usd' }], stock: 1 }],
      },
      { productId: id, variantIds: [`${id}_v`] },
    )) as { ok: boolean }
  const show = (id: string, ...images: string[]) => stub().updateProduct(owner, id, { images: images.map(key) })
  const stored = async () =>
    (await rows<{ key: string }>(project, 'SELECT key FROM images ORDER BY key')).map((row) => row.key)
  const later = async (ms: number) => {
    pass(ms)
    await ring(project)
  }
  return { project, removed, key, upload, add, show, stored, later, stub }
}

describe('an image', () => {
  it('that a product shows is never collected; one that none shows is, a day after the last did', async () => {
    const { removed, key, upload, add, show, later } = await aShop()
    for (const name of ['a', 'b']) await upload(name)
    await add('p', 'a', 'b')
    await later(3 * DAY)
    expect(removed).toEqual([])
    await show('p', 'b')
    await later(DAY - HOUR)
    expect(removed).toEqual([])
    await later(2 * HOUR)
    await until(() => removed.length > 0)
    expect(removed).toEqual([key('a')])
    await later(3 * DAY)
    expect(removed).toEqual([key('a')])
  })

  it('that is shown again in time stays, and so does one that another product shows', async () => {
    const { removed, upload, add, show, later, stored } = await aShop()
    for (const name of ['a', 'b']) await upload(name)
    await add('p', 'a', 'b')
    await add('q', 'b')
    await show('p')
    await later(DAY - HOUR)
    await show('p', 'a')
    await later(3 * DAY)
    expect(removed).toEqual([])
    expect(await stored()).toHaveLength(2)
  })

  it('of a product that is deleted twice, or after its images changed, goes once each: no removal covers another', async () => {
    const { project, removed, key, upload, add, show, stub } = await aShop()
    for (const name of ['a', 'b']) await upload(name)
    await add('p', 'a')
    answering(project, () => ({ reason: 'away' }))
    await stub().deleteProduct(owner, 'p')
    await add('q', 'b')
    await stub().deleteProduct(owner, 'q')
    const owed = (await stub().owed()).filter(({ kind }) => kind === 'images')
    expect(owed.flatMap(({ payload }) => JSON.parse(payload) as string[]).toSorted()).toEqual([key('a'), key('b')])
    expect(await show('p', 'a')).toMatchObject({ ok: false })
    expect(removed).toEqual([])
  })

  it('that was collected, or was never uploaded here, cannot be shown', async () => {
    const { upload, add, later } = await aShop()
    await upload('a')
    await later(DAY + HOUR)
    expect(await add('p', 'a')).toMatchObject({ ok: false, code: 'invalid_request' })
    expect(await add('p', 'z')).toMatchObject({ ok: false, code: 'invalid_request' })
  })
})

describe('the store of a project', () => {
  it('takes two gigabytes and not a byte more, until something is removed', async () => {
    const { upload, later, stub } = await aShop()
    const full = 2 * 1024 ** 3
    await upload('a', full - 1)
    expect(await upload('b', 2)).toMatchObject({ ok: false, code: 'image_quota_reached', detail: { bytesMax: full } })
    expect(await upload('b', 1)).toMatchObject({ ok: true })
    await later(DAY + HOUR)
    expect(await stub().admitUpload(owner)).toMatchObject({ ok: true })
    expect(await upload('c', 2)).toMatchObject({ ok: true })
  })

  it('takes five thousand images and not one more', async () => {
    const { project, upload, removed, later } = await aShop()
    await upload('a')
    await rows(
      project,
      `INSERT INTO images (key, bytes, uploaded_at, unused_at)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4998)
       SELECT 'x' || i, 1, ${Date.now()}, ${Date.now()} FROM n`,
    )
    expect(await upload('b')).toMatchObject({ ok: true })
    expect(await upload('c')).toMatchObject({ code: 'image_quota_reached', detail: { images: 5000, imagesMax: 5000 } })
    pass(DAY + HOUR)
    await until(async () => {
      await later(0)
      return removed.length === 5000
    })
    expect(await upload('c')).toMatchObject({ ok: true })
  })
})
