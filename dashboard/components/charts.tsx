/** A project over time: what was used, who came, what was earned. */

import { Show } from 'solid-js'
import { download } from '../api/call.ts'
import type { HistoryView, ReportView } from '../api/views.ts'
import { useProject } from '../state/project.tsx'
import { createRead } from '../state/read.ts'
import { saveFile } from '../state/file.ts'
import { toast } from '../state/toasts.ts'
import { Chart } from './chart.tsx'
import { Empty, Loaded } from './states.tsx'
import { compactMoney, money } from './text.ts'

const DAY_MS = 86_400_000

const save = (path: string, name: string) =>
  void download(path).then(
    (blob) => saveFile(blob, `${name}.csv`),
    () => toast('The file could not be made. Try again.'),
  )

export function UsedOverTime(props: { days: number; meter?: string }) {
  const project = useProject()
  const path = (format: 'json' | 'csv') =>
    project.path(
      `/usage/history?${new URLSearchParams({ days: String(props.days), format, ...(props.meter ? { meter: props.meter } : {}) })}`,
    )
  const read = createRead<HistoryView>(() => path('json'), { key: 'at' })
  project.keepFresh(read, ['usage'])
  return (
    <Loaded read={read} pick={(value) => value} rows={3}>
      {(value) => (
        <Chart
          title="Usage"
          points={value().points.map(({ at, used }) => ({ at, value: used }))}
          from={value().from}
          to={value().to}
          step={value().step}
          save={() => save(path('csv'), `usage-${props.days}-days`)}
        />
      )}
    </Loaded>
  )
}

function createReport(days: () => number) {
  const { projectId, mode } = useProject()
  const path = (more: Record<string, string> = {}) =>
    `/account/reports?${new URLSearchParams({ mode, projectId, days: String(days()), ...more })}`
  const read = createRead<ReportView>(() => path(), { key: 'day' })
  const saveTable = (table: string) => save(path({ table, format: 'csv' }), `${table}-${days()}-days`)
  return { read, saveTable }
}

/** The reports are a copy beside the project, a few seconds behind it, and say so. */
const spanOf = ({ from, to, asOf }: ReportView) => ({
  from: Date.parse(from),
  to: Date.parse(to),
  step: DAY_MS,
  asOf,
})

export function CustomersOverTime(props: { days: number }) {
  const project = useProject()
  const { read, saveTable } = createReport(() => props.days)
  project.keepFresh(read, ['customer'])
  return (
    <Loaded read={read} pick={(value) => value} rows={3}>
      {(value) => (
        <Chart
          title="Customers"
          isLevel
          points={value().customersByDay.map(({ day, total }) => ({ at: Date.parse(day), value: total }))}
          {...spanOf(value())}
          save={() => saveTable('customers')}
        />
      )}
    </Loaded>
  )
}

export function RevenueOverTime(props: { days: number }) {
  const project = useProject()
  const { read, saveTable } = createReport(() => props.days)
  project.keepFresh(read, ['order'])
  // Currencies are never added up: the one with most orders is drawn, the file has all.
  const currency = () => {
    const orders = new Map<string, number>()
    for (const one of read.value()?.salesByDay ?? [])
      orders.set(one.currency, (orders.get(one.currency) ?? 0) + one.orders)
    return [...orders].toSorted((a, b) => b[1] - a[1])[0]?.[0]
  }
  return (
    <Loaded read={read} pick={(value) => value} rows={3}>
      {(value) => (
        <Show
          when={currency()}
          fallback={<Empty>No order was paid in these days. Subscriptions are under MRR on the overview.</Empty>}
        >
          {(one) => (
            <Chart
              title={`Revenue, ${one().toUpperCase()}`}
              points={value()
                .salesByDay.filter((sales) => sales.currency === one())
                .map(({ day, revenue }) => ({ at: Date.parse(day), value: revenue }))}
              text={(amount) => money(amount, one())}
              short={(amount) => compactMoney(amount, one())}
              {...spanOf(value())}
              save={() => saveTable('revenue')}
            />
          )}
        </Show>
      )}
    </Loaded>
  )
}
