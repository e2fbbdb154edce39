/** The orders of a shop. What was paid and cannot be sent stands on top. */

import { createSignal, Show } from 'solid-js'
import { ORDER_STATUSES } from '../../sdk/schema/order.ts'
import { downloadList } from '../api/call.ts'
import type { OrderView, Page as Paged } from '../api/views.ts'
import { Choice, List, listQuery, Search } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Button, Status, Time } from '../components/parts.tsx'
import { Failed } from '../components/states.tsx'
import { money, plural, sentence } from '../components/text.ts'
import { query, setQuery } from '../router.tsx'
import { saveFile } from '../state/file.ts'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'

const unfillableFirst = (orders: readonly OrderView[]): readonly OrderView[] =>
  orders.toSorted((a, b) => Number(b.status === 'unfillable') - Number(a.status === 'unfillable'))

export default function Orders() {
  const project = useProject()
  const filter = () => listQuery(['status', 'email', 'cursor'])
  const orders = createRead<Paged & { orders: readonly OrderView[] }>(() => project.path(`/orders${filter()}`))
  project.keepFresh(orders, ['order'])
  const isFiltered = () => query('status') !== '' || query('email') !== ''
  const [name] = createSignal(`orders-${project.mode}.csv`)
  const save = createAction(async () => {
    const chosen = new URLSearchParams(listQuery(['status', 'email']))
    saveFile(await downloadList(project.path('/orders'), chosen), name())
  })
  const itemsOf = ({ lines }: OrderView) =>
    plural(
      lines.reduce((sum, { quantity }) => sum + quantity, 0),
      'item',
    )
  return (
    <Page
      title="Orders"
      actions={
        <>
          <Search label="Filter by e-mail" name="email" type="email" />
          <Choice
            label="Status"
            name="status"
            options={ORDER_STATUSES.map((status) => [status, sentence(status)] as const)}
          />
          <Button busy={save.isBusy()} onClick={() => void save.run()}>
            CSV
          </Button>
        </>
      }
    >
      <Show when={save.error()}>{(error) => <Failed error={error()} />}</Show>
      <List
        read={orders}
        pick={(value) => unfillableFirst(value.orders)}
        columns={[
          {
            name: 'Order',
            cell: (row) => (
              <a class="link" href={project.page(`/orders/${row.id}`)}>
                No. {row.number}
              </a>
            ),
          },
          { name: 'Customer', cell: (row) => <bdi>{row.customer.email ?? row.customer.name ?? 'Guest'}</bdi> },
          { name: 'Items', cell: itemsOf },
          { name: 'Status', cell: (row) => <Status of={row.status} /> },
          { name: 'Total', isNumber: true, cell: (row) => money(row.amounts.total, row.currency) },
          { name: 'Made', cell: (row) => <Time at={row.times['created']} /> },
        ]}
        empty={
          isFiltered() ? (
            <span class="row">
              No order matches.
              <Button small onClick={() => setQuery({ status: '', email: '', cursor: '' })}>
                Clear the filter
              </Button>
            </span>
          ) : (
            'No order yet. One appears the moment a buyer starts to pay.'
          )
        }
      />
    </Page>
  )
}
