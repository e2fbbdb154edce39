/** How an app joins this project, with its real values filled in. */

import { createSignal, Show } from 'solid-js'
import { call } from '../api/call.ts'
import { Page } from '../components/page.tsx'
import { Badge, Button, Code, Copy, Facts, Panel } from '../components/parts.tsx'
import { Snippet } from '../components/snippet.tsx'
import { Failed, Loading } from '../components/states.tsx'
import type { DashboardView } from '../api/views.ts'
import { clockNow } from '../state/now.ts'
import { projectNamed } from '../state/projects.ts'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'

const TEMPLATES = { saas: 'saas-react', store: 'store-react', membership: 'membership-react' } as const

/** Counts one call as the app will, and waits until it is heard of on the feed like any other. */
function TestCall() {
  const project = useProject()
  const [sentAt, setSentAt] = createSignal<number | null>(null)
  const heard = () => project.heard.some(({ kind, at }) => kind === 'usage' && sentAt() !== null && at >= sentAt()!)
  const send = createAction(async () => {
    const before = clockNow()
    await call('POST', project.path('/data'), { body: {}, headers: { 'X-User-Id': 'test_user' } })
    setSentAt(before)
  })
  return (
    <div class="stack tight">
      <div class="row">
        <Button busy={send.isBusy()} onClick={() => void send.run()}>
          Make a test call
        </Button>
        <span role="status">
          <Show when={sentAt() !== null}>
            <Show when={heard()} fallback={<Badge tone="warn">Waiting for it</Badge>}>
              <Badge tone="ok">Heard on the feed</Badge>
            </Show>
          </Show>
        </span>
      </div>
      <Show when={send.error()}>{(error) => <Failed error={error()} />}</Show>
    </div>
  )
}

export default function Integrate() {
  const project = useProject()
  const figures = createRead<DashboardView>(() => project.path('/dashboard'))
  project.keepFresh(figures, ['usage', 'order', 'customer'])
  const known = () => projectNamed(project.projectId)
  const key = () => known()?.publishableKeys[project.mode]
  const signIn = (page: string) => `${location.origin}/${page}?pk=${key()}&redirect=http://localhost:3000/`
  return (
    <Page
      title="Integrate"
      about="Paste it into your app, or hand the prompt to your coding agent. No secret is in either."
    >
      <Show when={key()} fallback={<Loading rows={6} />}>
        {(publishableKey) => (
          <>
            <Panel title="Code">
              <Snippet publishableKey={publishableKey()} />
            </Panel>
            <Show when={project.mode === 'test' && mayDevelop() && known()?.type === 'saas'}>
              <Panel title="Try it">
                <TestCall />
              </Panel>
            </Show>
            <Panel title="Begin with an app that is there">
              <Code
                label="the command for a template"
                text={`npx @dream-api/sdk create my-app --template ${TEMPLATES[known()?.type ?? 'saas']} --key ${publishableKey()} --api ${location.origin}`}
              />
            </Panel>
            <Panel title="For coding agents">
              <Code
                label="the MCP command"
                text={`claude mcp add --transport http dream-api ${location.origin}/mcp --header "Authorization: Bearer $DREAM_API_SECRET_KEY"`}
              />
            </Panel>
            <Panel title="Values">
              <Facts
                of={[
                  ['API', <Copy whole text={location.origin} />],
                  ['Publishable key', <Copy whole text={publishableKey()} />],
                  [
                    'Secret key',
                    <a class="link" href={project.page('/keys')}>
                      Shown once; make or rotate one under Keys
                    </a>,
                  ],
                  ['Sign-up page', <Copy whole text={signIn('signup')} />],
                  ['Sign-in page', <Copy whole text={signIn('signin')} />],
                  ['For agents', <Copy whole text={`${location.origin}/llms.txt`} />],
                  [
                    'First call',
                    <Show when={figures.value()?.steps.keyUsed} fallback={<Badge tone="warn">Waiting for it</Badge>}>
                      <Badge tone="ok">Heard</Badge>
                    </Show>,
                  ],
                ]}
              />
            </Panel>
          </>
        )}
      </Show>
    </Page>
  )
}
