/** What was used over time, of all together or told apart by plan, customer or outcome, and the calls of one bar of it. */

import { createMemo, createSignal, For, Match, Show, Switch } from 'solid-js'
import { GROUPS } from '../../sdk/schema/usage.ts'
import { download } from '../api/call.ts'
import type { HistoryView } from '../api/views.ts'
import { query, setQuery } from '../router.tsx'
import { saveFile } from '../state/file.ts'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { Picture } from './chart.tsx'
import { Table } from './list.tsx'
import { Button, Copy, Panel, Time } from './parts.tsx'
import { Failed, Loaded } from './states.tsx'
import { compact, count, sentence } from './text.ts'

interface Series {
  /** `null`: all that is not shown alone. */
  readonly group: string | null
  readonly name: string
  /** One for each step. */
  readonly values: readonly number[]
}

const shadeOf = (index: number, { group }: Series): string => `var(--series-${group === null ? 'other' : index})`

const DAY_MS = 86_400_000
const hourFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit' })
const dayFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' })

export const by = (): (typeof GROUPS)[number] | null => GROUPS.find((one) => one === query('by')) ?? null

const named = (group: string, name: string): string => {
  if (by() === 'outcome') return sentence(group)
  return name === '' ? 'Before plans were noted' : name
}

/** Every step has a value in every series, also when nothing happened in it. */
function seriesOf({ points, groups = [], from, to, step }: HistoryView): Series[] {
  const steps = Math.max(1, Math.floor((to - from) / step) + 1)
  const series = new Map<string | null, number[]>()
  const values = (group: string | null) => {
    const known = series.get(group) ?? Array.from({ length: steps }, () => 0)
    series.set(group, known)
    return known
  }
  // Also nothing at all is a line.
  if (groups.length === 0) values('')
  // In the order of the list, of which the server draws the first few alone.
  const drawn = new Set(points.map(({ group }) => group))
  for (const { group } of groups) if (drawn.has(group)) values(group)
  for (const { at, used, group = '' } of points) {
    const index = Math.floor((at - from) / step)
    if (index >= 0 && index < steps) values(group)[index]! += used
  }
  return [...series].map(([group, list]) => {
    const name = groups.find((one) => one.group === group)?.name ?? ''
    return {
      group,
      name: group === null ? 'All others' : groups.length === 0 ? 'Usage' : named(group, name),
      values: list,
    }
  })
}

function Groups(props: { of: HistoryView; series: readonly Series[] }) {
  const { page } = useProject()
  const shade = (group: string) => {
    const index = props.series.findIndex((one) => one.group === group)
    return index === -1 ? 'var(--series-other)' : shadeOf(index, props.series[index]!)
  }
  return (
    <Table
      rows={props.of.groups ?? []}
      empty="Nothing was used in this time."
      columns={[
        {
          name: sentence(by() ?? ''),
          cell: ({ group, name }) => (
            <span class="row">
              <span class="swatch" style={{ background: shade(group) }} aria-hidden="true" />
              <Switch fallback={named(group, name)}>
                <Match when={by() === 'customer'}>
                  <a class="link" href={page(`/customers/${encodeURIComponent(group)}`)}>
                    <bdi>{name}</bdi>
                  </a>
                </Match>
                <Match when={by() === 'plan' && group !== ''}>
                  <button type="button" class="copy" onClick={() => setQuery({ plan: group, cursor: '' })}>
                    {name}
                  </button>
                </Match>
                <Match when={group === 'refused'}>
                  <button type="button" class="copy" onClick={() => setQuery({ tab: 'hits', cursor: '' })}>
                    Refused
                  </button>
                </Match>
              </Switch>
            </span>
          ),
        },
        { name: 'Calls', isNumber: true, cell: ({ calls }) => count(calls) },
        { name: by() === 'outcome' ? 'Asked for' : 'Used', isNumber: true, cell: ({ used }) => count(used) },
      ]}
    />
  )
}

