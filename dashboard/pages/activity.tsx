/** What happens in a project, as it is committed, and what Stripe said of it. */

import { createSignal, For, Show } from 'solid-js'
import { call } from '../api/call.ts'
import type { EventsView, EventView } from '../api/views.ts'
import { EVENT_OUTCOMES } from '../../sdk/schema/event.ts'
import { Dialog } from '../components/dialog.tsx'
import { Happening } from '../components/happening.tsx'
import { Choice, List, listQuery } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Button, Code, Panel, Status, Tabs, Time } from '../components/parts.tsx'
import { Empty, Loaded } from '../components/states.tsx'
import { count, sentence } from '../components/text.ts'
import { query, setQuery } from '../router.tsx'
import { useProject, type Heard } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

function Tail() {
  const project = useProject()
  const [held, setHeld] = createSignal<readonly Heard[] | null>(null)
  const kinds = () => [...new Set(project.heard.map(({ kind }) => kind))]
  const rows = () => {
    const kind = query('kind')
    return (held() ?? project.heard).filter((change) => kind === '' || change.kind === kind)
  }
  const newer = () => {
    const list = held()
    return list === null ? 0 : project.heard.length - list.length
  }
  return (
    <Panel
      title="As it happens"
      actions={
        <>
          <Choice label="Kind" name="kind" options={kinds().map((kind) => [kind, sentence(kind)] as const)} />
          <Button small onClick={() => setHeld(held() === null ? [...project.heard] : null)}>
            {held() === null ? 'Pause' : `Go on (${Math.max(0, newer())} newer)`}
          </Button>
        </>
      }
    >
      <Show
        when={rows().length > 0}
        fallback={<Empty>Waiting. Every committed change appears here within moments, without a reload.</Empty>}
      >
        <Happening of={rows()} />
      </Show>
    </Panel>
  )
}

function Detail(props: { id: string; close: () => void }) {
  const project = useProject()
  const event = createRead<{ event: EventView }>(() => project.path(`/events/${encodeURIComponent(props.id)}`))
  project.keepFresh(event, ['event'])
  const [isCompared, setCompared] = createSignal(false)
  const said = () => {
    const outcome = event.value()?.event.outcome
    if (outcome === 'pending') return 'Stripe is asked…'
    if (outcome === 'unchanged') return 'Compared: Stripe says what is known here. No change.'
    return outcome === 'applied' ? 'Compared: it was behind, and is up to date now.' : null
  }
  const replay = createAction(async () => {
    await call('POST', project.path(`/events/${encodeURIComponent(props.id)}/replay`))
    toast('It is read again at Stripe')
    setCompared(true)
    await event.refresh()
  })
  return (
    <Dialog title="Event" close={props.close} wide>
      <Loaded read={event} pick={(value) => value.event}>
        {(one) => (
          <>
            <p class="row">
              <span class="mono">{one().type}</span>
              <Status of={one().outcome} />
              <Show when={one().reason}>{(reason) => <span class="muted">{reason()}</span>}</Show>
            </p>
            <Show when={isCompared() && said()}>{(text) => <p role="status">{text()}</p>}</Show>
            <Code label="payload" text={JSON.stringify(one().payload, null, 2)} />
          </>
        )}
      </Loaded>
      <footer>
        <Show when={mayDevelop()}>
          <Button busy={replay.isBusy()} onClick={() => void replay.run()}>
            Replay, and compare with Stripe
          </Button>
        </Show>
        <Button autofocus onClick={() => props.close()}>
          Close
        </Button>
      </footer>
    </Dialog>
  )
}

function FromStripe() {
  const project = useProject()
  const events = createRead<EventsView>(() => project.path(`/events${listQuery(['outcome', 'cursor'])}`))
  project.keepFresh(events, ['event'])
  return (
    <>
      <div class="row">
        <Show when={events.value()?.health}>
          {(health) => (
            <p class="spring muted">
              Last event <Time at={health().lastAt} /> · {count(health().received24h)} in a day,{' '}
              <Show when={health().failed24h > 0} fallback="none failed">
                <button type="button" class="copy" onClick={() => setQuery({ outcome: 'failed', cursor: '' })}>
                  {count(health().failed24h)} failed
                </button>
              </Show>
              <Show when={health().waitingSince} fallback=" · nothing waits">
                {(at) => (
                  <>
                    {' · waiting since '}
                    <Time at={at()} />
                  </>
                )}
              </Show>
            </p>
          )}
        </Show>
        <span>
          <Choice
            label="Outcome"
            name="outcome"
            options={EVENT_OUTCOMES.map((outcome) => [outcome, sentence(outcome)] as const)}
          />
        </span>
      </div>
      <List
        read={events}
        pick={(value) => value.events}
        columns={[
          {
            name: 'Event',
            cell: (row) => (
              <button type="button" class="copy" onClick={() => setQuery({ event: row.id })}>
                {row.type}
              </button>
            ),
          },
          { name: 'Outcome', cell: (row) => <Status of={row.outcome} /> },
          { name: 'Why', cell: (row) => row.reason ?? '' },
          { name: 'Deliveries', isNumber: true, cell: (row) => row.deliveries },
          { name: 'Received', cell: (row) => <Time at={row.receivedAt} /> },
        ]}
        empty="Nothing from Stripe yet. A purchase makes the first event; they are kept 30 days."
      />
      <Show when={query('event')}>{(id) => <Detail id={id()} close={() => setQuery({ event: '' })} />}</Show>
    </>
  )
}

const TABS = [
  { id: 'tail', name: 'Live' },
  { id: 'stripe', name: 'From Stripe' },
] as const

export default function Activity() {
  const chosen = () => TABS.find(({ id }) => id === query('tab'))?.id ?? 'tail'
  return (
    <Page title="Activity" about="Every change that was committed, and every event that Stripe sent.">
      <Tabs
        label="Source"
        options={TABS}
        chosen={chosen()}
        choose={(id) => setQuery({ tab: id === 'tail' ? '' : id, cursor: '' })}
      />
      <For each={[chosen()]}>{(tab) => (tab === 'tail' ? <Tail /> : <FromStripe />)}</For>
    </Page>
  )
}
