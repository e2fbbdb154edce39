/** Where the app hears of events: its endpoints, what was sent to them, and sending it again. */

import { createEffect, createSignal, For, onCleanup, Show } from 'solid-js'
import { OVERLAPS } from '../../sdk/schema/key.ts'
import { MESSAGE_STATES, WEBHOOK_TYPES } from '../../sdk/schema/webhook.ts'
import { call } from '../api/call.ts'
import type { EndpointView, MessageView, Page as Paged } from '../api/views.ts'
import { Confirm, Dialog, Field, SecretDialog } from '../components/dialog.tsx'
import { FormDialog, Input, textOf } from '../components/form.tsx'
import { Choice, List, listQuery, Table } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Code, Panel, Status, Time } from '../components/parts.tsx'
import { Failed, Loaded } from '../components/states.tsx'
import { plural, sentence } from '../components/text.ts'
import { query, setQuery } from '../router.tsx'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

const LOOK_EVERY_MS = 1_000

type Open = { readonly is: 'new' } | { readonly is: 'edit' | 'rotate' | 'remove'; readonly endpoint: EndpointView }

function Message(props: { id: string; close: () => void }) {
  const project = useProject()
  const path = project.path(`/webhook-messages/${encodeURIComponent(props.id)}`)
  const message = createRead<{ message: MessageView }>(() => path, { key: 'at' })
  const resend = createAction(async () => {
    await call('POST', `${path}/resend`)
    toast('Sent once more')
    await message.refresh()
  })
  // No feed tells of it, and it is seldom long: looked at again while somebody looks.
  createEffect(() => {
    if (message.value()?.message.state !== 'pending') return
    const looking = setInterval(() => void message.refresh(), LOOK_EVERY_MS)
    onCleanup(() => clearInterval(looking))
  })
  return (
    <Dialog title="Message" close={props.close} wide>
      <Loaded read={message} pick={(value) => value.message}>
        {(one) => (
          <>
            <p class="row">
              <span class="mono">{one().type}</span>
              <Status of={one().state} />
            </p>
            <Table
              rows={one().attempts ?? []}
              empty="Not tried yet."
              columns={[
                { name: 'Tried', cell: (row) => <Time at={row.at} /> },
                { name: 'Answer', cell: (row) => row.status ?? sentence(row.error ?? 'connection') },
                { name: 'Took', isNumber: true, cell: (row) => `${row.durationMs} ms` },
              ]}
            />
            <Code label="payload" text={JSON.stringify(one().payload, null, 2)} />
          </>
        )}
      </Loaded>
      <Show when={resend.error()}>{(error) => <Failed error={error()} />}</Show>
      <footer>
        <Show when={mayDevelop()}>
          <Button busy={resend.isBusy()} onClick={() => void resend.run()}>
            Send again
          </Button>
        </Show>
        <Button autofocus onClick={() => props.close()}>
          Close
        </Button>
      </footer>
    </Dialog>
  )
}

function Messages(props: { endpoints: readonly EndpointView[] }) {
  const project = useProject()
  const messages = createRead<Paged & { messages: readonly MessageView[] }>(() =>
    project.path(`/webhook-messages${listQuery(['endpoint', 'state', 'type', 'cursor'])}`),
  )
  project.keepFresh(messages, ['usage', 'order', 'subscription', 'customer', 'variant'])
  const urlOf = (id: string) => props.endpoints.find((one) => one.id === id)?.url ?? id
  return (
    <>
      <div class="heading">
        <div>
          <h2>Messages</h2>
        </div>
        <div class="row">
          <Choice label="Endpoint" name="endpoint" options={props.endpoints.map(({ id, url }) => [id, url] as const)} />
          <Choice
            label="State"
            name="state"
            options={MESSAGE_STATES.map((state) => [state, sentence(state)] as const)}
          />
          <Choice label="Event" name="type" options={[...WEBHOOK_TYPES, 'ping'].map((type) => [type, type] as const)} />
          <Button onClick={() => void messages.refresh()}>Look again</Button>
        </div>
      </div>
      <List
        read={messages}
        pick={(value) => value.messages}
        columns={[
          {
            name: 'Event',
            cell: (row) => (
              <button type="button" class="copy" onClick={() => setQuery({ message: row.id })}>
                {row.type}
              </button>
            ),
          },
          { name: 'To', cell: (row) => <span class="mono">{urlOf(row.endpointId)}</span> },
          { name: 'State', cell: (row) => <Status of={row.state} /> },
          { name: 'Tries', isNumber: true, cell: (row) => row.tries },
          { name: 'Next try', cell: (row) => <Time at={row.nextAttemptAt} none="None" /> },
          { name: 'Made', cell: (row) => <Time at={row.createdAt} /> },
        ]}
        empty="Nothing was sent. A message appears with the next event that an endpoint asks for."
      />
      <Show when={query('message')}>
        {(id) => (
          <Message
            id={id()}
            close={() => {
              setQuery({ message: '' })
              void messages.refresh()
            }}
          />
        )}
      </Show>
    </>
  )
}