export function Explorer(props: { days: number }) {
  const project = useProject()
  const [isTable, setTable] = createSignal(false)
  const path = (format: 'json' | 'csv') => {
    const asked = { days: String(props.days), format, by: by() ?? '', meter: query('meter') }
    const given = Object.entries(asked).filter(([, value]) => value !== '')
    return project.path(`/usage/history?${new URLSearchParams(given)}`)
  }
  const read = createRead<HistoryView>(() => path('json'), { key: 'at' })
  project.keepFresh(read, ['usage'])
  const save = createAction(async () => saveFile(await download(path('csv')), `usage-${props.days}-days.csv`))
  const asCode = () => {
    const given = [
      `days: ${props.days}`,
      ...(query('meter') === '' ? [] : [`meter: '${query('meter')}'`]),
      ...(by() === null ? [] : [`by: '${by()}'`]),
    ]
    return `await admin.usageLog.history({ ${given.join(', ')} })`
  }
  return (
    <Loaded read={read} pick={(value) => value} rows={3}>
      {(value) => {
        const series = createMemo(() => seriesOf(value()))
        const atOf = (step: number) => value().from + step * value().step
        const nameOf = (step: number) => (value().step < DAY_MS ? hourFormat : dayFormat).format(atOf(step))
        const steps = () => series()[0]?.values.length ?? 0
        const total = () => series().reduce((sum, { values }) => sum + values.reduce((all, one) => all + one, 0), 0)
        const label = () =>
          `Usage${by() === null ? '' : ` by ${by()}`}, ${nameOf(0)} to ${nameOf(steps() - 1)}: ${count(total())} in all`
        const choose = (step: number) =>
          setQuery({ since: String(atOf(step)), until: String(atOf(step) + value().step), cursor: '' })
        return (
          <Panel
            title={by() === null ? 'Usage' : `Usage by ${by()}`}
            actions={
              <>
                <span class="muted tabular spring">{count(total())} in all</span>
                <Button small onClick={() => setTable(!isTable())}>
                  {isTable() ? 'View as chart' : 'View as table'}
                </Button>
                <Button small busy={save.isBusy()} onClick={() => void save.run()}>
                  CSV
                </Button>
              </>
            }
          >
            <div class="stack">
              <Show when={save.error()}>{(error) => <Failed error={error()} />}</Show>
              <Show
                when={isTable()}
                fallback={
                  <>
                    <Picture
                      label={label()}
                      lines={series().map((one, index) => ({ ...one, shade: shadeOf(index, one) }))}
                      nameOf={nameOf}
                      text={count}
                      short={compact}
                      choose={choose}
                    />
                    <p class="faint">Press a step for its calls.</p>
                  </>
                }
              >
                <Table
                  rows={Array.from({ length: steps() }, (_, index) => steps() - 1 - index)}
                  empty="Nothing."
                  columns={[
                    {
                      name: value().step < DAY_MS ? 'Hour' : 'Day (UTC)',
                      cell: (step) => (
                        <button type="button" class="copy" onClick={() => choose(step)}>
                          {nameOf(step)}
                        </button>
                      ),
                    },
                    ...series().map(({ name, values }) => ({
                      name,
                      isNumber: true,
                      cell: (step: number) => count(values[step] ?? 0),
                    })),
                  ]}
                />
              </Show>
              <Show when={by() !== null}>
                <Groups of={value()} series={series()} />
                <Show when={value().knownSince! > value().from}>
                  <p class="faint">
                    Told apart by {by()} since <Time at={value().knownSince} />; what was before is not in it.
                  </p>
                </Show>
              </Show>
              <p class="row faint">
                As code <Copy text={asCode()} whole />
              </p>
            </div>
          </Panel>
        )
      }}
    </Loaded>
  )
}

/** What the calls below are narrowed to, and a way out of it. */
export function Narrowed() {
  const since = () => Number(query('since')) || null
  const parts = () => [
    ...(query('plan') === '' ? [] : [`plan ${query('plan')}`]),
    ...(since() === null
      ? []
      : [`from ${hourFormat.format(since()!)} to ${hourFormat.format(Number(query('until')))}`]),
  ]
  return (
    <Show when={parts().length > 0}>
      <p class="row">
        <span>
          <For each={parts()}>{(part, index) => `${index() === 0 ? 'Only ' : ', '}${part}`}</For>
        </span>
        <Button small onClick={() => setQuery({ since: '', until: '', plan: '', cursor: '' })}>
          Show all
        </Button>
      </p>
    </Show>
  )
}
