/** The goods of the demo shop as small still lifes, each on a ground of its own. */
import { Canvas, column, fade, flat, hex, mix } from './canvas.ts'
import { both, box, drop, ellipse, rod } from './shape.ts'
import type { Color } from './canvas.ts'
import type { Pixels } from './png.ts'
import type { Place } from './shape.ts'

const SIZE = 600
const TABLE = 440

interface Room {
  wall: [above: string, below: string]
  table: [far: string, near: string]
  light?: number
}

function room({ wall, table, light = 0.28 }: Room): Canvas {
  const canvas = new Canvas(SIZE)
  canvas.wash(fade(hex(wall[0]), hex(wall[1]), 0, TABLE), 0, TABLE)
  canvas.wash(fade(hex(table[0]), hex(table[1]), TABLE, SIZE), TABLE)
  canvas.glow({ x: 120, y: 90 }, 430, [255, 246, 228], light)
  return canvas
}

/** A burning wick whose foot is at this place, and the light around it. */
function flame(canvas: Canvas, { x, y }: Place, scale = 1) {
  canvas.glow({ x, y: y - 30 * scale }, 210 * scale, [255, 196, 110], 0.5)
  canvas.fill(rod({ x, y }, { x: x + 1, y: y - 14 * scale }, 2.2 * scale), flat(hex('#3b2a20')))
  canvas.fill(
    drop({ x, y: y - 4 * scale }, 17 * scale, 74 * scale),
    fade(hex('#ffb648'), hex('#ff8a2b'), y - 78 * scale, y),
    {
      soft: 5 * scale,
      cover: 0.95,
    },
  )
  canvas.fill(
    drop({ x, y: y - 8 * scale }, 9.5 * scale, 46 * scale),
    fade(hex('#fff6d4'), hex('#ffdc8a'), y - 54 * scale, y),
    {
      soft: 4 * scale,
    },
  )
}

/** An upright round body from its top to its foot, with the ellipse of its mouth. */
function barrel(canvas: Canvas, at: Place, half: number, top: number, color: Color) {
  const paint = column(color, at.x, half)
  const lip = half * 0.17
  canvas.shadow({ x: at.x + half * 0.45, y: at.y + 4 }, half * 1.9, 44)
  canvas.fill(ellipse(at, half, lip), paint)
  canvas.fill(box({ x: at.x, y: (at.y + top) / 2 }, { wide: half, high: (at.y - top) / 2 }), paint)
  canvas.fill(ellipse({ x: at.x, y: top }, half, lip), flat(mix(color, [255, 250, 240], 0.35)))
}

function label(canvas: Canvas, at: Place, wide: number, high: number, ink: Color) {
  canvas.fill(box(at, { wide, high, round: 3 }), column(hex('#f4ead8'), at.x, wide * 1.5))
  canvas.fill(
    box({ x: at.x, y: at.y - high * 0.35 }, { wide: wide * 0.14, high: wide * 0.14, turn: Math.PI / 4 }),
    flat(ink),
  )
  canvas.fill(box({ x: at.x, y: at.y + high * 0.1 }, { wide: wide * 0.56, high: 3.4, round: 2 }), flat(ink))
  canvas.fill(box({ x: at.x, y: at.y + high * 0.42 }, { wide: wide * 0.34, high: 2, round: 1 }), flat(ink), {
    cover: 0.7,
  })
}

export function amberJar(): Pixels {
  const canvas = room({ wall: ['#f0e2cf', '#e2c7a4'], table: ['#a8754b', '#c2905f'] })
  const at = { x: 300, y: 500 }
  barrel(canvas, at, 112, 262, hex('#9a5522'))
  canvas.fill(ellipse({ x: 300, y: 262 }, 112, 19), flat(hex('#5f3213')))
  canvas.fill(ellipse({ x: 300, y: 268 }, 102, 14), fade(hex('#f6dfb4'), hex('#e9bf7f'), 254, 284))
  canvas.glow({ x: 300, y: 300 }, 120, [255, 170, 80], 0.5)
  label(canvas, { x: 300, y: 395 }, 66, 56, hex('#5f3213'))
  flame(canvas, { x: 300, y: 266 }, 1.15)
  return canvas.pixels()
}