export default function Webhooks() {
  const project = useProject()
  const endpoints = createRead<{ endpoints: readonly EndpointView[] }>(() => project.path('/webhook-endpoints'))
  const [open, setOpen] = createSignal<Open | null>(null)
  const [secret, setSecret] = createSignal<string | null>(null)
  const about = (kind: 'edit' | 'rotate' | 'remove') => {
    const now = open()
    return now !== null && now.is !== 'new' && now.is === kind ? now.endpoint : null
  }
  const path = (endpoint: EndpointView, rest = '') => project.path(`/webhook-endpoints/${endpoint.id}${rest}`)
  const done = async (news: string) => {
    setOpen(null)
    toast(news)
    await endpoints.refresh()
  }
  const save = createAction(async (endpoint: EndpointView | null, data: FormData) => {
    const description = textOf(data, 'description')
    const body = {
      url: textOf(data, 'url'),
      events: data.getAll('event'),
      description: description === '' ? null : description,
    }
    if (endpoint !== null) await call('PATCH', path(endpoint), { body })
    else {
      const made = await call<{ secret: string }>('POST', project.path('/webhook-endpoints'), { body })
      setSecret(made.secret)
    }
    await done('Endpoint saved')
  })
  const rotate = createAction(async (endpoint: EndpointView, data: FormData) => {
    const body = { overlap: textOf(data, 'overlap') }
    const { secret: next } = await call<{ secret: string }>('POST', path(endpoint, '/rotate'), { body })
    setSecret(next)
    await done('There is a new secret')
  })
  const remove = createAction(async (endpoint: EndpointView) => {
    await call('DELETE', path(endpoint))
    await done('Endpoint removed')
  })
  const act = createAction(async (endpoint: EndpointView, what: 'test' | 'recover' | 'enable' | 'disable') => {
    if (what === 'test') await call('POST', path(endpoint, '/test'))
    else if (what === 'recover') {
      const since = Date.now() - 30 * 86_400_000
      const { recovered } = await call<{ recovered: number }>('POST', path(endpoint, '/recover'), { body: { since } })
      return done(`${plural(recovered, 'message')} sent again`)
    } else await call('PATCH', path(endpoint), { body: { disabled: what === 'disable' } })
    await done(what === 'test' ? 'A ping is on its way' : 'Endpoint changed')
  })
  const form = (endpoint: EndpointView | null) => (
    <FormDialog
      title={endpoint === null ? 'New endpoint' : 'Edit endpoint'}
      act={endpoint === null ? 'Add endpoint' : 'Save'}
      action={save}
      fields={['url', 'description']}
      wide
      submit={(data) => void save.run(endpoint, data)}
      close={() => setOpen(null)}
    >
      <Input
        label="Address"
        name="url"
        type="url"
        required
        value={endpoint?.url ?? ''}
        hint="Public, https."
        error={save.error()}
      />
      <Input
        label="Description"
        name="description"
        value={endpoint?.description ?? ''}
        hint="May be left out."
        error={save.error()}
      />
      <fieldset class="field">
        <legend>Events</legend>
        <div class="fields">
          <For each={WEBHOOK_TYPES}>
            {(type) => (
              <label class="check">
                <input
                  type="checkbox"
                  name="event"
                  value={type}
                  checked={endpoint === null || endpoint.events.includes(type)}
                />
                <span class="mono">{type}</span>
              </label>
            )}
          </For>
        </div>
      </fieldset>
    </FormDialog>
  )
  return (
    <Page
      title="Webhooks"
      about="What your app is told, signed by Standard Webhooks and tried for three days."
      actions={
        <Show when={mayDevelop()}>
          <Button tone="primary" onClick={() => setOpen({ is: 'new' })}>
            New endpoint
          </Button>
        </Show>
      }
    >
      <Show when={act.error()}>{(error) => <Failed error={error()} />}</Show>
      <Loaded read={endpoints} pick={(value) => value.endpoints}>
        {(list) => (
          <>
            <For
              each={list()}
              fallback={
                <Panel>
                  <p class="muted">No endpoint. Add the address of your app, and it hears what happens.</p>
                </Panel>
              }
            >
              {(endpoint) => (
                <Panel
                  title={endpoint.url}
                  actions={
                    <Show when={endpoint.disabled} fallback={<Badge tone="ok">Enabled</Badge>}>
                      <Badge tone="bad">Disabled: {endpoint.disabledReason}</Badge>
                    </Show>
                  }
                >
                  <div class="stack">
                    <Show when={endpoint.description}>{(text) => <p>{text()}</p>}</Show>
                    <p class="muted">
                      {plural(endpoint.events.length, 'event')}: {endpoint.events.join(', ')}
                    </p>
                    <Show when={endpoint.previousSecretEndsAt}>
                      {(at) => (
                        <p class="muted">
                          The old secret signs too and ends <Time at={at()} />.
                        </p>
                      )}
                    </Show>
                    <Show when={mayDevelop()}>
                      <div class="row">
                        <Button small disabled={endpoint.disabled} onClick={() => void act.run(endpoint, 'test')}>
                          Send a ping
                        </Button>
                        <Button small disabled={endpoint.disabled} onClick={() => void act.run(endpoint, 'recover')}>
                          Send the failed again
                        </Button>
                        <Button small onClick={() => void act.run(endpoint, endpoint.disabled ? 'enable' : 'disable')}>
                          {endpoint.disabled ? 'Enable' : 'Disable'}
                        </Button>
                        <Button
                          small
                          onClick={() =>
                            setOpen({
                              is: 'edit',
                              endpoint: structuredClone({ ...endpoint, events: [...endpoint.events] }),
                            })
                          }
                        >
                          Edit
                        </Button>
                        <Button small onClick={() => setOpen({ is: 'rotate', endpoint })}>
                          Rotate secret
                        </Button>
                        <Button small tone="bad" onClick={() => setOpen({ is: 'remove', endpoint })}>
                          Remove
                        </Button>
                      </div>
                    </Show>
                  </div>
                </Panel>
              )}
            </For>
            <Messages endpoints={list()} />
          </>
        )}
      </Loaded>
      <Show when={open()?.is === 'new'}>{form(null)}</Show>
      <Show when={about('edit')}>{(endpoint) => form(endpoint())}</Show>
      <Show when={about('rotate')}>
        {(endpoint) => (
          <FormDialog
            title="Rotate the secret"
            act="Rotate the secret"
            action={rotate}
            submit={(data) => void rotate.run(endpoint(), data)}
            close={() => setOpen(null)}
          >
            <Field label="The old secret signs beside the new one for">
              {(field) => (
                <select {...field} class="select" name="overlap">
                  <For each={Object.keys(OVERLAPS).toReversed()}>
                    {(span) => <option value={span}>{span === '0' ? 'no time' : span}</option>}
                  </For>
                </select>
              )}
            </Field>
          </FormDialog>
        )}
      </Show>
      <Show when={about('remove')}>
        {(endpoint) => (
          <Confirm
            title="Remove this endpoint?"
            act="Remove the endpoint"
            isBusy={remove.isBusy()}
            error={remove.error()}
            run={() => void remove.run(endpoint())}
            close={() => setOpen(null)}
          >
            <p class="muted">{endpoint().url} hears nothing any more, also not what waits to be sent.</p>
          </Confirm>
        )}
      </Show>
      <Show when={secret()}>
        {(one) => (
          <SecretDialog
            title="The signing secret"
            secret={one()}
            envName="DREAM_WEBHOOK_SECRET"
            close={() => setSecret(null)}
          />
        )}
      </Show>
    </Page>
  )
}
