/** The keys of a project: made, rotated, ended. A secret is shown once. */

import { createSignal, For, Match, Show, Switch } from 'solid-js'
import { OVERLAPS, SCOPES } from '../../sdk/schema/key.ts'
import { call } from '../api/call.ts'
import type { KeyView } from '../api/views.ts'
import { Confirm, Field, SecretDialog } from '../components/dialog.tsx'
import { FormDialog, Input, textOf } from '../components/form.tsx'
import { List } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Copy, Panel, Status, Time } from '../components/parts.tsx'
import { Snippet } from '../components/snippet.tsx'
import { Failed } from '../components/states.tsx'
import { useProject } from '../state/project.tsx'
import { projectNamed } from '../state/projects.ts'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

const OVERLAP_NAMES: Readonly<Record<keyof typeof OVERLAPS, string>> = {
  '0': 'End the old key at once',
  '15m': 'Both work for 15 minutes',
  '1h': 'Both work for an hour',
  '24h': 'Both work for a day',
}

export default function Keys() {
  const project = useProject()
  const keys = createRead<{ keys: readonly KeyView[] }>(() => project.path('/keys'), { key: 'prefix' })
  project.keepFresh(keys, ['usage', 'project'])
  const [open, setOpen] = createSignal<{ is: 'new' } | { is: 'rotate' | 'revoke'; key: KeyView } | null>(null)
  const [secret, setSecret] = createSignal<string | null>(null)
  const publishableKey = () => projectNamed(project.projectId)?.publishableKeys[project.mode]
  const about = (kind: 'rotate' | 'revoke') => {
    const now = open()
    return now?.is === kind ? now.key : null
  }
  const show = async (answer: { secretKey: string }) => {
    setOpen(null)
    setSecret(answer.secretKey)
    await keys.refresh()
  }
  const create = createAction(async (data: FormData) => {
    const body = { name: textOf(data, 'name'), scopes: data.getAll('scope') }
    await show(await call('POST', project.path('/keys'), { body }))
  })
  const rotate = createAction(async (key: KeyView, data: FormData) => {
    const path = project.path(`/keys/${encodeURIComponent(key.name)}/rotate`)
    await show(await call('POST', path, { body: { overlap: textOf(data, 'overlap') } }))
  })
  const revoke = createAction(async (key: KeyView) => {
    await call('DELETE', project.path(`/keys/${encodeURIComponent(key.name)}`))
    setOpen(null)
    toast(`${key.name} is ended`)
    await keys.refresh()
  })
  const endOld = createAction(async (key: KeyView) => {
    await call('DELETE', project.path(`/keys/${encodeURIComponent(key.name)}?only=old`))
    toast(`The old ${key.name} is ended`)
    await keys.refresh()
  })
  return (
    <Page
      title="Keys"
      about="The publishable key may be in a page. A secret key stays on your server."
      actions={
        <Show when={mayDevelop()}>
          <Button tone="primary" onClick={() => setOpen({ is: 'new' })}>
            New secret key
          </Button>
        </Show>
      }
    >
      <Panel title="Publishable key">
        <Show when={publishableKey()}>{(key) => <Copy text={key()} whole />}</Show>
      </Panel>
      <Show when={endOld.error()}>{(error) => <Failed error={error()} />}</Show>
      <List
        read={keys}
        pick={(value) => value.keys}
        columns={[
          { name: 'Secret key', cell: (row) => row.name },
          { name: 'Begins and ends with', cell: (row) => <span class="mono">{row.prefix}</span> },
          {
            name: 'May',
            cell: (row) => (
              <span class="row">
                <For each={row.scopes}>{(scope) => <Badge>{scope}</Badge>}</For>
              </span>
            ),
          },
          {
            name: 'Status',
            cell: (row) => (
              <span class="row">
                <Status of={row.status} />
                <Show when={row.endsAt}>
                  {(at) => (
                    <span class="faint">
                      ends <Time at={at()} />
                    </span>
                  )}
                </Show>
              </span>
            ),
          },
          { name: 'Last used', cell: (row) => <Time at={row.lastUsedAt} /> },
          { name: 'Made', cell: (row) => <Time at={row.createdAt} /> },
          {
            name: '',
            isNumber: true,
            cell: (row) => (
              <Show when={mayDevelop()}>
                <span class="row">
                  <Switch>
                    <Match when={row.status === 'ending'}>
                      <Button small busy={endOld.isBusy()} onClick={() => void endOld.run(row)}>
                        End it now
                      </Button>
                    </Match>
                    <Match when={row.endsAt === null}>
                      <Button small onClick={() => setOpen({ is: 'rotate', key: row })}>
                        Rotate
                      </Button>
                      <Button small tone="bad" onClick={() => setOpen({ is: 'revoke', key: row })}>
                        Revoke
                      </Button>
                    </Match>
                  </Switch>
                </span>
              </Show>
            ),
          },
        ]}
        empty="No secret key. Make one for your server."
      />
      <Panel title="In your app">
        <Show when={publishableKey()}>{(key) => <Snippet publishableKey={key()} />}</Show>
      </Panel>
      <Show when={open()?.is === 'new'}>
        <FormDialog
          title="New secret key"
          act="Make the key"
          action={create}
          fields={['name', 'scopes']}
          submit={(data) => void create.run(data)}
          close={() => setOpen(null)}
        >
          <Input label="Name" name="name" hint="What uses it: worker, ci, …" required error={create.error()} />
          <fieldset class="field">
            <legend>What it may do</legend>
            <For each={SCOPES}>
              {(scope) => (
                <label class="check">
                  <input type="checkbox" name="scope" value={scope} checked={scope !== 'admin'} />
                  {scope}
                </label>
              )}
            </For>
          </fieldset>
        </FormDialog>
      </Show>
      <Show when={about('rotate')}>
        {(key) => (
          <FormDialog
            title={`Rotate ${key().name}`}
            act={`Rotate ${key().name}`}
            action={rotate}
            submit={(data) => void rotate.run(key(), data)}
            close={() => setOpen(null)}
          >
            <p class="muted">
              A new key takes the place of {key().prefix}, which was last used <Time at={key().lastUsedAt} />.
            </p>
            <Field label="The old key">
              {(field) => (
                <select {...field} class="select" name="overlap">
                  <For each={Object.entries(OVERLAP_NAMES)}>
                    {([value, name]) => (
                      <option value={value} selected={value === '24h'}>
                        {name}
                      </option>
                    )}
                  </For>
                </select>
              )}
            </Field>
          </FormDialog>
        )}
      </Show>
      <Show when={about('revoke')}>
        {(key) => (
          <Confirm
            title={`Revoke ${key().name}?`}
            act={`Revoke ${key().name}`}
            typed={key().prefix.slice(-4)}
            isBusy={revoke.isBusy()}
            error={revoke.error()}
            run={() => void revoke.run(key())}
            close={() => setOpen(null)}
          >
            <p class="muted">
              The very next request with it is refused. It was last used <Time at={key().lastUsedAt} />.
            </p>
          </Confirm>
        )}
      </Show>
      <Show when={secret()}>
        {(one) => (
          <SecretDialog
            title="Your new secret key"
            secret={one()}
            envName="DREAM_API_SECRET_KEY"
            publishableKey={publishableKey()}
            close={() => setSecret(null)}
          />
        )}
      </Show>
    </Page>
  )
}
