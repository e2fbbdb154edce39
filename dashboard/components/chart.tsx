/** Amounts over time as a picture, with the same as a table and as CSV. */

import { createMemo, createSignal, lazy, Show, Suspense, type ComponentProps } from 'solid-js'
import { Table } from './list.tsx'
import { Button, Panel, Time } from './parts.tsx'
import { compact, count } from './text.ts'

const Plot = lazy(() => import('./plot.tsx'))

/** Its place is there before it is. */
export const Picture = (props: ComponentProps<typeof Plot>) => (
  <Suspense fallback={<div class="plot" />}>
    <Plot {...props} />
  </Suspense>
)

export interface Point {
  readonly at: number
  readonly value: number
}

const DAY_MS = 86_400_000
const hourFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit' })
const dayFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' })

/** Every step is there, also when nothing happened in it. */
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
  /** Milliseconds from one point to the next. */
  step: number
  text?: (value: number) => string
  /** The same where there is little room. */
  short?: (value: number) => string
  /** A level and not an amount: it is not added up. */
  isLevel?: boolean
  /** When it was true, if it is not live. */
  asOf?: number | null
  save: () => void
}) {
  const [isTable, setTable] = createSignal(false)
  const text = (value: number) => (props.text ?? count)(value)
  const nameOf = (at: number) => (props.step < DAY_MS ? hourFormat : dayFormat).format(at)
  const steps = createMemo(() => filled(props.points, props))
  const top = () => steps().reduce((top, one) => (one.value > top.value ? one : top))
  const total = () => steps().reduce((sum, { value }) => sum + value, 0)
  const said = () => (props.isLevel ? `${text(steps().at(-1)?.value ?? 0)} now` : `${text(total())} in all`)
  const spoken = () => {
    const { at, value } = top()
    const most = value > 0 ? `, at most ${text(value)} on ${nameOf(at)}` : ''
    return `${props.title}, ${nameOf(props.from)} to ${nameOf(props.to)}: ${said()}${most}`
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
          <>
            <Picture
              label={spoken()}
              lines={[{ name: props.title, values: steps().map(({ value }) => value) }]}
              nameOf={(index) => nameOf(steps()[index]?.at ?? props.to)}
              text={text}
              short={props.short ?? compact}
            />
            <Show when={props.asOf}>
              {(at) => (
                <p class="faint">
                  As of <Time at={at()} />
                </p>
              )}
            </Show>
          </>
        }
      >
        <Table
          rows={steps().toReversed()}
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
