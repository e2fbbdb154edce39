/** A project over time, and who uses most of it. */

import { Match, Show, Switch } from 'solid-js'
import { GROUPS } from '../../sdk/schema/usage.ts'
import type { HistoryView, TierView } from '../api/views.ts'
import { Calls } from '../components/calls.tsx'
import { CustomersOverTime, RevenueOverTime } from '../components/charts.tsx'
import { by, Explorer, Narrowed } from '../components/explorer.tsx'
import { LimitHits } from '../components/limitHits.tsx'
import { Choice, Table } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Panel, Tabs } from '../components/parts.tsx'
import { Loaded } from '../components/states.tsx'
import { count } from '../components/text.ts'
import { query, setQuery } from '../router.tsx'
import { useProject } from '../state/project.tsx'
import { createRead } from '../state/read.ts'

const TABS = [
  { id: 'usage', name: 'Usage' },
  { id: 'hits', name: 'Limit hits' },
  { id: 'customers', name: 'Customers' },
  { id: 'revenue', name: 'Revenue' },
] as const
const RANGES = [
  ['1', '24 hours'],
  ['7', '7 days'],
  ['90', '90 days'],
  ['365', 'A year'],
] as const
const USUAL = 30
const SHOWN = 10

/** Of the running week, whatever the chart above shows: calls are kept one by one for so long. */
function Heaviest() {
  const project = useProject()
  const read = createRead<HistoryView>(() => project.path('/usage/history?days=7&by=customer'), { key: 'group' })
  project.keepFresh(read, ['usage', 'customer'])
  return (
    <Panel title="Who used most in seven days" flush>
      <Loaded read={read} pick={(value) => (value.groups ?? []).slice(0, SHOWN)}>
        {(groups) => (
          <Table
            rows={groups()}
            columns={[
              {
                name: 'Customer',
                cell: ({ group, name }) => (
                  <a class="link" href={project.page(`/customers/${encodeURIComponent(group)}`)}>
                    <bdi>{name}</bdi>
                  </a>
                ),
              },
              { name: 'Calls', isNumber: true, cell: ({ calls }) => count(calls) },
              { name: 'Used', isNumber: true, cell: ({ used }) => count(used) },
            ]}
            empty="Nobody has used anything in seven days."
          />
        )}
      </Loaded>
    </Panel>
  )
}

export default function Usage() {
  const project = useProject()
  const tab = () => TABS.find(({ id }) => id === query('tab'))?.id ?? 'usage'
  const days = () => Number(RANGES.find(([value]) => value === query('days'))?.[0] ?? USUAL)
  const tiers = createRead<{ tiers: readonly TierView[] }>(() => project.path('/tiers/all'), { key: 'slug' })
  const meters = () => [...new Set((tiers.value()?.tiers ?? []).flatMap(({ limits }) => Object.keys(limits)))]
  return (
    <Page
      title="Usage"
      about="Over time, in UTC. The last step is still growing."
      actions={
        <>
          <Choice label="Range" name="days" none="30 days" options={RANGES} />
          <Choice
            label="By"
            name="by"
            none="All together"
            options={GROUPS.map((group) => [group, `By ${group}`] as const)}
          />
          <Choice label="Meter" name="meter" options={meters().map((meter) => [meter, meter] as const)} />
        </>
      }
    >
      <Tabs
        label="What is counted"
        options={TABS}
        chosen={tab()}
        choose={(id) => setQuery({ tab: id === 'usage' ? '' : id, cursor: '' })}
      />
      <Switch>
        <Match when={tab() === 'usage'}>
          <Explorer days={days()} />
          <Show when={by() !== 'customer'}>
            <Heaviest />
          </Show>
          <h2>Call by call</h2>
          <Narrowed />
          <Calls />
        </Match>
        <Match when={tab() === 'hits'}>
          <LimitHits />
        </Match>
        <Match when={tab() === 'customers'}>
          <CustomersOverTime days={days()} />
        </Match>
        <Match when={tab() === 'revenue'}>
          <RevenueOverTime days={days()} />
        </Match>
      </Switch>
    </Page>
  )
}
