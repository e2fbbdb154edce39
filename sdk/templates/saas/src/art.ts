/** Draws a cover: the same words always make the same picture. It is the product of this demo: put yours in its place. */

const WIDTH = 640
const HEIGHT = 400

/** The picture as the text of an SVG file. */
export function drawCover(sentence: string): string {
  const next = dice(sentence.trim().toLowerCase())
  const hue = Math.floor(next() * 360)
  const tone = (turn: number, lightness: number, chroma = 0.15): string =>
    `oklch(${lightness.toFixed(2)} ${chroma} ${(hue + turn) % 360})`
  const sun = { x: 120 + next() * 400, y: 90 + next() * 130, r: 50 + next() * 50 }
  const waves = Array.from({ length: 5 }, (_, at) => {
    const base = 190 + at * 42 + next() * 14
    const d = wave(base, 14 + next() * 26, next() * Math.PI * 2)
    return `<path d="${d}" fill="${tone(40 + at * 14, 0.74 - at * 0.12)}"/>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escape(sentence.trim())}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${tone(0, 0.9, 0.06)}"/>`,
    `<circle cx="${sun.x.toFixed(0)}" cy="${sun.y.toFixed(0)}" r="${sun.r.toFixed(0)}" fill="${tone(150 + next() * 60, 0.78)}"/>`,
    ...waves,
    '</svg>',
  ].join('')
}

/** The picture as an address for an `<img>`: nothing in it can run. */
export const coverUrl = (sentence: string): string => `data:image/svg+xml,${encodeURIComponent(drawCover(sentence))}`

function wave(base: number, swing: number, phase: number): string {
  const points = Array.from({ length: 17 }, (_, at) => {
    const x = (WIDTH / 16) * at
    return `${x.toFixed(0)} ${(base + Math.sin(phase + (x / WIDTH) * 7) * swing).toFixed(1)}`
  })
  return `M0 ${HEIGHT} L${points.join(' L')} L${WIDTH} ${HEIGHT} Z`
}

/** Numbers from 0 to 1 that only the text decides. */
function dice(text: string): () => number {
  let state = 2166136261
  for (const letter of text) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 16777619)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32
  }
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