export function oilBurner(): Pixels {
  const canvas = room({ wall: ['#d9e0d2', '#b5c2ab'], table: ['#8d9a82', '#a4b098'] })
  const clay = hex('#d8cfc0')
  barrel(canvas, { x: 300, y: 505 }, 104, 330, clay)
  canvas.fill(ellipse({ x: 300, y: 330 }, 104, 17), column(hex('#c9bfae'), 300, 104))
  canvas.fill(
    box({ x: 300, y: 448 }, { wide: 50, high: 62, round: 48 }),
    fade(hex('#4a3a2c'), hex('#8a5a30'), 390, 506),
  )
  canvas.glow({ x: 300, y: 470 }, 105, [255, 180, 90], 0.75)
  canvas.fill(box({ x: 300, y: 494 }, { wide: 30, high: 13, round: 4 }), column(hex('#efe6d6'), 300, 30))
  flame(canvas, { x: 300, y: 483 }, 0.55)
  const bowl = both(ellipse({ x: 300, y: 302 }, 148, 62), box({ x: 300, y: 340 }, { wide: 160, high: 40 }))
  canvas.fill(bowl, column(clay, 300, 148))
  canvas.fill(ellipse({ x: 300, y: 298 }, 148, 24), flat(hex('#efe8db')))
  canvas.fill(ellipse({ x: 300, y: 300 }, 136, 19), fade(hex('#9a8455'), hex('#cdb67e'), 280, 320))
  canvas.glow({ x: 262, y: 297 }, 60, [255, 250, 225], 0.5)
  for (const [x, y, lean] of [
    [262, 250, -14],
    [306, 226, 12],
    [340, 256, -9],
  ] as const) {
    canvas.fill(rod({ x, y }, { x: x + lean, y: y - 74 }, 7), flat([255, 255, 255]), { soft: 22, cover: 0.24 })
  }
  return canvas.pixels()
}

export function solstice(): Pixels {
  const canvas = room({ wall: ['#131d3b', '#31436e'], table: ['#1b2443', '#2b375f'], light: 0.04 })
  canvas.glow({ x: 420, y: 150 }, 230, [210, 222, 255], 0.4)
  canvas.fill(ellipse({ x: 420, y: 150 }, 74, 74), fade(hex('#f6f1de'), hex('#d8d6d2'), 76, 224))
  for (const [x, y, r] of [
    [92, 92, 2.4],
    [188, 172, 1.8],
    [250, 66, 2.2],
    [538, 300, 2],
    [66, 262, 1.7],
    [520, 52, 1.8],
    [150, 318, 1.5],
  ] as const)
    canvas.fill(ellipse({ x, y }, r, r), flat([240, 240, 255]), { soft: 2 })
  barrel(canvas, { x: 262, y: 505 }, 82, 236, hex('#e9e2d6'))
  canvas.glow({ x: 262, y: 262 }, 110, [255, 190, 110], 0.5)
  canvas.fill(box({ x: 262, y: 424 }, { wide: 82, high: 26 }), column(hex('#2b3c74'), 262, 82))
  canvas.fill(box({ x: 262, y: 395 }, { wide: 82, high: 3 }), column(hex('#d9b45c'), 262, 82))
  canvas.fill(box({ x: 262, y: 453 }, { wide: 82, high: 3 }), column(hex('#d9b45c'), 262, 82))
  canvas.fill(box({ x: 262, y: 424 }, { wide: 9, high: 9, turn: Math.PI / 4 }), flat(hex('#e8c976')))
  flame(canvas, { x: 262, y: 238 }, 1.1)
  return canvas.pixels()
}

export function tapers(): Pixels {
  const canvas = room({ wall: ['#e9b59c', '#d6896a'], table: ['#8f4a38', '#a95f49'] })
  for (const { x, top } of [
    { x: 228, top: 168 },
    { x: 372, top: 216 },
  ]) {
    canvas.shadow({ x: x + 40, y: 512 }, 130, 34)
    canvas.fill(ellipse({ x, y: 506 }, 66, 15), column(hex('#a9762c'), x, 66))
    canvas.fill(ellipse({ x, y: 500 }, 66, 15), column(hex('#d3a04b'), x, 66))
    canvas.fill(box({ x, y: 470 }, { wide: 10, high: 34 }), column(hex('#c08d3c'), x, 12))
    canvas.fill(box({ x, y: 436 }, { wide: 25, high: 17, round: 7 }), column(hex('#cf9c48'), x, 25))
    const wax = hex('#f0c463')
    canvas.fill(box({ x, y: (top + 424) / 2 }, { wide: 15, high: (424 - top) / 2, round: 8 }), column(wax, x, 15))
    flame(canvas, { x, y: top + 3 }, 0.85)
  }
  return canvas.pixels()
}

