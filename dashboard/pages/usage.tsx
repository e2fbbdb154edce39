/** A project over time, and who uses most of it. */

import { Match, Switch } from 'solid-js'
import type { DashboardView, TierView } from '../api/views.ts'
import { Calls } from '../components/calls.tsx'
import { CustomersOverTime, RevenueOverTime, UsedOverTime } from '../components/charts.tsx'
import { Choice, Table } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Meter, Panel, Tabs } from '../components/parts.tsx'
import { Loaded } from '../components/states.tsx'
import { query, setQuery } from '../router.tsx'
import { useProject } from '../state/project.tsx'
import { createRead } from '../state/read.ts'

const TABS = [
  { id: 'usage', name: 'Usage' },
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

function Heaviest() {
  const project = useProject()
  const read = createRead<DashboardView>(() => project.path('/dashboard'))
  project.keepFresh(read, ['usage', 'customer'])
  const shown = (value: DashboardView) =>
    value.customers
      .filter(({ usage }) => usage > 0)
      .toSorted((a, b) => b.usage - a.usage)
      .slice(0, SHOWN)
  return (
    <Panel title="Who uses most this period, of the newest hundred" flush>
      <Loaded read={read} pick={shown}>
        {(customers) => (
          <Table
            rows={customers()}
            columns={[
              {
                name: 'Customer',
                cell: ({ id, email }) => (
                  <a class="link" href={project.page(`/customers/${encodeURIComponent(id)}`)}>
                    {email ?? id}
                  </a>
                ),
              },
              { name: 'Plan', cell: ({ plan }) => plan },
              { name: 'Usage', cell: ({ usage, limit }) => <Meter used={usage} limit={limit} /> },
            ]}
            empty="Nobody has used anything in this period."
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
      about="Over time, in UTC. The last bar is still growing."
      actions={
        <>
          <Choice label="Range" name="days" none="30 days" options={RANGES} />
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
          <UsedOverTime days={days()} meter={query('meter')} />
          <Heaviest />
          <h2>Call by call</h2>
          <Calls />
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
