/** The people of a project. */

import { createSignal, Show } from 'solid-js'
import { call, downloadList } from '../api/call.ts'
import type { DashboardView, ListedCustomerView, Page as Paged, TierView } from '../api/views.ts'
import { FormDialog, Input, textOf } from '../components/form.tsx'
import { Choice, List, listQuery, Search } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Figure, Meter, Status, Time } from '../components/parts.tsx'
import { Failed } from '../components/states.tsx'
import { count, money, sentence } from '../components/text.ts'
import { query, setQuery } from '../router.tsx'
import { saveFile } from '../state/file.ts'
import { clockNow } from '../state/now.ts'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

const FILTERS = ['email', 'plan', 'status', 'atLimit', 'joined'] as const
const STATUSES = ['active', 'trialing', 'past_due', 'canceled', 'none'].map(
  (status) => [status, status === 'none' ? 'Pays nothing' : sentence(status)] as const,
)
const JOINED = [
  ['1', 'Joined today'],
  ['7', 'Joined in 7 days'],
  ['30', 'Joined in 30 days'],
] as const
const DAY_MS = 86_400_000

/** What is chosen in the address, as the server is asked for it. Days begin where UTC's do, so that they stay the same. */
function asked(more: readonly string[]): URLSearchParams {
  const given = new URLSearchParams(listQuery(['email', 'plan', 'status', 'atLimit', ...more]))
  const days = Number(query('joined'))
  if (days > 0) given.set('since', String((Math.floor(clockNow() / DAY_MS) - days + 1) * DAY_MS))
  return given
}

export default function Customers() {
  const project = useProject()
  const customers = createRead<Paged & { customers: readonly ListedCustomerView[] }>(() =>
    project.path(`/customers?${asked(['cursor'])}&with=figures`),
  )
  const figures = createRead<DashboardView>(() => project.path('/dashboard'))
  const tiers = createRead<{ tiers: readonly TierView[] }>(() => project.path('/tiers/all'), { key: 'slug' })
  project.keepFresh(customers, ['customer', 'subscription', 'usage'])
  project.keepFresh(figures, ['usage', 'customer', 'subscription'])
  const isFiltered = () => FILTERS.some((name) => query(name) !== '')
  const save = createAction(async () => {
    saveFile(await downloadList(project.path('/customers'), asked([])), `customers-${project.mode}.csv`)
  })
  const [isAdding, setAdding] = createSignal(false)
  const add = createAction(async (data: FormData) => {
    await call('POST', project.path('/customers'), { body: { email: textOf(data, 'email') } })
    setAdding(false)
    toast('Customer added')
    await customers.refresh()
  })
  return (
    <Page
      title="Customers"
      about="They appear when they sign up or with their first use."
      actions={
        <>
          <Search label="Filter by e-mail" name="email" type="email" />
          <Choice
            label="Plan"
            name="plan"
            options={(tiers.value()?.tiers ?? []).map(({ slug, displayName }) => [slug, displayName] as const)}
          />
          <Choice label="Status" name="status" options={STATUSES} />
          <Choice label="Limit" name="atLimit" none="Limit: any" options={[['true', 'At a limit']]} />
          <Choice label="Joined" name="joined" none="Joined: ever" options={JOINED} />
          <Button busy={save.isBusy()} onClick={() => void save.run()}>
            CSV
          </Button>
          <Show when={mayDevelop()}>
            <Button tone="primary" onClick={() => setAdding(true)}>
              Add customer
            </Button>
          </Show>
        </>
      }
    >
      <Show when={save.error()}>{(error) => <Failed error={error()} />}</Show>
      <Show when={!isFiltered() && figures.value()}>
        {(value) => (
          <div class="panel figures">
            <Figure name="Customers">{count(value().totalCustomers)}</Figure>
            <Figure name="Pay">{count(value().metrics.activeSubs - value().metrics.trialingSubs)}</Figure>
            <Figure name="On trial">{count(value().metrics.trialingSubs)}</Figure>
            <Figure name="Leaving">{count(value().metrics.cancelingSubs)}</Figure>
          </div>
        )}
      </Show>
      <List
        read={customers}
        pick={(value) => value.customers}
        columns={[
          {
            name: 'Customer',
            cell: (row) => (
              <a class="link" href={project.page(`/customers/${encodeURIComponent(row.id)}`)}>
                <bdi>{row.email ?? row.id}</bdi>
              </a>
            ),
          },
          { name: 'Plan', cell: (row) => <Badge>{row.plan}</Badge> },
          {
            name: 'Usage',
            cell: (row) => <Show when={row.figures}>{(one) => <Meter used={one().used} limit={one().limit} />}</Show>,
          },
          {
            name: 'Status',
            cell: (row) => {
              const status = () => row.figures?.status ?? 'none'
              return (
                <Show when={status() !== 'none'} fallback={<span class="faint">Pays nothing</span>}>
                  <Status of={status()} />
                </Show>
              )
            },
          },
          { name: 'Renews', cell: (row) => <Time at={row.figures?.renewsAt} none="–" /> },
          {
            name: 'MRR',
            isNumber: true,
            cell: (row) => (
              <Show when={row.figures?.currency} fallback={<span class="faint">–</span>}>
                {(currency) => money(row.figures!.mrr, currency())}
              </Show>
            ),
          },
          { name: 'Since', cell: (row) => <Time at={row.createdAt} /> },
        ]}
        empty={
          isFiltered() ? (
            <span class="row">
              No customer matches.
              <Button
                small
                onClick={() => setQuery(Object.fromEntries([...FILTERS, 'cursor'].map((name) => [name, ''])))}
              >
                Clear the filter
              </Button>
            </span>
          ) : (
            'Nobody yet. A customer appears at sign-up, or when your server first counts a use of theirs.'
          )
        }
      />
      <Show when={isAdding()}>
        <FormDialog
          title="Add customer"
          act="Add customer"
          action={add}
          fields={['email']}
          submit={(data) => void add.run(data)}
          close={() => setAdding(false)}
        >
          <Input label="E-mail" name="email" type="email" required error={add.error()} />
        </FormDialog>
      </Show>
    </Page>
  )
}
