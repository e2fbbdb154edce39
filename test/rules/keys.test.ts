import { timingSafeEqual } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import {
  makePublishableKey,
  makeSecretKey,
  makeTicket,
  newProjectId,
  readKey,
  readTicket,
  sha256Hex,
} from '../../worker/keys.ts'

// Workers have it, Node does not.
Object.defineProperty(crypto.subtle, 'timingSafeEqual', {
  value: (a: Uint8Array, b: Uint8Array) => timingSafeEqual(a, b),
})

const SECRET = 'one key secret'
const project = { projectId: newProjectId(), mode: 'test' } as const
const other = { projectId: newProjectId(), mode: 'test' } as const
const publishable = await makePublishableKey(project, SECRET)
const secret = await makeSecretKey(project, SECRET)
const TAG = 13

const swap = (text: string, index: number) =>
  text.slice(0, index) + (text[index] === '0' ? '1' : '0') + text.slice(index + 1)

describe('[K1] a key carries its own address', () => {
  it('is read without a lookup: kind, mode, project', async () => {
    expect(await readKey(publishable, SECRET)).toEqual({ kind: 'publishable', ...project })
    expect(await readKey(secret.key, SECRET)).toEqual({ kind: 'secret', ...project, hash: secret.hash })
    const live = await makePublishableKey({ ...project, mode: 'live' }, SECRET)
    expect(await readKey(live, SECRET)).toMatchObject({ mode: 'live' })
  })

  it('is not remembered when it has not the shape of a key: it could be of any length', async () => {
    const remember = vi.spyOn(Map.prototype, 'set')
    const shapeless = [`sk_test_${'0'.repeat(100_000)}`, 'x'.repeat(100_000), `${publishable} `]
    for (const text of shapeless) expect(await readKey(text, SECRET)).toBeNull()
    expect(remember.mock.calls.filter(([name]) => shapeless.includes(name as string))).toEqual([])
    remember.mockRestore()
  })

  it('is stored only as the hash of the whole', async () => {
    expect(secret.hash).toBe(await sha256Hex(secret.key))
    expect(secret.last4).toBe(secret.key.slice(-4))
  })

  it('reads the same the second time', async () => {
    expect(await readKey(secret.key, SECRET)).toEqual(await readKey(secret.key, SECRET))
    expect(await readKey(swap(secret.key, 40), SECRET)).toBeNull()
    expect(await readKey(swap(secret.key, 40), SECRET)).toBeNull()
  })
})

describe('[K1] [K3] what is not quite a key of ours is refused', () => {
  it('whichever single character of it is wrong', async () => {
    for (const key of [publishable, secret.key])
      for (let index = 0; index < key.length; index += 1)
        expect(await readKey(swap(key, index), SECRET), `character ${index}`).toBeNull()
  })

  it('cut short, grown or padded anywhere', async () => {
    for (const key of [publishable, secret.key]) {
      for (let length = 0; length < key.length; length += 1)
        expect(await readKey(key.slice(0, length), SECRET), `${length} characters`).toBeNull()
      for (const text of [`${key}0`, ` ${key}`, `${key}\n`, key.toUpperCase(), `${key}${key}`])
        expect(await readKey(text, SECRET)).toBeNull()
    }
  })

  it('with another mode, another project or another kind under the same tag', async () => {
    const tag = publishable.slice(-TAG)
    for (const text of [
      publishable.replace('_test_', '_live_'),
      `pk_test_${other.projectId}${tag}`,
      secret.key.replace('sk_', 'pk_'),
      publishable.replace('pk_', 'sk_'),
      secret.key.replace(project.projectId, other.projectId),
      secret.key.replace('_test_', '_live_'),
    ])
      expect(await readKey(text, SECRET), text).toBeNull()
  })

  it('with the tag of another of our keys', async () => {
    const second = await makeSecretKey(project, SECRET)
    expect(await readKey(secret.key.slice(0, -TAG) + second.key.slice(-TAG), SECRET)).toBeNull()
  })

  it('signed with another secret', async () => {
    const foreign = await makeSecretKey(project, 'another key secret')
    expect(await readKey(foreign.key, SECRET)).toBeNull()
  })

  it.each([
    '',
    'pk_test_',
    'sk_live_',
    'sk_test_4eC39HqLyjWDarjtT1zdp7dc',
    'null',
    '__proto__',
    'pk_test_'.repeat(500),
  ])('which %j is not', async (text) => expect(await readKey(text, SECRET)).toBeNull())
})

describe('[K1] a ticket for the feed', () => {
  it('carries its address and is refused when forged', async () => {
    const ticket = await makeTicket(project, SECRET)
    expect(await readTicket(ticket, SECRET)).toEqual(project)
    for (let index = 0; index < ticket.length; index += 1)
      expect(await readTicket(swap(ticket, index), SECRET)).toBeNull()
    expect(await readTicket(ticket, 'another key secret')).toBeNull()
    expect(await readTicket(secret.key, SECRET)).toBeNull()
    expect(await readKey(ticket, SECRET)).toBeNull()
  })

  it('is never the same twice', async () => {
    const tickets = await Promise.all(Array.from({ length: 100 }, () => makeTicket(project, SECRET)))
    expect(new Set(tickets).size).toBe(100)
  })
})
