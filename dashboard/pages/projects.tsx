/** All projects, what they come to, and a new one in one step. */

import { createSignal, For, onMount, Show } from 'solid-js'
import type { ProjectType } from '../../sdk/schema/common.ts'
import { call } from '../api/call.ts'
import type { CreatedView, DashboardView, ProjectView } from '../api/views.ts'
import { Dialog, Field, problemOf, SecretDialog } from '../components/dialog.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Copy, Figure, Panel, Time } from '../components/parts.tsx'
import { Empty, Failed, Loaded } from '../components/states.tsx'
import { count, money } from '../components/text.ts'
import { navigate, query, setQuery } from '../router.tsx'
import { projects } from '../state/projects.ts'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'

const TYPES: readonly { readonly type: ProjectType; readonly name: string; readonly about: string }[] = [
  { type: 'saas', name: 'Meter usage', about: 'Plans with limits, counted call by call' },
  { type: 'store', name: 'Sell products', about: 'A cart, stock that is never oversold' },
  { type: 'membership', name: 'Gate content', about: 'Members pay, others see the door' },
]

function NewProject(props: { close: () => void; created: (made: CreatedView) => void }) {
  const [name, setName] = createSignal('')
  const [type, setType] = createSignal<ProjectType>('saas')
  // Pressed twice or sent twice, it is one project, and its secret can be shown again.
  const idempotencyKey = crypto.randomUUID()
  const create = createAction(async () => {
    const body = { name: name(), type: type() }
    props.created(await call<CreatedView>('POST', '/account/projects', { body, idempotencyKey }))
    await projects.refresh()
  })
  return (
    <Dialog title="New project" close={props.close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          void create.run()
        }}
      >
        <Field label="Name" problem={problemOf(create.error(), 'name')}>
          {(field) => (
            <input
              {...field}
              class="input"
              required
              maxLength={80}
              autofocus
              autocomplete="off"
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <fieldset class="field">
          <legend>What is it for?</legend>
          <div class="choices">
            <For each={TYPES}>
              {(one) => (
                <label class="choice">
                  <input type="radio" name="type" checked={type() === one.type} onChange={() => setType(one.type)} />
                  <strong>{one.name}</strong>
                  <small>{one.about}</small>
                </label>
              )}
            </For>
          </div>
        </fieldset>
        <Show when={create.error()?.issues.length === 0 && create.error()}>
          {(error) => <Failed error={error()} />}
        </Show>
        <footer class="row">
          <span class="spring" />
          <Button onClick={() => props.close()}>Cancel</Button>
          <Button tone="primary" type="submit" busy={create.isBusy()}>
            Create project
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

function Row(props: { project: ProjectView }) {
  const mode = () => (props.project.liveAt === null ? 'test' : 'live')
  const figures = createRead<DashboardView>(() => `/account/projects/${props.project.projectId}/${mode()}/dashboard`)
  const main = () => {
    const metrics = figures.value()?.metrics
    if (metrics === undefined) return ''
    if (props.project.type === 'store') return `${money(metrics.storeTotalRevenue, 'usd')} revenue`
    return `${money(metrics.mrr, 'usd')} MRR`
  }
  return (
    <tr>
      <td>
        <a class="link" href={`/p/${props.project.projectId}/${mode()}`}>
          {props.project.name}
        </a>
      </td>
      <td>{TYPES.find(({ type }) => type === props.project.type)?.name}</td>
      <td>
        <span class="row">
          <For each={props.project.modes}>
            {(one) => <Badge tone={one === 'live' ? 'ok' : 'warn'}>{one === 'live' ? 'Live' : 'Test'}</Badge>}
          </For>
          <Show when={props.project.deletingAt}>
            <Badge tone="bad">Being deleted</Badge>
          </Show>
        </span>
      </td>
      <td class="number">{main()}</td>
      <td class="number">{figures.value() === undefined ? '' : count(figures.value()!.totalCustomers)}</td>
      <td>
        <Copy text={props.project.publishableKeys[mode()] ?? ''} />
      </td>
      <td>
        <Time at={props.project.createdAt} />
      </td>
    </tr>
  )
}

export default function Projects() {
  const [created, setCreated] = createSignal<CreatedView | null>(null)
  const isNew = () => query('new') !== ''
  // They are read once for all screens: what failed then is tried again here.
  onMount(() => {
    if (projects.error() !== null) void projects.refresh()
  })
  const all = () => projects.value()?.projects.filter(({ deletedAt }) => deletedAt === null) ?? []
  const inMode = (mode: 'test' | 'live') => all().filter(({ modes }) => modes.includes(mode)).length
  return (
    <Page
      title="Projects"
      actions={
        <Show when={mayDevelop()}>
          <Button tone="primary" onClick={() => setQuery({ new: '1' })}>
            New project
          </Button>
        </Show>
      }
    >
      <Loaded read={projects} pick={({ projects: list }) => list} rows={6}>
        {() => (
          <Show
            when={all().length > 0}
            fallback={
              <Panel title="No project yet">
                <Empty action={<Button onClick={() => setQuery({ new: '1' })}>Create the first one</Button>}>
                  A project has working test keys the moment it is made. No card, no Stripe account.
                </Empty>
              </Panel>
            }
          >
            <div class="panel figures">
              <Figure name="Projects">{count(all().length)}</Figure>
              <Figure name="Live">{count(inMode('live'))}</Figure>
              <Figure name="In test only">{count(all().length - inMode('live'))}</Figure>
            </div>
            <Panel flush>
              <div class="scroller">
                <table class="table">
                  <thead>
                    <tr>
                      <th scope="col">Project</th>
                      <th scope="col">Does</th>
                      <th scope="col">Modes</th>
                      <th scope="col" class="number">
                        Brings
                      </th>
                      <th scope="col" class="number">
                        Customers
                      </th>
                      <th scope="col">Publishable key</th>
                      <th scope="col">Made</th>
                    </tr>
                  </thead>
                  <tbody>
                    <For each={all()}>{(project) => <Row project={project} />}</For>
                  </tbody>
                </table>
              </div>
            </Panel>
          </Show>
        )}
      </Loaded>
      <Show when={isNew() && created() === null}>
        <NewProject close={() => setQuery({ new: '' })} created={setCreated} />
      </Show>
      <Show when={created()}>
        {(made) => (
          <SecretDialog
            title={`${made().project.name} is ready`}
            secret={made().keys.test.secretKey}
            envName="DREAM_API_SECRET_KEY"
            publishableKey={made().keys.test.publishableKey}
            close={() => {
              const { projectId } = made().project
              setCreated(null)
              navigate(`/p/${projectId}/test`)
            }}
          />
        )}
      </Show>
    </Page>
  )
}
