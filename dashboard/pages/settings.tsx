/** The settings of a project in one mode, and what cannot be taken back. */

import { createSignal, Show } from 'solid-js'
import { call, download } from '../api/call.ts'
import type { ProjectView, SettingsView } from '../api/views.ts'
import { Conflict, differences } from '../components/conflict.tsx'
import { Confirm, Field, problemOf } from '../components/dialog.tsx'
import { Input, Refusal, textOf } from '../components/form.tsx'
import { Page } from '../components/page.tsx'
import { Button, Copy, Facts, Panel } from '../components/parts.tsx'
import { Failed, Loaded } from '../components/states.tsx'
import { plural } from '../components/text.ts'
import { navigate } from '../router.tsx'
import { saveFile } from '../state/file.ts'
import { useProject } from '../state/project.tsx'
import { projectNamed, projects } from '../state/projects.ts'
import { createAction, createRead } from '../state/read.ts'
import { isOwner, mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

/** What the sign-in pages wear when nobody chose. */
const OUR_COLOUR = '#2f2bd6'

const inWords = ({ allowedOrigins, automaticTax, accentColor }: SettingsView): Record<string, string> => ({
  'Allowed origins': allowedOrigins.join(', '),
  'Stripe Tax': automaticTax ? 'Yes' : 'No',
  Colour: accentColor ?? 'Ours',
})

function Danger(props: { project: ProjectView }) {
  const [isDeleting, setDeleting] = createSignal(false)
  const [cancels, setCancels] = createSignal(false)
  const remove = createAction(async () => {
    const body = {
      confirm: props.project.name,
      ...(props.project.liveAt === null ? {} : { cancelSubscriptions: cancels() }),
    }
    await call('DELETE', `/account/projects/${props.project.projectId}`, { body })
    toast(`${props.project.name} is being deleted`)
    navigate('/projects')
    await projects.refresh()
  })
  return (
    <Panel title="Danger zone" tone="bad">
      <div class="row">
        <p class="muted">
          Deleting ends every key and takes all data of the project with it, in test and live. It cannot be undone.
        </p>
        <Button tone="bad" onClick={() => setDeleting(true)}>
          Delete {props.project.name}
        </Button>
      </div>
      <Show when={isDeleting()}>
        <Confirm
          title={`Delete ${props.project.name}?`}
          act={`Delete ${props.project.name}`}
          typed={props.project.name}
          isBusy={remove.isBusy()}
          error={remove.error()}
          run={() => void remove.run()}
          close={() => setDeleting(false)}
        >
          <p class="muted">
            Customers, usage, tiers, products, orders and keys go for good, in every mode. Export first.
          </p>
          <Show when={props.project.liveAt !== null}>
            <label class="check">
              <input type="checkbox" onChange={(event) => setCancels(event.currentTarget.checked)} />
              End the paying customers' subscriptions at Stripe too
            </label>
          </Show>
          <Show when={remove.error()?.code === 'subscriptions_live'}>
            <p class="problem">
              {plural(Number(remove.error()?.detail['subscriptions'] ?? 0), 'customer')} pay through this project.
            </p>
          </Show>
        </Confirm>
      </Show>
    </Panel>
  )
}

export default function Settings() {
  const project = useProject()
  const settings = createRead<{ project: SettingsView }>(() => project.path('/project'))
  const nameNow = () => projectNamed(project.projectId)?.name ?? settings.value()?.project.name ?? ''
  const [revision, setRevision] = createSignal<number>()
  const conflict = () => {
    const error = save.error()
    const mine = settings.value()?.project
    return error?.code === 'project_changed' && mine !== undefined
      ? { error, mine, theirs: error.detail['project'] as SettingsView }
      : null
  }
  const signIn = (page: 'signup' | 'signin') => {
    const { publishableKey = '', allowedOrigins = [] } = settings.value()?.project ?? {}
    const redirect = allowedOrigins[0] ?? (project.mode === 'test' ? 'http://localhost:3000' : location.origin)
    return `/${page}?${new URLSearchParams({ pk: publishableKey, redirect })}`
  }
  const save = createAction(async (data: FormData) => {
    const before = settings.value()?.project
    const name = textOf(data, 'name')
    const allowedOrigins = textOf(data, 'allowedOrigins')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
    const automaticTax = data.get('automaticTax') === 'on'
    const accentColor = data.get('ownColour') === 'on' ? textOf(data, 'accentColor') : null
    const changed = {
      ...(allowedOrigins.join() === before?.allowedOrigins.join() ? {} : { allowedOrigins }),
      ...(automaticTax === before?.automaticTax ? {} : { automaticTax }),
      ...(accentColor === before?.accentColor ? {} : { accentColor }),
    }
    if (Object.keys(changed).length > 0) {
      const body = { ...changed, ifRevision: revision() ?? before?.revision }
      await call('PATCH', project.path('/project'), { body })
    }
    // The name is the project's, in both modes.
    if (name !== nameNow()) await call('PATCH', `/account/projects/${project.projectId}`, { body: { name } })
    setRevision(undefined)
    await Promise.all([settings.refresh(), projects.refresh()])
    toast('Settings saved')
  })
  const take = createAction(async () => {
    const asked = new URLSearchParams({ projectId: project.projectId, mode: project.mode })
    saveFile(await download(`/account/export?${asked}`), `${project.projectId}-${project.mode}.ndjson`)
  })
  return (
    <Page title="Settings" about={`Of ${project.mode} mode.`}>
      <Loaded read={settings} pick={(value) => value.project} rows={6}>
        {(value) => (
          <>
            <Panel title="General">
              <form
                class="form"
                onSubmit={(event) => {
                  event.preventDefault()
                  void save.run(new FormData(event.currentTarget))
                }}
              >
                <Input label="Name" name="name" required value={nameNow()} error={save.error()} />
                <Field
                  label="Allowed origins"
                  hint="Pages that may call with the publishable key, one a line. https://app.example"
                  problem={problemOf(save.error(), 'allowedOrigins')}
                >
                  {(field) => (
                    <textarea {...field} class="input" name="allowedOrigins" spellcheck={false}>
                      {value().allowedOrigins.join('\n')}
                    </textarea>
                  )}
                </Field>
                <label class="check">
                  <input type="checkbox" name="automaticTax" checked={value().automaticTax} />
                  Stripe Tax adds tax at checkout
                </label>
                <fieldset class="field">
                  <legend>Colour of the sign-in pages</legend>
                  <div class="row">
                    <label class="check">
                      <input type="checkbox" name="ownColour" checked={value().accentColor !== null} />
                      One of your own
                    </label>
                    <input
                      type="color"
                      name="accentColor"
                      aria-label="Your colour"
                      value={value().accentColor ?? OUR_COLOUR}
                      onInput={(event) => {
                        const { form } = event.currentTarget
                        const own = form?.elements.namedItem('ownColour')
                        if (own instanceof HTMLInputElement) own.checked = true
                      }}
                    />
                    <span class="spring hint">Buttons of sign-up and sign-in wear it.</span>
                    <a class="link" href={signIn('signup')} target="_blank" rel="noreferrer">
                      Look at sign-up
                    </a>
                  </div>
                </fieldset>
                <Show when={conflict()} fallback={<Refusal error={save.error()} fields={['name', 'allowedOrigins']} />}>
                  {(two) => (
                    <Conflict
                      error={two().error}
                      theirs={differences(inWords(two().mine), inWords(two().theirs))}
                      goOn={() => {
                        setRevision(two().theirs.revision)
                        save.forget()
                      }}
                    />
                  )}
                </Show>
                <Show when={mayDevelop()}>
                  <div class="row">
                    <Button tone="primary" type="submit" busy={save.isBusy()}>
                      Save
                    </Button>
                  </div>
                </Show>
              </form>
            </Panel>
            <Panel title="What it is">
              <Facts
                of={[
                  ['Project', <Copy text={project.projectId} />],
                  ['Type', value().type],
                  ['Publishable key', <Copy text={value().publishableKey} />],
                  ['Sign-up page', <Copy text={location.origin + signIn('signup')} />],
                  ['Sign-in page', <Copy text={location.origin + signIn('signin')} />],
                  [
                    'Stripe account',
                    value().stripeAccountId === null ? (
                      <a class="link" href="/connect">
                        Connect one
                      </a>
                    ) : (
                      <Copy text={value().stripeAccountId!} />
                    ),
                  ],
                ]}
              />
            </Panel>
            <Show when={mayDevelop()}>
              <Panel title="Export">
                <div class="row">
                  <p class="muted">Everything that is stored in this mode, as JSON lines, without any key.</p>
                  <Button busy={take.isBusy()} onClick={() => void take.run()}>
                    Export
                  </Button>
                </div>
                <Show when={take.error()}>{(error) => <Failed error={error()} />}</Show>
              </Panel>
            </Show>
          </>
        )}
      </Loaded>
      <Show when={isOwner() && projectNamed(project.projectId)}>{(one) => <Danger project={one()} />}</Show>
    </Page>
  )
}
