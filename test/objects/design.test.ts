/** A design taken over by a live project: all of it in one decision, or nothing. */

import { describe, expect, it } from 'vitest'
import type { Design, DesignedProduct } from '../../objects/design.ts'
import { rows } from '../support/inside.ts'
import { aProject } from '../support/project.ts'

const usd = (unitAmount: number) => ({ unitAmount, currency: 'usd' })

const optionsOf = (count: number, index: number): Record<string, string> => (count > 1 ? { size: String(index) } : {})

const product = (
  id: string,
  skus: readonly (string | null)[],
  facts: Partial<DesignedProduct> = {},
): DesignedProduct => ({
  id,
  slug: id,
  name: id,
  description: '',
  features: [],
  images: [],
  options: skus.length > 1 ? ['size'] : [],
  grant: null,
  archived: false,
  variants: skus.map((sku, index) => ({
    id: `${id}-${index}`,
    sku,
    options: optionsOf(skus.length, index),
    prices: [usd(1000)],
    archived: false,
  })),
  ...facts,
})

const live = async () => {
  const project = await aProject({ mode: 'live' })
  const read = async (): Promise<Design> => {
    const seen = await project.stub().design()
    if (seen === null) throw new Error('there is no design')
    return seen.design as Design
  }
  const apply = async (change: Partial<Design>, seen?: Design, stock: Record<string, number> = {}) => {
    const present = seen ?? (await read())
    const design = { ...present, ...change }
    return project.stub().applyDesign({ seen: present, design, stock, subscribers: 'keep' })
  }
  return { project, read, apply }
}

describe('a design', () => {
  it('is refused when live is not what was looked at, and leaves no trace', async () => {
    const { read, apply } = await live()
    const seen = await read()
    expect(await apply({ products: [product('mug', ['MUG'])] })).toMatchObject({ ok: true })
    const before = await read()
    expect(await apply({ products: [product('cap', ['CAP'])] }, seen)).toMatchObject({
      ok: false,
      code: 'live_changed',
    })
    expect(await read()).toEqual(before)
  })

  it.each([
    ['slug_taken', [product('a', ['A']), product('b', ['B'], { slug: 'mug' })]],
    ['sku_taken', [product('a', ['A']), product('b', ['MUG'])]],
  ])('that meets what only live has (%s) is taken over not at all', async (code, products) => {
    const { read, apply } = await live()
    await apply({ products: [product('mug', ['MUG'])] })
    const before = await read()
    expect(await apply({ products })).toMatchObject({ ok: false, code })
    expect(await read()).toEqual(before)
  })

  it('may change SKUs with one another, and stock stays where it was', async () => {
    const { project, read, apply } = await live()
    await apply({ products: [product('mug', ['S', 'L'])] }, undefined, { 'mug-0': 3, 'mug-1': 7 })
    expect(await apply({ products: [product('mug', ['L', 'S'])] })).toMatchObject({ ok: true })
    const [mug] = (await read()).products
    expect(mug?.variants.map(({ sku }) => sku)).toEqual(['L', 'S'])
    expect((await project.stub().design())?.stock).toEqual({ 'mug-0': 3, 'mug-1': 7 })
  })

  it('taken over twice changes nothing the second time', async () => {
    const { project, apply } = await live()
    const products = [product('mug', ['S', 'L'])]
    await apply({ products })
    const { revision } = await project.stub().changesSince(0)
    expect(await apply({ products })).toMatchObject({ ok: true })
    const { changes } = await project.stub().changesSince(revision)
    expect(changes).toEqual([])
  })

  it('never leaves a project without the tier of those who bought nothing', async () => {
    const { read, apply } = await live()
    const { tiers } = await read()
    const archived = tiers.map((tier) => ({ ...tier, archived: true }))
    expect(await apply({ tiers: archived })).toMatchObject({ ok: false, code: 'default_tier' })
    expect((await read()).tiers).toEqual(tiers)
  })

  it('counts the images that it brought, as large as they are', async () => {
    const { project, apply } = await live()
    const name = `${'a'.repeat(23)}.png`
    await apply({ products: [product('mug', ['MUG'], { images: [name] })] })
    const key = `${project.projectId}/l${name}`
    await project.stub().imageCopied(key, 12_345)
    expect(await rows(project, 'SELECT key, bytes, unused_at FROM images')).toEqual([
      { key, bytes: 12_345, unused_at: null },
    ])
  })
})
