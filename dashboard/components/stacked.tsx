/** Amounts of several groups over time, one upon the other; a press on a step asks for what is in it. */

import { createMemo, createSignal, For } from 'solid-js'
import '../style/stacked.css'
import { compact } from './text.ts'

export interface Series {
  /** `null`: all that is not shown alone. */
  readonly group: string | null
  readonly name: string
  /** One for each step. */
  readonly values: readonly number[]
}

export const shadeOf = (index: number, { group }: Pick<Series, 'group'>): string =>
  group === null ? 'other' : String(index)

const LINES = [0.25, 50, 99.75]

export function Stacked(props: {
  /** What the picture shows, in words. */
  label: string
  series: readonly Series[]
  nameOf: (step: number) => string
  text: (value: number) => string
  choose: (step: number) => void
}) {
  const [at, setAt] = createSignal<number | null>(null)
  const sums = createMemo(() => {
    const steps = props.series[0]?.values.length ?? 0
    return Array.from({ length: steps }, (_, step) =>
      props.series.reduce((sum, { values }) => sum + (values[step] ?? 0), 0),
    )
  })
  const top = () => Math.max(1, ...sums())
  const bars = createMemo(() => {
    const under = sums().map(() => 0)
    return props.series.flatMap((series, index) =>
      series.values.flatMap((value, step) => {
        if (value <= 0) return []
        const height = (value / top()) * 100
        under[step]! += height
        return [{ step, height, y: 100 - under[step]!, shade: shadeOf(index, series) }]
      }),
    )
  })
  const told = () => {
    const step = at()
    if (step === null || sums()[step] === undefined) return `At most ${compact(top())}. Press a bar for its calls.`
    const parts = props.series.flatMap(({ name, values }) =>
      (values[step] ?? 0) > 0 && props.series.length > 1 ? [`${name} ${props.text(values[step]!)}`] : [],
    )
    return [`${props.nameOf(step)}: ${props.text(sums()[step]!)}`, ...parts].join(' · ')
  }
  return (
    <div class="stack tight">
      <svg
        class="stacked"
        role="img"
        aria-label={props.label}
        viewBox={`0 0 ${Math.max(1, sums().length)} 100`}
        preserveAspectRatio="none"
        onPointerLeave={() => setAt(null)}
      >
        <For each={LINES}>{(y) => <line x1="0" x2={sums().length} y1={y} y2={y} />}</For>
        <For each={bars()}>
          {({ step, height, y, shade }) => (
            <rect data-series={shade} x={step + 0.12} width={0.76} y={y} height={height} />
          )}
        </For>
        <For each={sums().map((_, step) => step)}>
          {(step) => (
            <rect
              class="step"
              data-step={step}
              x={step}
              width={1}
              y={0}
              height={100}
              onPointerEnter={() => setAt(step)}
              onClick={() => props.choose(step)}
            />
          )}
        </For>
      </svg>
      <p class="row faint tabular">
        <span>{props.nameOf(0)}</span>
        <span class="spring">{told()}</span>
        <span>{props.nameOf(sums().length - 1)}</span>
      </p>
    </div>
  )
}
