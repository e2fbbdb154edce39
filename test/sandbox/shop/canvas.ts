/** A square to paint on: washes, shapes with soft edges, light and shadow. */
import { length } from './shape.ts'
import type { Pixels } from './png.ts'
import type { Place, Shape } from './shape.ts'

export type Color = readonly [red: number, green: number, blue: number]

/** The color of a point. */
export type Paint = (x: number, y: number) => Color

export const flat = (color: Color): Paint => {
  return () => color
}

export const mix = (a: Color, b: Color, share: number): Color => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
]

const within = (value: number) => Math.min(Math.max(value, 0), 1)

/** From one color above to another below. */
export function fade(above: Color, below: Color, from: number, to: number): Paint {
  return (_, y) => mix(above, below, within((y - from) / (to - from)))
}

/** Turned like a column lit from the left. */
export function column(color: Color, middle: number, half: number): Paint {
  const light = mix(color, [255, 248, 235], 0.32)
  const dark = mix(color, [20, 12, 20], 0.42)
  return (x) => {
    const across = (x - middle) / half
    const shine = Math.exp(-((across + 0.42) ** 2) / 0.16)
    return mix(mix(color, dark, within((across + 0.15) * 0.85) ** 1.4), light, shine * 0.85)
  }
}

export const hex = (text: string): Color => [
  Number.parseInt(text.slice(1, 3), 16),
  Number.parseInt(text.slice(3, 5), 16),
  Number.parseInt(text.slice(5, 7), 16),
]

export class Canvas {
  readonly size: number
  readonly #pixels: Float32Array

  constructor(size: number) {
    this.size = size
    this.#pixels = new Float32Array(size * size * 3)
  }

  /** Covers everything from one row to another. */
  wash(paint: Paint, from = 0, to = this.size) {
    const pixels = this.#pixels
    for (let y = from; y < to; y += 1) {
      const [red, green, blue] = paint(0, y)
      const end = (y + 1) * this.size * 3
      for (let at = y * this.size * 3; at < end; at += 3) {
        pixels[at] = red
        pixels[at + 1] = green
        pixels[at + 2] = blue
      }
    }
  }

  /** Paints a shape; `soft` is the width of its edge in points. */
  fill(shape: Shape, paint: Paint, { soft = 1.4, cover = 1 }: { soft?: number; cover?: number } = {}) {
    const { left, top, right, bottom } = this.#inside(shape.bounds, soft)
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) {
        const share = 0.5 - shape.distance(x + 0.5, y + 0.5) / soft
        if (share > 0) blend(this.#pixels, (y * this.size + x) * 3, paint(x, y), Math.min(share, 1) * cover)
      }
    }
  }

  /** Light that fades out from a point. */
  glow({ x, y }: Place, reach: number, color: Color, strength: number) {
    const pixels = this.#pixels
    const { left, top, right, bottom } = this.#inside([x - reach, y - reach, x + reach, y + reach], 0)
    for (let row = top; row < bottom; row += 1) {
      for (let column = left; column < right; column += 1) {
        const near = 1 - length(column - x, row - y) / reach
        if (near <= 0) continue
        const light = (strength * near * near) / 255
        const at = (row * this.size + column) * 3
        for (let part = 0; part < 3; part += 1) pixels[at + part]! += (255 - pixels[at + part]!) * color[part]! * light
      }
    }
  }

  /** What a thing throws on the table it stands on. */
  shadow(at: Place, wide: number, high: number, dark = 0.32) {
    const { left, top, right, bottom } = this.#inside([at.x - wide, at.y - high, at.x + wide, at.y + high], 0)
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) {
        const far = length((x - at.x) / wide, (y - at.y) / high)
        if (far < 1) blend(this.#pixels, (y * this.size + x) * 3, SHADE, dark * (1 - far))
      }
    }
  }

  pixels(): Pixels {
    return { width: this.size, height: this.size, bytes: new Uint8ClampedArray(this.#pixels) }
  }

  #inside([left, top, right, bottom]: Shape['bounds'], edge: number) {
    return {
      left: Math.max(0, Math.floor(left - edge)),
      top: Math.max(0, Math.floor(top - edge)),
      right: Math.min(this.size, Math.ceil(right + edge)),
      bottom: Math.min(this.size, Math.ceil(bottom + edge)),
    }
  }
}

const SHADE: Color = [24, 12, 16]

function blend(pixels: Float32Array, at: number, color: Color, share: number) {
  for (let part = 0; part < 3; part += 1) pixels[at + part]! += (color[part]! - pixels[at + part]!) * share
}
