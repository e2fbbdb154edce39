/** The people of a project. */

import { createSignal, Show } from 'solid-js'
import { call } from '../api/call.ts'
import type { CustomerView, DashboardView, Page as Paged, TierView } from '../api/views.ts'
import { FormDialog, Input, textOf } from '../components/form.tsx'
import { Choice, List, listQuery, Search } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Meter, Status, Time } from '../components/parts.tsx'
import { query, setQuery } from '../router.tsx'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

export default function Customers() {
  const project = useProject()
  const customers = createRead<Paged & { customers: readonly CustomerView[] }>(() =>
    project.path(`/customers${listQuery(['email', 'plan', 'cursor'])}`),
  )
  const figures = createRead<DashboardView>(() => project.path('/dashboard'))
  const tiers = createRead<{ tiers: readonly TierView[] }>(() => project.path('/tiers/all'), { key: 'slug' })
  project.keepFresh(customers, ['customer', 'subscription'])
  project.keepFresh(figures, ['usage', 'customer', 'subscription'])
  const figuresOf = (id: string) => figures.value()?.customers.find((one) => one.id === id)
  const isFiltered = () => query('email') !== '' || query('plan') !== ''
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
          <Show when={mayDevelop()}>
            <Button tone="primary" onClick={() => setAdding(true)}>
              Add customer
            </Button>
          </Show>
        </>
      }
    >
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
            cell: (row) => (
              <Show when={figuresOf(row.id)}>{(one) => <Meter used={one().usage} limit={one().limit} />}</Show>
            ),
          },
          {
            name: 'Status',
            cell: (row) => {
              const status = () => figuresOf(row.id)?.status ?? 'none'
              return (
                <Show when={status() !== 'none'} fallback={<span class="faint">Pays nothing</span>}>
                  <Status of={status()} />
                </Show>
              )
            },
          },
          { name: 'Since', cell: (row) => <Time at={row.createdAt} /> },
        ]}
        empty={
          isFiltered() ? (
            <span class="row">
              No customer matches.
              <Button small onClick={() => setQuery({ email: '', plan: '', cursor: '' })}>
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
