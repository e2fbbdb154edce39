/** What a client that speaks HTTP properly never sends: nothing of it harms, delays or answers another [M2]. */

import { beforeAll, describe, expect, it } from 'vitest'
import { as, useApp, type TestProject } from '../support/app.ts'
import { onFreePort } from '../support/port.ts'
import { startServer } from '../support/server.ts'
import { textOf, Wire } from '../support/wire.ts'

const app = useApp()
let project: TestProject
beforeAll(async () => {
  project = await app().project()
})

const connect = () => Wire.connect(app().server.port)
/** A call that counts one use of a customer. */
const counting = (customerId: string, body = '{"quantity":1}') => ({
  method: 'POST',
  path: '/api/data',
  headers: { ...as(project, customerId), 'Content-Type': 'application/json' },
  body,
})
const used = async (customerId: string) => (await app().usage(project, customerId)).used as number

describe('a request that never ends', () => {
  it('counts nothing when its sender hangs up in the middle, wherever the middle is', async () => {
    const text = textOf(counting('half'))
    for (const part of [4, text.indexOf('Host'), text.indexOf('\r\n\r\n') + 2, text.length - 1]) {
      const wire = await connect()
      wire.send(text.slice(0, part))
      expect((await app().call('GET', '/health')).status).toBe(200)
      wire.hangUp()
    }
    expect(await used('half')).toBe(0)
  })

  it('holds up nobody while it drips in, and is counted once when it is whole [F30]', async () => {
    const text = textOf(counting('slow'))
    const wire = await connect()
    for (const [index, byte] of [...text].entries()) {
      wire.send(byte)
      if (index % 40 === 0) await app().ok('POST', '/api/data', { headers: as(project, 'quick') })
    }
    expect(await wire.answer()).toMatchObject({ status: 200, body: { usage: { used: 1 } } })
    wire.hangUp()
    expect(await used('quick')).toBe(Math.ceil(text.length / 40))
  })
})

describe('several requests at once', () => {
  it('on one connection are each counted once and answered in their order', async () => {
    const wire = await connect()
    const many = 20
    wire.send(textOf(counting('piped')).repeat(many))
    for (let count = 1; count <= many; count += 1)
      expect(await wire.answer()).toMatchObject({ status: 200, body: { usage: { used: count } } })
    wire.hangUp()
  })

  it('are not made of the body of one that is refused', async () => {
    const hidden = textOf(counting('hidden'))
    for (const path of ['/api/data', '/nowhere', '/health']) {
      const wire = await connect()
      wire.request({ method: 'POST', path, body: hidden })
      expect((await wire.answer())?.status).toBeGreaterThanOrEqual(400)
      wire.request({ path: '/health', headers: { Connection: 'close' } })
      const next = await wire.answer() // `null` where the refusal ended the connection
      if (next !== null) expect(next).toMatchObject({ status: 200, body: { status: 'ok' } })
      wire.hangUp()
    }
    expect(await used('hidden')).toBe(0)
  })

  it('are not made of one that gives two lengths', async () => {
    const hidden = textOf(counting('smuggled'))
    const body = `0\r\n\r\n${hidden}`
    const twice = { 'Transfer-Encoding': 'chunked', 'Content-Length': String(body.length) }
    const wire = await connect()
    wire.send(textOf({ ...counting('outer', body), headers: { ...as(project, 'outer'), ...twice } }))
    await wire.answer()
    wire.hangUp()
    await app().ok('GET', '/health')
    expect(await used('smuggled')).toBe(0)
  })
})

describe('bytes that are no request', () => {
  const GARBAGE: Record<string, string | Uint8Array> = {
    'random bytes': Uint8Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256),
    'the greeting of TLS': Uint8Array.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
    'an empty line without end': '\r\n'.repeat(5_000),
    'no method': ' / HTTP/1.1\r\nHost: a\r\n\r\n',
    'no version': 'GET /health\r\n\r\n',
    'a header without a colon': 'GET /health HTTP/1.1\r\nHost localhost\r\n\r\n',
    'a NUL in a header': 'GET /health HTTP/1.1\r\nHost: a\0b\r\n\r\n',
    'HTTP/2 at once': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  }

  it.each(Object.entries(GARBAGE))(
    '%s are never an error of ours, and others are served meanwhile',
    async (_, bytes) => {
      const wire = await connect()
      wire.send(bytes)
      expect((await app().call('GET', '/health')).status).toBe(200)
      wire.send('\r\n\r\n')
      const said = await Promise.race([
        wire.answer(),
        app()
          .ok('GET', '/health')
          .then(() => null),
      ])
      if (said !== null) expect([200, 400, 404, 501, 505]).toContain(said.status)
      wire.hangUp()
      expect((await app().call('GET', '/health')).status).toBe(200)
    },
  )
})

describe('a head that is too large', () => {
  const LARGE: Record<string, { path: string; headers?: Record<string, string> }> = {
    'one header of 32 KB': { path: '/health', headers: { 'X-Large': 'x'.repeat(32 * 1024) } },
    'one header of 1 MB': { path: '/health', headers: { 'X-Large': 'x'.repeat(1024 * 1024) } },
    '500 headers': {
      path: '/health',
      headers: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`X-Many-${index}`, 'x'])),
    },
    'an address of 60 KB': { path: `/health?q=${'x'.repeat(60 * 1024)}` },
    'a secret key of 100 KB': { path: '/api/tiers', headers: { Authorization: `Bearer ${'s'.repeat(100 * 1024)}` } },
  }

  it.each(Object.entries(LARGE))('%s is served or refused, and never breaks anything', async (_, request) => {
    const wire = await connect()
    wire.request({ ...request, headers: { ...request.headers, Connection: 'close' } })
    const said = await wire.answer() // `null`: the connection was ended
    if (said !== null) expect([200, 400, 401, 413, 414, 431]).toContain(said.status)
    wire.hangUp()
    expect((await app().call('GET', '/health')).status).toBe(200)
  })
})

describe('a port', () => {
  it('is the same by whichever name of this machine it is called', async () => {
    for (const name of ['localhost', '127.0.0.1']) {
      const answer = await fetch(`http://${name}:${app().server.port}/sandbox/faults`)
      expect([answer.status, await answer.json()]).toEqual([200, { faults: [] }])
    }
  })

  it('that somebody takes before the server listens is given up for another', async () => {
    const taken: number[] = []
    const second = await onFreePort((port) => {
      taken.push(port)
      return startServer({ port: taken.length === 1 ? app().server.port : port, stateDir: null })
    })
    expect(taken).toHaveLength(2)
    expect((await fetch(`${second.url}/health`)).status).toBe(200)
    await second.stop()
  })
})
