/** Images of a shop: stored as what their bytes are, served so that they can be nothing else. */

import * as v from 'valibot'
import { json, need, parse, parseJson, readBytes, refuse, toText } from '../http.ts'
import { IMAGE_MAX_BYTES, imageTypeOf, MEDIA_TYPES, type ImageType } from '../image.ts'
import { randomText } from '../keys.ts'
import type { Call, KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'

/** Base64 makes four characters of three bytes; a little more for the rest of the body. */
const BODY_MAX_BYTES = Math.ceil((IMAGE_MAX_BYTES * 4) / 3) + 16 * 1024

const JsonUpload = v.strictObject({
  filename: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  contentType: v.optional(v.pipe(v.string(), v.maxLength(100))),
  /** Base64. */
  data: v.string(),
})

/** Stores an image of at most 5 MB, sent as JSON with base64 or as multipart. Its name and type are not believed. */
export async function upload({ request, env, caller, url, ...address }: KeyedCall): Promise<Response> {
  need(await projectAt(env, address).admitUpload(caller))
  const bytes = await imageIn(request)
  if (bytes.byteLength > IMAGE_MAX_BYTES)
    return refuse('payload_too_large', { message: 'An image may have at most 5 MB.' })
  const type = imageTypeOf(bytes)
  if (type === null) return refuse('image_refused')
  // Test and live share the project's folder; the first letter says whose the image is: all of a mode share a prefix.
  const key = `${address.projectId}/${address.mode[0]}${randomText(23)}.${type}`
  need(await projectAt(env, address).startUpload(caller, { key, bytes: bytes.byteLength }))
  await env.IMAGES.put(key, bytes, { httpMetadata: { contentType: MEDIA_TYPES[type] } })
  return json({ key, url: `/api/assets/${key}`, absoluteUrl: `${url.origin}/api/assets/${key}` })
}

async function imageIn(request: Request): Promise<Uint8Array> {
  const bytes = await readBytes(request, BODY_MAX_BYTES)
  const type = request.headers.get('Content-Type') ?? ''
  if (type.startsWith('multipart/form-data')) return filePart(bytes, type)
  const { data } = parse(JsonUpload, parseJson(toText(bytes)))
  return fromBase64(data)
}

function fromBase64(data: string): Uint8Array {
  try {
    return Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  } catch {
    return refuse('invalid_request', { message: 'data must be base64.' })
  }
}

/** The first file of a form. */
async function filePart(bytes: Uint8Array, type: string): Promise<Uint8Array> {
  const form = await new Response(bytes, { headers: { 'Content-Type': type } }).formData().catch(() => null)
  const file = form === null ? undefined : [...form.values()].find((value) => typeof value !== 'string')
  if (file === undefined || typeof file === 'string')
    return refuse('invalid_request', { message: 'The form has no file in it.' })
  return new Uint8Array(await (file as Blob).arrayBuffer())
}

const KEY = /^[0-9a-z]{20}\/[0-9a-z]{24}\.(png|jpg|webp|gif|avif)$/

export async function serve({ request, params, env }: Call): Promise<Response> {
  const key = `${params['project'] ?? ''}/${params['file'] ?? ''}`
  const match = KEY.exec(key)
  if (match === null) return refuse('image_not_found')
  const part = await partOf(request, key, env)
  if (part !== null && 'size' in part)
    return new Response(null, { status: 416, headers: { 'Content-Range': `bytes */${part.size}` } })
  const object = await env.IMAGES.get(key, { onlyIf: conditions(request), ...(part === null ? {} : { range: part }) })
  if (object === null) return refuse('image_not_found')
  const headers = new Headers({
    'Content-Type': MEDIA_TYPES[match[1] as ImageType],
    'Content-Disposition': `inline; filename="${params['file']}"`,
    'Cache-Control': 'public, max-age=31536000, immutable',
    ETag: object.httpEtag,
    'Accept-Ranges': 'bytes',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'cross-origin',
  })
  if (!('body' in object)) return new Response(null, { status: 304, headers })
  headers.set('Content-Length', String(part?.length ?? object.size))
  if (part === null) return new Response(object.body, { headers })
  headers.set('Content-Range', `bytes ${part.offset}-${part.offset + part.length - 1}/${object.size}`)
  return new Response(object.body, { status: 206, headers })
}

function conditions(request: Request): Headers {
  const known = request.headers.get('If-None-Match')
  return known === null ? new Headers() : new Headers({ 'If-None-Match': known })
}

interface Part {
  readonly offset: number
  readonly length: number
}

/** The part that is asked for; `null` for the whole, and the size of an image that has no such part. */
async function partOf(request: Request, key: string, env: Call['env']): Promise<Part | { size: number } | null> {
  const range = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(request.headers.get('Range') ?? '')
  const [, first = '', last = ''] = range ?? []
  if (first === '' && last === '') return null
  const head = await env.IMAGES.head(key)
  if (head === null) return refuse('image_not_found')
  const { size } = head
  const offset = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1)
  return offset < end ? { offset, length: end - offset } : { size }
}
