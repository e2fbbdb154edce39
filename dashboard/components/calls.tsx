/** Counted calls, newest first; one that was a mistake is taken back here. */

import { Show } from 'solid-js'
import { call } from '../api/call.ts'
import type { CallView, Page as Paged } from '../api/views.ts'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'
import { List, listQuery, type Column } from './list.tsx'
import { Badge, Button, Copy, Time } from './parts.tsx'
import { Failed } from './states.tsx'
import { count } from './text.ts'

export function Calls(props: { customerId?: string }) {
  const project = useProject()
  const path = () => {
    const more = listQuery(['meter', 'plan', 'since', 'until', 'cursor'])
    const whose = props.customerId === undefined ? '' : `&customerId=${encodeURIComponent(props.customerId)}`
    return `/usage/calls?limit=20${whose}${more.replace('?', '&')}`
  }
  const read = createRead<Paged & { calls: readonly CallView[] }>(() => project.path(path()))
  project.keepFresh(read, ['usage'])
  const reverse = createAction(async (one: CallView) => {
    await call('POST', project.path(`/usage/${one.id}/reverse`))
    toast(`${count(one.quantity)} of ${one.meter} taken back`)
    await read.refresh()
  })
  const customer: Column<CallView> = {
    name: 'Customer',
    cell: (row) => (
      <a class="link" href={project.page(`/customers/${encodeURIComponent(row.customerId)}`)}>
        {row.email ?? row.customerId}
      </a>
    ),
  }
  const columns: readonly Column<CallView>[] = [
    { name: 'When', cell: (row) => <Time at={row.at} /> },
    { name: 'Meter', cell: (row) => row.meter },
    { name: 'Plan', cell: (row) => row.plan },
    { name: 'Amount', isNumber: true, cell: (row) => count(row.quantity) },
    {
      name: 'Properties',
      cell: (row) => <span class="mono">{row.properties ? JSON.stringify(row.properties) : ''}</span>,
    },
    { name: 'Id', cell: (row) => <Copy text={row.id} /> },
    {
      name: '',
      cell: (row) => (
        <Show when={row.reversedAt === null} fallback={<Badge>Taken back</Badge>}>
          <Show when={mayDevelop()}>
            <Button small busy={reverse.isBusy()} onClick={() => void reverse.run(row)}>
              Take back
            </Button>
          </Show>
        </Show>
      ),
    },
  ]
  return (
    <>
      <Show when={reverse.error()}>{(error) => <Failed error={error()} />}</Show>
      <List
        read={read}
        pick={(value) => value.calls}
        columns={props.customerId === undefined ? [customer, ...columns] : columns}
        empty="Nothing was counted in the last seven days. Every call that your app counts appears here within moments."
      />
    </>
  )
}
