/** Who runs into a limit, how often, and when last. */

import { createEffect, onCleanup, Show } from 'solid-js'
import { download } from '../api/call.ts'
import type { LimitHitView } from '../api/views.ts'
import { saveFile } from '../state/file.ts'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { Narrowed } from './explorer.tsx'
import { listQuery, Table } from './list.tsx'
import { Badge, Button, Panel, Time } from './parts.tsx'
import { Failed, Loaded } from './states.tsx'
import { count } from './text.ts'

const LOOK_EVERY_MS = 4_000

export function LimitHits() {
  const project = useProject()
  const path = () => project.path(`/usage/limit-hits${listQuery(['meter', 'since', 'until'])}`)
  const read = createRead<{ hits: readonly LimitHitView[] }>(path, { key: 'customerId' })
  // A refusal changes nothing, so the feed does not tell of it: looked at again while somebody looks.
  createEffect(() => {
    const looking = setInterval(() => !document.hidden && void read.refresh(), LOOK_EVERY_MS)
    onCleanup(() => clearInterval(looking))
  })
  const save = createAction(async () => {
    const csv = `${path()}${path().includes('?') ? '&' : '?'}format=csv`
    saveFile(await download(csv), 'limit-hits.csv')
  })
  return (
    <>
      <Narrowed />
      <Panel
        title="Refused at a limit"
        flush
        actions={
          <Button small busy={save.isBusy()} onClick={() => void save.run()}>
            CSV
          </Button>
        }
      >
        <Show when={save.error()}>{(error) => <Failed error={error()} />}</Show>
        <Loaded read={read} pick={(value) => value.hits}>
          {(hits) => (
            <Table
              rows={hits()}
              empty="Nobody was refused in the last 31 days. Who comes to a limit appears here by themselves."
              columns={[
                {
                  name: 'Customer',
                  cell: (row) => (
                    <a class="link" href={project.page(`/customers/${encodeURIComponent(row.customerId)}`)}>
                      <bdi>{row.email ?? row.customerId}</bdi>
                    </a>
                  ),
                },
                { name: 'Plan', cell: (row) => <Badge>{row.plan}</Badge> },
                { name: 'Meter', cell: (row) => row.meter },
                { name: 'Refused calls', isNumber: true, cell: (row) => count(row.calls) },
                { name: 'Asked for', isNumber: true, cell: (row) => count(row.quantity) },
                { name: 'Last', cell: (row) => <Time at={row.lastAt} /> },
              ]}
            />
          )}
        </Loaded>
      </Panel>
    </>
  )
}