export function giftCard(): Pixels {
  const canvas = new Canvas(SIZE)
  canvas.wash(fade(hex('#efe3f1'), hex('#d4bcdc'), 0, SIZE))
  canvas.glow({ x: 140, y: 120 }, 420, [255, 255, 255], 0.5)
  const turn = -0.14
  const card = (x: number, y: number) => box({ x, y }, { wide: 208, high: 132, round: 22, turn })
  canvas.fill(card(312, 336), flat([70, 30, 80]), { soft: 50, cover: 0.4 })
  canvas.fill(card(318, 270), fade(hex('#f4d7a4'), hex('#e7b878'), 120, 430))
  canvas.fill(card(290, 308), (x, y) =>
    mix(hex('#7c3f8c'), hex('#d9627a'), Math.min(Math.max((x + y - 260) / 640, 0), 1)),
  )
  canvas.fill(both(card(290, 308), ellipse({ x: 460, y: 180 }, 190, 190)), flat([255, 255, 255]), { cover: 0.1 })
  canvas.fill(both(card(290, 308), ellipse({ x: 500, y: 420 }, 150, 150)), flat([255, 255, 255]), { cover: 0.1 })
  canvas.glow({ x: 178, y: 296 }, 120, [255, 200, 140], 0.5)
  canvas.fill(drop({ x: 176, y: 350 }, 28, 108), fade(hex('#ffc46b'), hex('#ff9a4a'), 240, 350), { soft: 3 })
  canvas.fill(drop({ x: 176, y: 346 }, 15, 66), fade(hex('#fff6dc'), hex('#ffe1a0'), 280, 346), { soft: 3 })
  for (const [x, y, wide, cover] of [
    [372, 322, 84, 0.95],
    [348, 356, 56, 0.6],
  ] as const)
    canvas.fill(box({ x, y }, { wide, high: wide > 60 ? 7 : 5, round: 5, turn }), flat([255, 244, 235]), { cover })
  return canvas.pixels()
}

export function eveningSet(): Pixels {
  const canvas = room({ wall: ['#f3dcd6', '#e3b3aa'], table: ['#b98078', '#cf9990'] })
  canvas.shadow({ x: 160, y: 506 }, 130, 36)
  for (const [lean, tall] of [
    [-46, 150],
    [-16, 130],
    [18, 136],
    [48, 158],
  ] as const)
    canvas.fill(rod({ x: 142 + lean / 5, y: 356 }, { x: 142 + lean, y: tall }, 3.4), flat(hex('#8a5b3c')))
  barrel(canvas, { x: 142, y: 500 }, 62, 388, hex('#c77f76'))
  canvas.fill(box({ x: 142, y: 362 }, { wide: 24, high: 30, round: 4 }), column(hex('#efe3d6'), 142, 24))
  label(canvas, { x: 142, y: 452 }, 38, 30, hex('#8a4840'))
  barrel(canvas, { x: 330, y: 514 }, 88, 352, hex('#f1e5da'))
  canvas.fill(ellipse({ x: 330, y: 352 }, 88, 15), flat(hex('#d9c6b6')))
  canvas.fill(ellipse({ x: 330, y: 356 }, 79, 11), fade(hex('#fbeeda'), hex('#f2d3a8'), 346, 368))
  label(canvas, { x: 330, y: 446 }, 52, 42, hex('#8a4840'))
  flame(canvas, { x: 330, y: 354 }, 0.95)
  canvas.shadow({ x: 492, y: 528 }, 108, 26)
  canvas.fill(
    box({ x: 484, y: 500 }, { wide: 66, high: 25, round: 4, turn: -0.05 }),
    fade(hex('#7d3b42'), hex('#5f2a31'), 474, 526),
  )
  canvas.fill(
    box({ x: 484, y: 498 }, { wide: 64, high: 8, turn: -0.05 }),
    fade(hex('#f6e6cf'), hex('#e6cda9'), 486, 510),
  )
  canvas.fill(rod({ x: 438, y: 462 }, { x: 540, y: 448 }, 3), flat(hex('#d8b184')))
  canvas.fill(ellipse({ x: 540, y: 448 }, 7, 6), flat(hex('#b23b3b')))
  return canvas.pixels()
}

export function requestPack(): Pixels {
  const canvas = new Canvas(SIZE)
  canvas.wash(fade(hex('#1d1b4b'), hex('#4b45e0'), 0, SIZE))
  canvas.glow({ x: 300, y: 250 }, 380, [150, 170, 255], 0.45)
  canvas.shadow({ x: 310, y: 462 }, 240, 70, 0.5)
  for (let n = 0; n < 5; n += 1) {
    const y = 432 - n * 48
    const color = mix(hex('#5b54ea'), hex('#8fe3ff'), n / 4)
    const paint = column(color, 300, 150)
    canvas.fill(ellipse({ x: 300, y: y + 26 }, 150, 50), paint)
    canvas.fill(box({ x: 300, y: y + 13 }, { wide: 150, high: 13 }), paint)
    canvas.fill(ellipse({ x: 300, y }, 150, 50), flat(mix(color, [255, 255, 255], 0.28)))
    canvas.fill(ellipse({ x: 300, y }, 112, 36), flat(mix(color, [255, 255, 255], 0.12)))
  }
  return canvas.pixels()
}
