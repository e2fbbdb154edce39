/** The people of the account, and who is invited. */

import { createSignal, For, Show } from 'solid-js'
import { ROLES, type Role } from '../../sdk/schema/account.ts'
import { call } from '../api/call.ts'
import type { InvitationView, MemberView } from '../api/views.ts'
import { Confirm, Field } from '../components/dialog.tsx'
import { FormDialog, Input, textOf } from '../components/form.tsx'
import { Table } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Panel, Time } from '../components/parts.tsx'
import { Failed, Loaded } from '../components/states.tsx'
import { sentence } from '../components/text.ts'
import { createAction, createRead } from '../state/read.ts'
import { actFor, isOwner, session } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

const MEANS: Readonly<Record<Role, string>> = {
  viewer: 'looks at everything',
  developer: 'changes projects and keys',
  owner: 'also people, billing and deletion',
}

export default function Members() {
  const read = createRead<{ members: readonly MemberView[]; invitations: readonly InvitationView[] }>(
    () => '/account/members',
    { key: 'userId' },
  )
  const [isInviting, setInviting] = createSignal(false)
  const [removing, setRemoving] = createSignal<MemberView | null>(null)
  const invite = createAction(async (data: FormData) => {
    const body = { email: textOf(data, 'email'), role: textOf(data, 'role') }
    await call('POST', '/account/invitations', { body })
    setInviting(false)
    toast(`${body.email} is invited by mail`)
    await read.refresh()
  })
  const withdraw = createAction(async (id: string) => {
    await call('DELETE', `/account/invitations/${id}`)
    await read.refresh()
  })
  const change = createAction(async (member: MemberView, role: string) => {
    await call('PATCH', `/account/members/${member.userId}`, { body: { role } }).finally(() => read.refresh())
    toast(`${member.email} is ${role} now`)
  })
  const remove = createAction(async (member: MemberView) => {
    await call('DELETE', `/account/members/${member.userId}`)
    setRemoving(null)
    toast(`${member.email} has no access any more`)
    await read.refresh()
  })
  return (
    <Page
      title="Members"
      actions={
        <Show when={isOwner()}>
          <Button tone="primary" onClick={() => setInviting(true)}>
            Invite
          </Button>
        </Show>
      }
    >
      <Show when={change.error() ?? withdraw.error()}>{(error) => <Failed error={error()} />}</Show>
      <Loaded read={read} pick={(value) => value} rows={5}>
        {(value) => (
          <>
            <Panel flush>
              <Table
                rows={value().members}
                empty="Nobody"
                columns={[
                  { name: 'Person', cell: (row) => <bdi>{row.email}</bdi> },
                  {
                    name: 'Role',
                    cell: (row) => (
                      <Show when={isOwner()} fallback={<Badge>{sentence(row.role)}</Badge>}>
                        <select
                          class="select"
                          aria-label={`Role of ${row.email}`}
                          onChange={(event) => void change.run(row, event.currentTarget.value)}
                        >
                          <For each={ROLES}>
                            {(role) => (
                              <option value={role} selected={role === row.role}>
                                {sentence(role)}: {MEANS[role]}
                              </option>
                            )}
                          </For>
                        </select>
                      </Show>
                    ),
                  },
                  { name: 'Since', cell: (row) => <Time at={row.joinedAt} /> },
                  {
                    name: '',
                    isNumber: true,
                    cell: (row) => (
                      <Show when={isOwner() && row.userId !== session()?.member.userId}>
                        <Button small tone="bad" onClick={() => setRemoving(row)}>
                          Remove
                        </Button>
                      </Show>
                    ),
                  },
                ]}
              />
            </Panel>
            <Panel title="Invited" flush>
              <Table
                rows={value().invitations}
                empty="No invitation is out."
                columns={[
                  { name: 'E-mail', cell: (row) => <bdi>{row.email}</bdi> },
                  { name: 'Role', cell: (row) => <Badge>{sentence(row.role)}</Badge> },
                  { name: 'By', cell: (row) => <bdi>{row.invitedBy}</bdi> },
                  { name: 'Good until', cell: (row) => <Time at={row.expiresAt} /> },
                  {
                    name: '',
                    isNumber: true,
                    cell: (row) => (
                      <Show when={isOwner()}>
                        <Button small onClick={() => void withdraw.run(row.id)}>
                          Withdraw
                        </Button>
                      </Show>
                    ),
                  },
                ]}
              />
            </Panel>
          </>
        )}
      </Loaded>
      <Show when={(session()?.accounts.length ?? 0) > 1}>
        <Panel title="Your accounts">
          <ul class="list">
            <For each={session()?.accounts}>
              {({ platformId }) => (
                <li>
                  <span class="spring mono truncate">{platformId}</span>
                  <Show
                    when={platformId !== session()?.account.platformId}
                    fallback={<Badge tone="accent">You act for it</Badge>}
                  >
                    <Button small onClick={() => void actFor(platformId)}>
                      Act for it
                    </Button>
                  </Show>
                </li>
              )}
            </For>
          </ul>
        </Panel>
      </Show>
      <Show when={isInviting()}>
        <FormDialog
          title="Invite"
          act="Send the invitation"
          action={invite}
          fields={['email', 'role']}
          submit={(data) => void invite.run(data)}
          close={() => setInviting(false)}
        >
          <Input label="E-mail" name="email" type="email" required error={invite.error()} />
          <Field label="Role">
            {(field) => (
              <select {...field} class="select" name="role">
                <For each={ROLES}>
                  {(role) => (
                    <option value={role} selected={role === 'developer'}>
                      {sentence(role)}: {MEANS[role]}
                    </option>
                  )}
                </For>
              </select>
            )}
          </Field>
        </FormDialog>
      </Show>
      <Show when={removing()}>
        {(member) => (
          <Confirm
            title={`Remove ${member().email}?`}
            act={`Remove ${member().email}`}
            isBusy={remove.isBusy()}
            error={remove.error()}
            run={() => void remove.run(member())}
            close={() => setRemoving(null)}
          >
            <p class="muted">Their next call is refused. Keys that they made go on working: rotate those they know.</p>
          </Confirm>
        )}
      </Show>
    </Page>
  )
}
