/** Amounts over time as bars, with the same as a table and as CSV. */

import { createMemo, createSignal, For, Show } from 'solid-js'
import { Table } from './list.tsx'
import { Button, Panel, Time } from './parts.tsx'
import { count } from './text.ts'

export interface Point {
  readonly at: number
  readonly value: number
}

const DAY_MS = 86_400_000
const hourFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit' })
const dayFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' })

/** Every step has a bar, also when nothing happened in it. */
function filled(points: readonly Point[], { from, to, step }: { from: number; to: number; step: number }): Point[] {
  const values = new Map<number, number>()
  for (const { at, value } of points) values.set(at, (values.get(at) ?? 0) + value)
  const steps = Math.max(1, Math.floor((to - from) / step) + 1)
  return Array.from({ length: steps }, (_, index) => {
    const at = from + index * step
    return { at, value: values.get(at) ?? 0 }
  })
}

export function Chart(props: {
  title: string
  points: readonly Point[]
  from: number
  to: number
  /** Milliseconds from one bar to the next. */
  step: number
  text?: (value: number) => string
  /** A level and not an amount: it is not added up. */
  isLevel?: boolean
  /** When it was true, if it is not live. */
  asOf?: number | null
  save: () => void
}) {
  const [isTable, setTable] = createSignal(false)
  const [chosen, setChosen] = createSignal<number | null>(null)
  const text = (value: number) => (props.text ?? count)(value)
  const nameOf = (at: number) => (props.step < DAY_MS ? hourFormat : dayFormat).format(at)
  const bars = createMemo(() => filled(props.points, props))
  const top = () => Math.max(1, ...bars().map(({ value }) => value))
  const total = () => bars().reduce((sum, { value }) => sum + value, 0)
  const said = () => {
    const bar = chosen() === null ? undefined : bars()[chosen()!]
    if (bar !== undefined) return `${nameOf(bar.at)}: ${text(bar.value)}`
    return props.isLevel ? `${text(bars().at(-1)?.value ?? 0)} now` : `${text(total())} in all`
  }
  const point = (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    const index = Math.floor(((event.clientX - left) / width) * bars().length)
    setChosen(Math.min(bars().length - 1, Math.max(0, index)))
  }
  return (
    <Panel
      title={props.title}
      actions={
        <>
          <span class="muted tabular spring">{said()}</span>
          <Button small onClick={() => setTable(!isTable())}>
            {isTable() ? 'View as chart' : 'View as table'}
          </Button>
          <Button small onClick={() => props.save()}>
            CSV
          </Button>
        </>
      }
    >
      <Show
        when={isTable()}
        fallback={
          <div class="bars">
            <span class="faint tabular">{text(top())}</span>
            <svg
              role="img"
              aria-label={`${props.title}, ${nameOf(props.from)} to ${nameOf(props.to)}: ${said()}, at most ${text(top())}`}
              viewBox={`0 0 ${bars().length} 100`}
              preserveAspectRatio="none"
              onPointerMove={point}
              onPointerDown={point}
              onPointerLeave={() => setChosen(null)}
            >
              <For each={[0.5, 50, 99.5]}>{(y) => <line x1="0" x2={bars().length} y1={y} y2={y} />}</For>
              <For each={bars()}>
                {({ value }, index) => (
                  <rect
                    data-chosen={index() === chosen() ? '' : undefined}
                    x={index() + 0.12}
                    width={0.76}
                    y={100 - (value / top()) * 100}
                    height={(value / top()) * 100}
                  />
                )}
              </For>
            </svg>
            <p class="row faint">
              <span class="spring">{nameOf(props.from)}</span>
              <Show when={props.asOf}>
                {(at) => (
                  <span class="spring">
                    As of <Time at={at()} />
                  </span>
                )}
              </Show>
              <span>{nameOf(props.to)}</span>
            </p>
          </div>
        }
      >
        <Table
          rows={bars().toReversed()}
          columns={[
            { name: props.step < DAY_MS ? 'Hour' : 'Day (UTC)', cell: ({ at }) => nameOf(at) },
            { name: props.title, isNumber: true, cell: ({ value }) => text(value) },
          ]}
          empty="Nothing."
        />
      </Show>
    </Panel>
  )
}
