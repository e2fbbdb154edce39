/** Draws amounts as steps over time. It is fetched with the first chart that anybody looks at. */

import { createEffect, createSignal, on, onCleanup, onMount, Show } from 'solid-js'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

const AGAIN_AFTER_MS = 500
const LABEL_PX = 88
const LINES = 4

/** From zero up in round numbers, at most five of them. */
export function linesOf(top: number): number[] {
  const least = Math.max(1, top / LINES)
  const tens = 10 ** Math.floor(Math.log10(least))
  const step = [1, 2, 5, 10].map((times) => times * tens).find((one) => one >= least) ?? least
  return Array.from({ length: Math.ceil(Math.max(1, top) / step) + 1 }, (_, index) => index * step)
}

const topOf = (values: readonly number[]) => values.reduce((top, value) => Math.max(top, value), 0)

export default function Plot(props: {
  /** What the picture shows, in words. */
  label: string
  values: readonly number[]
  /** The moment of a step. */
  nameOf: (index: number) => string
  text: (value: number) => string
  /** As short as fits beside a line. */
  short: (value: number) => string
}) {
  let box: HTMLDivElement
  let plot: uPlot | null = null
  const [chosen, setChosen] = createSignal<{ index: number; left: number } | null>(null)
  const data = (): uPlot.AlignedData => [props.values.map((_, index) => index), [...props.values]]

  /** A canvas knows no variables: the box wears the colour, and tells what became of it. */
  function shade(colour: string): string {
    box.style.color = colour
    return getComputedStyle(box).color
  }

  function options(): uPlot.Options {
    const { fontSize, fontFamily } = getComputedStyle(box)
    const font = `${fontSize} ${fontFamily}`
    const ink = shade('var(--ink-3)')
    const line = shade('var(--line)')
    const widest = (plotted: uPlot, values: readonly string[] | null) => {
      plotted.ctx.font = font
      return Math.ceil(Math.max(0, ...(values ?? []).map((value) => plotted.ctx.measureText(value).width))) + 12
    }
    return {
      width: box.clientWidth,
      height: box.clientHeight,
      padding: [8, 0, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: ({ data: [steps] }) => [0, steps.length] },
        y: { range: ({ data: [, values] }) => [0, linesOf(topOf(values as number[])).at(-1) ?? 1] },
      },
      axes: [
        {
          stroke: ink,
          font,
          size: 24,
          gap: 8,
          grid: { show: false },
          ticks: { show: false },
          splits: ({ width, data: [steps] }) => {
            const stride = Math.max(1, Math.ceil(steps.length / Math.max(1, Math.floor(width / LABEL_PX))))
            const first = Math.floor(((steps.length - 1) % stride) / 2)
            return [...steps].filter((step) => step % stride === first).map((step) => step + 0.5)
          },
          values: (_, splits) => splits.map((split) => props.nameOf(Math.floor(split))),
        },
        {
          stroke: ink,
          font,
          size: widest,
          gap: 8,
          grid: { stroke: line, width: 1 },
          ticks: { show: false },
          splits: ({ data: [, values] }) => linesOf(topOf(values as number[])),
          values: (_, splits) => splits.map(props.short),
        },
      ],
      series: [
        {},
        {
          stroke: shade('var(--accent)'),
          fill: shade('color-mix(in oklab, var(--accent) 12%, transparent)'),
          width: 1.5,
          paths: uPlot.paths.stepped!({ align: 1, extend: true }),
          points: { show: false },
        },
      ],
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        points: { show: false },
        // The line stands in the middle of a step.
        move: (plotted, left, top) => [left < 0 ? left : plotted.valToPos(stepAt(plotted, left) + 0.5, 'x'), top],
      },
      hooks: {
        setCursor: [
          (plotted) => {
            const { left = -1 } = plotted.cursor
            if (left < 0) return setChosen(null)
            return setChosen({ index: stepAt(plotted, left), left: left + plotted.over.offsetLeft })
          },
        ],
      },
    }
  }

  function stepAt(plotted: uPlot, left: number): number {
    const last = plotted.data[0].length - 1
    return Math.min(last, Math.max(0, Math.floor(plotted.posToVal(left, 'x'))))
  }

  /** The colours are those of the moment it was made: another theme is another plot. */
  function build(): void {
    plot?.destroy()
    plot = new uPlot(options(), data(), box)
  }

  onMount(() => {
    build()
    const sizes = new ResizeObserver(() => plot?.setSize({ width: box.clientWidth, height: box.clientHeight }))
    sizes.observe(box)
    const themes = new MutationObserver(build)
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const system = matchMedia('(prefers-color-scheme: dark)')
    system.addEventListener('change', build)
    void document.fonts.ready.then(() => plot?.redraw(false, true))
    onCleanup(() => {
      sizes.disconnect()
      themes.disconnect()
      system.removeEventListener('change', build)
      plot?.destroy()
      plot = null
    })
  })

  let timer: ReturnType<typeof setTimeout> | null = null
  let last = 0
  createEffect(
    on(
      data,
      () => {
        timer ??= setTimeout(
          () => {
            timer = null
            last = Date.now()
            plot?.setData(data())
          },
          Math.max(0, last + AGAIN_AFTER_MS - Date.now()),
        )
      },
      { defer: true },
    ),
  )
  onCleanup(() => timer !== null && clearTimeout(timer))

  return (
    <div class="plot">
      <div ref={(element) => (box = element)} role="img" aria-label={props.label} />
      <Show when={chosen()}>
        {(at) => (
          <p class="told tabular" style={{ '--at': `${at().left}px` }}>
            <span class="faint">{props.nameOf(at().index)}</span> {props.text(props.values[at().index] ?? 0)}
          </p>
        )}
      </Show>
    </div>
  )
}
