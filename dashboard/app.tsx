/** Who sees what: the sign-in, the frame with the screen of the address, or what went wrong. */

import { createMemo, ErrorBoundary, For, Match, Show, Suspense, Switch } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import { Keyboard } from './components/palette.tsx'
import { Page } from './components/page.tsx'
import { Button } from './components/parts.tsx'
import { FeedDot, Shell } from './components/shell.tsx'
import { Failed, Loading } from './components/states.tsx'
import { match, pathname } from './router.tsx'
import { SCREENS } from './routes.ts'
import { ProjectProvider, useProject } from './state/project.tsx'
import { openProject, projectNamed, projects } from './state/projects.ts'
import { sessionState, signIn, startSession } from './state/session.ts'
import { toasts } from './state/toasts.ts'

function SignIn() {
  return (
    <main class="alone">
      <img src="/icon.svg" alt="" width="40" height="40" />
      <h1>Sign in to dream-api</h1>
      <p class="muted">
        Auth, subscriptions, usage limits and a store for the apps that you build. A project with working test keys is
        one step away, without a card.
      </p>
      <Button tone="primary" onClick={() => signIn(pathname() + location.search)}>
        Continue
      </Button>
    </main>
  )
}

/** Deleted while this page was open, here or by somebody else. */
const Deleted = (props: { name: string }) => (
  <Page title={`${props.name} is gone`}>
    <p class="muted">It was deleted, or closed to you, while this page was open. Nothing here works any more.</p>
    <p>
      <a class="link" href="/projects">
        All projects
      </a>
    </p>
  </Page>
)

const Missing = () => (
  <Page title="There is nothing here">
    <p class="muted">The address may be wrong, or what was here is gone.</p>
    <p>
      <a class="link" href="/projects">
        All projects
      </a>
    </p>
  </Page>
)

/** A failure inside a screen leaves the frame standing. */
const Crashed = (props: { error: unknown }) => (
  <div class="stack">
    <h1>This screen failed</h1>
    <p class="muted">The rest works. Reloading helps when a new version was deployed meanwhile.</p>
    <pre class="note mono">{props.error instanceof Error ? props.error.message : String(props.error)}</pre>
    <div class="row">
      <Button onClick={() => location.reload()}>Reload</Button>
    </div>
  </div>
)

function Screen() {
  const screen = createMemo(() => SCREENS.find(({ path }) => match(path, pathname()) !== null))
  return (
    // Another screen, or another customer, begins anew.
    <Show when={screen() && pathname()} keyed fallback={<Missing />}>
      {(_path) => (
        <ErrorBoundary fallback={(error: unknown) => <Crashed error={error} />}>
          <Suspense fallback={<Loading rows={6} />}>
            <Dynamic component={screen()!.page} />
          </Suspense>
        </ErrorBoundary>
      )}
    </Show>
  )
}

function ProjectFrame() {
  const project = useProject()
  const isGone = () =>
    projects.value() !== undefined && projectNamed(project.projectId)?.modes.includes(project.mode) !== true
  const lastName = createMemo<string | null>((before) => {
    const known = projectNamed(project.projectId)
    return known?.modes.includes(project.mode) ? known.name : before
  }, null)
  return (
    <Shell feed={<FeedDot state={project.feed()} />}>
      <Show
        when={!isGone()}
        fallback={
          <Show when={lastName()} fallback={<Missing />}>
            {(name) => <Deleted name={name()} />}
          </Show>
        }
      >
        <Screen />
      </Show>
    </Shell>
  )
}

function Inside() {
  const place = createMemo(openProject, null, {
    equals: (a, b) => a?.projectId === b?.projectId && a?.mode === b?.mode,
  })
  return (
    <>
      <Show
        when={place()}
        keyed
        fallback={
          <Shell feed={null}>
            <Screen />
          </Shell>
        }
      >
        {(open) => (
          <ProjectProvider projectId={open.projectId} mode={open.mode}>
            <ProjectFrame />
          </ProjectProvider>
        )}
      </Show>
      <Keyboard />
    </>
  )
}

export function App() {
  const failure = () => {
    const state = sessionState()
    return state.is === 'failed' ? state.error : null
  }
  return (
    <>
      <Switch>
        <Match when={sessionState().is === 'out'}>
          <SignIn />
        </Match>
        <Match when={failure()}>
          {(error) => (
            <main class="alone">
              <h1>The dashboard could not start</h1>
              <Failed error={error()} retry={() => void startSession()} />
            </main>
          )}
        </Match>
        <Match when={sessionState().is === 'in'}>
          <Inside />
        </Match>
      </Switch>
      <div class="toasts" role="status" aria-live="polite">
        <For each={toasts()}>{({ text }) => <p class="toast">{text}</p>}</For>
      </div>
    </>
  )
}
