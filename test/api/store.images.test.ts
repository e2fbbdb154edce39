/** Images are what their bytes are, and can be served as nothing else. */

import { describe, expect, it } from 'vitest'
import { page, secret, useApp, type Answer, type Body, type TestProject } from '../support/app.ts'
import { addProduct, aProduct, aStore, productOf } from '../support/store.ts'

const app = useApp()
const shop = async (): Promise<TestProject> => (await aStore(app(), { products: [] })).project

/** The first bytes of each kind, and a few more that nobody looks at. */
const bytesOf = (head: readonly number[] | string): Uint8Array<ArrayBuffer> => {
  const start = typeof head === 'string' ? new TextEncoder().encode(head) : Uint8Array.from(head)
  const bytes = new Uint8Array(100).fill(7)
  bytes.set(start)
  return bytes
}
const PNG = bytesOf([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const KINDS = [
  ['png', 'image/png', PNG],
  ['jpg', 'image/jpeg', bytesOf([0xff, 0xd8, 0xff, 0xe0])],
  ['webp', 'image/webp', bytesOf('RIFF\u0001\u0001\u0001\u0001WEBPVP8 ')],
  ['gif', 'image/gif', bytesOf('GIF89a')],
  ['avif', 'image/avif', bytesOf('\u0000\u0000\u0000\u0020ftypavif')],
] as const

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const upload = (project: TestProject, bytes: Uint8Array, facts: object = {}): Promise<Answer<Body>> =>
  app().call('POST', '/api/assets', {
    headers: secret(project),
    body: { filename: 'photo.png', contentType: 'image/png', data: base64(bytes), ...facts },
  })
const uploaded = async (project: TestProject, bytes: Uint8Array = PNG): Promise<Body> =>
  (await upload(project, bytes)).body

async function send(project: TestProject, form: FormData): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${app().server.url}/api/assets`, {
    method: 'POST',
    headers: secret(project),
    body: form,
  })
  return { status: response.status, body: await response.json() }
}
const see = (url: string, headers: Record<string, string> = {}) => fetch(app().server.url + url, { headers })

describe('an upload', () => {
  it.each(KINDS)(
    'of a %s is taken for what it is, as JSON and as a form, whatever it is called',
    async (ending, type, bytes) => {
      const project = await shop()
      const form = new FormData()
      form.set('note', 'a field that is no file')
      form.set('file', new Blob([bytes], { type: 'text/html' }), 'page.html')
      const sent = await send(project, form)
      const json = await upload(project, bytes, { filename: 'run.svg', contentType: 'image/svg+xml' })
      for (const { status, body } of [sent, json]) {
        expect(status).toBe(200)
        expect(body.key).toMatch(new RegExp(`^${project.projectId}/[0-9a-z]{24}\\.${ending}$`))
        expect(body).toMatchObject({
          url: `/api/assets/${body.key}`,
          absoluteUrl: `${app().server.url}/api/assets/${body.key}`,
        })
        const served = await see(body.url)
        expect([served.status, served.headers.get('Content-Type')]).toEqual([200, type])
        expect(new Uint8Array(await served.arrayBuffer())).toEqual(bytes)
      }
    },
  )

  it.each([
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['an SVG with a prologue', '<?xml version="1.0"?><svg onload="alert(1)"/>'],
    ['a page', '<!doctype html><script>alert(1)</script>'],
    ['a PDF', '%PDF-1.7'],
    ['a half PNG', '\u0089PN'],
    ['a RIFF that is a sound', 'RIFF\u0001\u0001\u0001\u0001WAVE'],
    ['a film', '\u0000\u0000\u0000\u0020ftypisom'],
    ['nearly a GIF', 'GIF88a'],
  ])('of %s renamed to .png is refused', async (_, text) => {
    const project = await shop()
    const refused = await upload(project, bytesOf(text))
    expect([refused.status, refused.body.code]).toEqual([400, 'image_refused'])
    const form = new FormData()
    form.set('file', new Blob([bytesOf(text)], { type: 'image/png' }), 'photo.png')
    expect((await send(project, form)).body.code).toBe('image_refused')
  })

  it('of nothing, of the head alone, or of more than 5 MB is refused; of exactly 5 MB it is taken', async () => {
    const project = await shop()
    for (const size of [0, 1, 15]) expect((await upload(project, PNG.slice(0, size))).status, `${size}`).toBe(400)
    const large = new Uint8Array(5 * 1024 * 1024 + 1)
    large.set(PNG)
    expect((await upload(project, large)).body).toMatchObject({ code: 'payload_too_large' })
    expect((await upload(project, large.slice(0, -1))).status).toBe(200)
    const form = new FormData()
    form.set('file', new Blob([new Uint8Array(8 * 1024 * 1024)]), 'photo.png')
    expect((await send(project, form)).status).toBe(413)
  })

  it.each([
    ['no body', {}],
    ['no data', { filename: 'a.png' }],
    ['no name', { data: base64(PNG) }],
    ['no base64', { filename: 'a.png', data: 'not base64!' }],
    ['an unknown field', { filename: 'a.png', data: base64(PNG), path: '../x' }],
    ['a number', { filename: 'a.png', data: 5 }],
  ])('with %s is refused by name', async (_, body) => {
    const refused = await app().call('POST', '/api/assets', { headers: secret(await shop()), body })
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request'])
  })

  it('of a form without a file, or a broken one, is refused', async () => {
    const project = await shop()
    const form = new FormData()
    form.set('file', 'text')
    expect((await send(project, form)).body.code).toBe('invalid_request')
    const headers = { ...secret(project), 'Content-Type': 'multipart/form-data; boundary=x' }
    const broken = await app().call('POST', '/api/assets', { headers, body: 'nothing of a form' })
    expect([broken.status, broken.body.code]).toEqual([400, 'invalid_request'])
  })

  it('needs the secret key', async () => {
    const body = { filename: 'a.png', data: base64(PNG) }
    expect((await app().call('POST', '/api/assets', { headers: page(await shop()), body })).status).toBe(403)
    expect((await app().call('POST', '/api/assets', { body })).status).toBe(401)
  })
})

describe('an image', () => {
  it('never changes, is cached for ever, runs nothing, and is not sent twice', async () => {
    const { url } = await uploaded(await shop())
    const served = await see(url)
    const head = Object.fromEntries(served.headers)
    expect(head).toMatchObject({
      'content-type': 'image/png',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'accept-ranges': 'bytes',
    })
    const etag = head['etag'] ?? ''
    expect(etag).toMatch(/^"/)
    const again = await see(url, { 'If-None-Match': etag })
    expect([again.status, await again.text(), again.headers.get('ETag')]).toEqual([304, '', etag])
    expect((await see(url, { 'If-None-Match': '"other"' })).status).toBe(200)
  })

  it('says how large it is to a HEAD, without its bytes; another place of the API does not answer one', async () => {
    const project = await shop()
    const { url } = await uploaded(project)
    const head = (path: string, headers: Record<string, string> = {}) =>
      fetch(app().server.url + path, { method: 'HEAD', headers })
    const whole = await head(url)
    expect([whole.status, whole.headers.get('Content-Length'), await whole.text()]).toEqual([200, '100', ''])
    const same = ['Content-Type', 'ETag', 'Cache-Control', 'Accept-Ranges', 'X-Content-Type-Options']
    const got = await see(url)
    for (const name of same) expect(whole.headers.get(name), name).toBe(got.headers.get(name))
    const known = await head(url, { 'If-None-Match': got.headers.get('ETag') ?? '' })
    expect(known.status).toBe(304)
    expect((await head(`${url}x`)).status).toBe(404)
    expect((await head('/api/products')).status).toBe(405)
  })

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=90-', 90, 10],
    ['bytes=-5', 95, 5],
    ['bytes=99-200', 99, 1],
    ['bytes=-500', 0, 100],
  ])('is served in parts: %s', async (range, offset, length) => {
    const { url } = await uploaded(await shop())
    const part = await see(url, { Range: range })
    expect(part.status).toBe(206)
    expect(part.headers.get('Content-Range')).toBe(`bytes ${offset}-${offset + length - 1}/100`)
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(PNG.slice(offset, offset + length))
  })

  it('says 416 to a part it does not have, and the whole to a range that is none', async () => {
    const { url } = await uploaded(await shop())
    const beyond = await see(url, { Range: 'bytes=100-' })
    expect([beyond.status, beyond.headers.get('Content-Range')]).toEqual([416, 'bytes */100'])
    for (const range of ['bytes=', 'lines=1-2', 'bytes=9-3', 'bytes=a-b', '']) {
      const { status } = await see(url, { Range: range })
      expect([200, 416], range).toContain(status)
    }
  })

  it.each(['nothing.png', '..%2f..%2fsecret.png', `${'a'.repeat(24)}.svg`, `${'a'.repeat(24)}.png`, '%00'])(
    'that is not there is a plain 404: %s',
    async (file) => {
      const { projectId } = await shop()
      for (const headers of [{}, { Range: 'bytes=0-1' }] as Record<string, string>[]) {
        const answer = await see(`/api/assets/${projectId}/${file}`, headers)
        expect(answer.status).toBe(404)
        expect(await answer.json()).toMatchObject({ requestId: expect.any(String) })
      }
    },
  )
})

describe('the images of a product', () => {
  it('are shown with it, and gone with it', async () => {
    const project = await shop()
    const [first, second, kept] = [await uploaded(project), await uploaded(project), await uploaded(project)]
    const product = await addProduct(app(), project, aProduct({ images: [first.key, second.key] }))
    const shown = await productOf(app(), project, product.id)
    expect(shown).toMatchObject({ imageUrl: first.absoluteUrl, images: [first.absoluteUrl, second.absoluteUrl] })
    await app().ok('DELETE', `/api/products/${product.id}`, { headers: secret(project) })
    await app().settle()
    expect((await see(first.url)).status).toBe(404)
    expect((await see(second.url)).status).toBe(404)
    expect((await see(kept.url)).status).toBe(200)
  })

  it('that another product shows too stay for it', async () => {
    const project = await shop()
    const image = await uploaded(project)
    const [one, two] = [
      await addProduct(app(), project, aProduct({ images: [image.key] })),
      await addProduct(app(), project, aProduct({ images: [image.key] })),
    ]
    await app().ok('DELETE', `/api/products/${one.id}`, { headers: secret(project) })
    await app().settle()
    expect((await see(image.url)).status).toBe(200)
    await app().ok('DELETE', `/api/products/${two.id}`, { headers: secret(project) })
    await app().settle()
    expect((await see(image.url)).status).toBe(404)
  })

  it('that were replaced, or never came to be shown, are gone after a day and not before', async () => {
    const project = await shop()
    const [old, fresh, idle] = [await uploaded(project), await uploaded(project), await uploaded(project)]
    const product = await addProduct(app(), project, aProduct({ images: [old.key] }))
    const headers = secret(project)
    await app().ok('PATCH', `/api/products/${product.id}`, { headers, body: { images: [fresh.key] } })
    await app().advance('23h')
    for (const image of [old, fresh, idle]) expect((await see(image.url)).status).toBe(200)
    await app().advance('2h')
    expect((await see(old.url)).status).toBe(404)
    expect((await see(idle.url)).status).toBe(404)
    expect((await see(fresh.url)).status).toBe(200)
    const late = await app().call('PATCH', `/api/products/${product.id}`, { headers, body: { images: [old.key] } })
    expect([late.status, late.body.code]).toEqual([400, 'invalid_request'])
  })

  it('are the project’s own: another project’s image can be neither shown nor deleted', async () => {
    const [project, stranger] = [await shop(), await shop()]
    const theirs = await uploaded(stranger)
    const headers = secret(project)
    const added = await app().call('POST', '/api/products', { headers, body: aProduct({ images: [theirs.key] }) })
    expect([added.status, added.body.code]).toEqual([400, 'invalid_request'])
    const product = await addProduct(app(), project, aProduct())
    const changed = await app().call('PATCH', `/api/products/${product.id}`, {
      headers,
      body: { images: [theirs.key] },
    })
    expect([changed.status, changed.body.code]).toEqual([400, 'invalid_request'])
    await app().ok('DELETE', `/api/products/${product.id}`, { headers })
    await app().settle()
    expect((await see(theirs.url)).status).toBe(200)
  })
})
