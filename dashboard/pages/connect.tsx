/** The Stripe accounts through which customers pay: one in each mode. */

import { createSignal, For, onMount, Show } from 'solid-js'
import { MODES, type Mode } from '../../sdk/schema/common.ts'
import { call } from '../api/call.ts'
import type { ConnectionsView, ConnectionView } from '../api/views.ts'
import { Confirm } from '../components/dialog.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Copy, Facts, Panel, Time } from '../components/parts.tsx'
import { Empty, Failed, Loaded, Loading } from '../components/states.tsx'
import { plural } from '../components/text.ts'
import { navigate, pathname, query } from '../router.tsx'
import { createAction, createRead } from '../state/read.ts'
import { isOwner } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

/** Stripe sent the person back: what it gave them is worth a connection, once. */
function Callback() {
  const state = query('state')
  const mode = (): Mode => MODES.find((one) => one === (query('mode') || state.split('_')[0])) ?? 'test'
  const finish = createAction(async () => {
    const given = { state, code: query('code'), error: query('error') }
    const body = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
    await call('POST', `/account/connections/${mode()}/finish`, { body })
    toast('Stripe is connected')
    navigate('/connect', { replace: true })
  })
  onMount(() => void finish.run())
  return (
    <Show when={finish.error()} fallback={<Loading />}>
      {(error) => (
        <div class="stack">
          <Failed error={error()} />
          <p>
            <a class="link" href="/connect">
              Back to the Stripe accounts
            </a>
          </p>
        </div>
      )}
    </Show>
  )
}

function Connection(props: { mode: Mode; connection: ConnectionView | null; changed: () => Promise<void> }) {
  const [isLeaving, setLeaving] = createSignal(false)
  const start = createAction(async (via: 'oauth' | 'onboarding') => {
    const { url } = await call<{ url: string }>('POST', `/account/connections/${props.mode}/start`, { body: { via } })
    location.assign(url)
  })
  const inUse = () => leave.error()?.code === 'connection_in_use'
  const leave = createAction(async () => {
    await call('DELETE', `/account/connections/${props.mode}${inUse() ? '?force=true' : ''}`)
    setLeaving(false)
    toast('Stripe is disconnected')
    await props.changed()
  })
  return (
    <Panel
      title={props.mode === 'test' ? 'Test mode' : 'Live mode'}
      actions={
        <Show when={props.connection}>
          {(one) => (
            <Badge tone={one().chargesEnabled ? 'ok' : 'warn'}>
              {one().chargesEnabled ? 'Takes payments' : 'Takes none yet'}
            </Badge>
          )}
        </Show>
      }
    >
      <div class="stack">
        <Show
          when={props.connection}
          fallback={<Empty>No account. Without one nothing can be sold in {props.mode} mode; all else works.</Empty>}
        >
          {(one) => (
            <Facts
              of={[
                ['Account', <Copy text={one().stripeAccount} />],
                ['Country', one().country ?? 'Unknown'],
                ['Connected', <Time at={one().connectedAt} />],
                ...(one().reason === null ? [] : ([['To do', one().reason]] as const)),
              ]}
            />
          )}
        </Show>
        <Show when={start.error()}>{(error) => <Failed error={error()} />}</Show>
        <Show when={isOwner()}>
          <div class="row">
            <Show
              when={props.connection}
              fallback={
                <>
                  <Button tone="primary" busy={start.isBusy()} onClick={() => void start.run('oauth')}>
                    Connect an account
                  </Button>
                  <Button busy={start.isBusy()} onClick={() => void start.run('onboarding')}>
                    Make a new one
                  </Button>
                </>
              }
            >
              {(one) => (
                <>
                  <Show when={!one().chargesEnabled}>
                    <Button tone="primary" busy={start.isBusy()} onClick={() => void start.run('onboarding')}>
                      Go on at Stripe
                    </Button>
                  </Show>
                  <Button tone="bad" onClick={() => setLeaving(true)}>
                    Disconnect
                  </Button>
                </>
              )}
            </Show>
          </div>
        </Show>
      </div>
      <Show when={isLeaving() && props.connection}>
        {(one) => (
          <Confirm
            title="Disconnect this Stripe account?"
            act={inUse() ? 'Disconnect all the same' : 'Disconnect'}
            typed={one().stripeAccount}
            isBusy={leave.isBusy()}
            error={leave.error()}
            run={() => void leave.run()}
            close={() => setLeaving(false)}
          >
            <p class="muted">Checkouts fail at once. What was bought is kept; subscriptions stay at Stripe.</p>
            <Show when={inUse()}>
              <p class="problem">
                {plural(Number(leave.error()?.detail['subscriptions'] ?? 0), 'subscription')} are paid through it.
              </p>
            </Show>
          </Confirm>
        )}
      </Show>
    </Panel>
  )
}

export default function Connect() {
  const read = createRead<{ connections: ConnectionsView }>(() =>
    pathname() === '/connect' ? '/account/connections' : null,
  )
  return (
    <Page title="Stripe" about="Your customers pay into your own Stripe account. We keep no token of it.">
      <Show when={pathname() === '/connect'} fallback={<Callback />}>
        <Loaded read={read} pick={(value) => value.connections}>
          {(connections) => (
            <For each={MODES}>
              {(mode) => <Connection mode={mode} connection={connections()[mode]} changed={read.refresh} />}
            </For>
          )}
        </Loaded>
      </Show>
    </Page>
  )
}
