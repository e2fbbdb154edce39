import { describe, expect, it } from 'vitest'
import { orderUrl, readOrderKey } from '../../worker/orderLink.ts'

describe('a buyer’s link', () => {
  const address = { mode: 'test', projectId: 'a'.repeat(20) } as const
  const site = { origin: 'https://shop.example', secret: 'secret' }

  it('opens its own order of its own project, and is made the same every time', async () => {
    const link = await orderUrl('ord_1', address, site)
    const key = new URL(link).searchParams.get('key') ?? ''
    expect(await readOrderKey('ord_1', key, 'secret')).toEqual(address)
    expect(await orderUrl('ord_1', address, site)).toBe(link)
    expect(await readOrderKey('ord_2', key, 'secret')).toBeNull()
    expect(await readOrderKey('ord_1', key, 'another secret')).toBeNull()
    expect(await readOrderKey('ord_1', key.replace('test', 'live'), 'secret')).toBeNull()
    expect(await readOrderKey('ord_1', key.replace('aaaa', 'bbbb'), 'secret')).toBeNull()
    for (let at = 0; at < key.length; at += 1) {
      const changed = `${key.slice(0, at)}${key[at] === '0' ? '1' : '0'}${key.slice(at + 1)}`
      expect(await readOrderKey('ord_1', changed, 'secret')).toBeNull()
    }
  })
})
