/** Images of a shop. Bytes are judged by what they are; a name decides nothing. */

import type { CallOptions, DreamClient } from './client.ts'

export interface Image {
  /** For `images` of a product. */
  key: string
  url: string
  absoluteUrl: string
}

export class ImageAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Stores a PNG, JPEG, WebP, GIF or AVIF image of at most 5 MB. One that no product shows goes by itself after a day.
   * Throws `image_refused`, `payload_too_large`, `image_quota_reached`.
   *
   * @example
   * ```ts
   * const { key } = await admin.images.upload(png)
   * await admin.products.create({
   *   name: 'Poster',
   *   images: [key],
   *   variants: [{ prices: [{ unitAmount: 900, currency: 'usd' }] }],
   * })
   * ```
   */
  async upload(image: Blob | Uint8Array<ArrayBuffer>, options?: CallOptions): Promise<Image> {
    const bytes = image instanceof Blob ? new Uint8Array(await image.arrayBuffer()) : image
    return this.#client.post('/api/assets', { filename: 'image', data: toBase64(bytes) }, options)
  }
}

const AT_ONCE = 0x2000

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += AT_ONCE) text += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE))
  return btoa(text)
}
