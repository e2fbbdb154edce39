/** Shapes as distances: how far a point is from the edge, negative inside. Pure; nothing is drawn here. */

export interface Shape {
  /** The square that holds it: left, top, right, bottom. */
  readonly bounds: readonly [number, number, number, number]
  distance(x: number, y: number): number
}

export interface Place {
  readonly x: number
  readonly y: number
}

/** Math.hypot minds overflow and is ten times as slow. */
export const length = (x: number, y: number) => Math.sqrt(x * x + y * y)

/** A box with rounded corners, given by its middle and half its size, turned by `turn` radians. */
export function box(
  { x, y }: Place,
  { wide, high, round = 0, turn = 0 }: { wide: number; high: number; round?: number; turn?: number },
): Shape {
  const cos = Math.cos(turn)
  const sin = Math.sin(turn)
  const reach = turn === 0 ? null : length(wide, high)
  const w = reach ?? wide
  const h = reach ?? high
  return {
    bounds: [x - w, y - h, x + w, y + h],
    distance(px, py) {
      const dx = px - x
      const dy = py - y
      const ax = Math.abs(dx * cos + dy * sin) - wide + round
      const ay = Math.abs(dy * cos - dx * sin) - high + round
      return length(Math.max(ax, 0), Math.max(ay, 0)) + Math.min(Math.max(ax, ay), 0) - round
    },
  }
}

export function ellipse({ x, y }: Place, wide: number, high: number): Shape {
  return {
    bounds: [x - wide, y - high, x + wide, y + high],
    distance(px, py) {
      const dx = px - x
      const dy = py - y
      const near = length(dx / wide, dy / high)
      const steep = length(dx / wide ** 2, dy / high ** 2)
      return steep === 0 ? -Math.min(wide, high) : (near * (near - 1)) / steep
    },
  }
}

/** A line with round ends. */
export function rod(from: Place, to: Place, thick: number): Shape {
  const dx = to.x - from.x
  const dy = to.y - from.y
  const whole = dx * dx + dy * dy
  return {
    bounds: [
      Math.min(from.x, to.x) - thick,
      Math.min(from.y, to.y) - thick,
      Math.max(from.x, to.x) + thick,
      Math.max(from.y, to.y) + thick,
    ],
    distance(px, py) {
      const along = Math.min(Math.max(((px - from.x) * dx + (py - from.y) * dy) / whole, 0), 1)
      return length(px - from.x - dx * along, py - from.y - dy * along) - thick
    },
  }
}

/** A drop that stands on its round end. */
export function drop({ x, y }: Place, wide: number, high: number): Shape {
  return {
    bounds: [x - wide, y - high, x + wide, y],
    distance(px, py) {
      const t = Math.min(Math.max((y - py) / high, 0), 1)
      return Math.abs(px - x) - wide * Math.sin(Math.PI * t ** 0.55) ** 1.15
    },
  }
}

export function both(a: Shape, b: Shape): Shape {
  return {
    bounds: [
      Math.max(a.bounds[0], b.bounds[0]),
      Math.max(a.bounds[1], b.bounds[1]),
      Math.min(a.bounds[2], b.bounds[2]),
      Math.min(a.bounds[3], b.bounds[3]),
    ],
    distance: (x, y) => Math.max(a.distance(x, y), b.distance(x, y)),
  }
}
