/** Turns the look of src/config.ts into the variables that src/style.css uses. It says nothing about what they are for. */

interface Shade {
  /** Hex colours, `#rrggbb`. */
  readonly light: string
  readonly dark: string
}

export interface Look {
  /** Buttons, links, what stands out. Text on it turns black or white by itself. */
  readonly accent: Shade
  /** The page behind everything. */
  readonly paper: Shade
  /** `auto` follows the person's system. */
  readonly theme: 'auto' | 'light' | 'dark'
  /** Corners, in pixels. */
  readonly radius: number
  /** CSS font families: of the text, and of headings. */
  readonly font: string
  readonly display: string
  readonly displayWeight: number
  /** The space between a heading's letters. */
  readonly displayTracking: string
}

const SCHEME = { auto: 'light dark', light: 'light', dark: 'dark' } as const

export function lookCss({ accent, paper, theme, radius, font, display, displayWeight, displayTracking }: Look): string {
  const both = (light: string, dark: string): string => `light-dark(${light},${dark})`
  const variables = {
    accent: both(accent.light, accent.dark),
    'on-accent': both(textOn(accent.light), textOn(accent.dark)),
    'accent-soft': 'color-mix(in oklab,var(--accent) 14%,var(--panel))',
    paper: both(paper.light, paper.dark),
    panel: both('#ffffff', `color-mix(in oklab,${paper.dark},white 4%)`),
    tint: both(
      `color-mix(in oklab,${paper.light},${accent.light} 6%)`,
      `color-mix(in oklab,${paper.dark},${accent.dark} 7%)`,
    ),
    line: both(`color-mix(in oklab,${paper.light},black 11%)`, `color-mix(in oklab,${paper.dark},white 14%)`),
    ink: both('#17161a', '#f1eff3'),
    soft: both('#5a5762', '#aaa6b3'),
    bad: both('#b3093c', '#ff86a4'),
    radius: `${radius}px`,
    font,
    display,
    'display-weight': String(displayWeight),
    'display-tracking': displayTracking,
  }
  const lines = Object.entries(variables).map(([name, value]) => `--${name}:${value}`)
  return `:root{color-scheme:${SCHEME[theme]};${lines.join(';')}}`
}

/** A mark for the browser's tab, drawn in the accent. */
export function iconOf({ accent: { light } }: Look): string {
  const ring = `<circle cx="32" cy="32" r="13" fill="none" stroke="${textOn(light)}" stroke-width="7"/>`
  const mark = `<rect width="64" height="64" rx="16" fill="${light}"/>${ring}`
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">${mark}</svg>`)}`
}

/** Black or white, whichever is easier to read on the colour. */
function textOn(hex: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return light > 0.179 ? '#111111' : '#ffffff'
}
