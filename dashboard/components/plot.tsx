/** Draws amounts as steps over time, several of them one upon the other. It is fetched with the first chart that anybody looks at. */

import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show } from 'solid-js'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

const AGAIN_AFTER_MS = 500
const BETWEEN_PX = 20
/** About what stands left of the steps. */
const AXIS_PX = 48
const LINES = 4

/** From zero up in round numbers, at most five of them. */
export function linesOf(top: number): number[] {
  const least = Math.max(1, top / LINES)
  const tens = 10 ** Math.floor(Math.log10(least))
  const step = [1, 2, 5, 10].map((times) => times * tens).find((one) => one >= least) ?? least
  return Array.from({ length: Math.ceil(Math.max(1, top) / step) + 1 }, (_, index) => index * step)
}

export interface Line {
  readonly name: string
  /** One for each step. */
  readonly values: readonly number[]
  /** A colour of the style sheet. */
  readonly shade?: string
}

const topOf = (values: readonly number[]) => values.reduce((top, value) => Math.max(top, value), 0)

export default function Plot(props: {
  /** What the picture shows, in words. */
  label: string
  lines: readonly Line[]
  /** The moment of a step. */
  nameOf: (index: number) => string
  text: (value: number) => string
  /** As short as fits beside a line. */
  short: (value: number) => string
  /** Asks for what is in a step. */
  choose?: (index: number) => void
}) {
  let box: HTMLDivElement
  let plot: uPlot | null = null
  const [chosen, setChosen] = createSignal<{ index: number; left: number } | null>(null)
  const count = () => props.lines[0]?.values.length ?? 0
  const shades = createMemo(() => props.lines.map(({ shade = 'var(--accent)' }) => shade), [], {
    equals: (before, after) => before.join() === after.join(),
  })
  const sumOf = (index: number, lines = props.lines) => lines.reduce((sum, { values }) => sum + (values[index] ?? 0), 0)

  /** Each line stands on those before it. The highest is drawn first, and the lower ones over its foot. */
  function data(): uPlot.AlignedData {
    const steps = Array.from({ length: count() }, (_, index) => index)
    const heights = props.lines.map((_, at) => steps.map((index) => sumOf(index, props.lines.slice(0, at + 1))))
    return [steps, ...heights.toReversed()]
  }

  function seriesOf(colour: string, at: number): uPlot.Series {
    // What covers what lies behind it lets nothing through.
    const fill = shades().length > 1 ? `30%, var(--panel)` : '12%, transparent'
    return {
      stroke: shade(colour),
      fill: shade(`color-mix(in oklab, ${colour} ${fill})`),
      width: 1.5,
      ...(at > 1 ? { dash: [2 + at, 3] } : {}),
      paths: uPlot.paths.stepped!({ align: 1, extend: true }),
      points: { show: false },
    }
  }

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
          splits: ({ width, ctx, data: [steps] }) => {
            ctx.font = font
            const label = ctx.measureText(props.nameOf(0)).width + BETWEEN_PX
            const step = Math.max(1, width - AXIS_PX) / steps.length
            const stride = Math.max(1, Math.ceil(label / step))
            const last = steps.length - Math.ceil(label / 2 / step)
            const first = Math.max(0, Math.floor((last % stride) / 2))
            return [...steps].filter((at) => at % stride === first && at <= last).map((at) => at + 0.5)
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
      series: [{}, ...shades().map(seriesOf).toReversed()],
      cursor: {
        y: false,
        // Nothing is dragged; that the line was moved into the middle is no reason to keep a press back.
        drag: { x: false, y: false, setScale: false, click: () => {} },
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

  createEffect(on(shades, build, { defer: true }))

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
      <div
        ref={(element) => (box = element)}
        role="img"
        aria-label={props.label}
        data-choosing={props.choose === undefined ? undefined : ''}
        onClick={({ clientX }) => {
          if (plot) props.choose?.(stepAt(plot, clientX - plot.over.getBoundingClientRect().left))
        }}
      />
      <Show when={chosen()}>
        {(at) => (
          <div class="told tabular" style={{ '--at': `${at().left}px` }}>
            <p>
              <span class="faint">{props.nameOf(at().index)}</span> {props.text(sumOf(at().index))}
            </p>
            <For each={props.lines.length > 1 ? props.lines.filter(({ values }) => (values[at().index] ?? 0) > 0) : []}>
              {({ name, values }) => (
                <p>
                  {name} {props.text(values[at().index] ?? 0)}
                </p>
              )}
            </For>
          </div>
        )}
      </Show>
    </div>
  )
}
