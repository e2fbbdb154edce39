/** How an app joins this project, with its real values filled in. */

import { Show } from 'solid-js'
import { Page } from '../components/page.tsx'
import { Badge, Copy, Facts, Panel } from '../components/parts.tsx'
import { Snippet } from '../components/snippet.tsx'
import { Loading } from '../components/states.tsx'
import type { DashboardView } from '../api/views.ts'
import { projectNamed } from '../state/projects.ts'
import { useProject } from '../state/project.tsx'
import { createRead } from '../state/read.ts'

export default function Integrate() {
  const project = useProject()
  const figures = createRead<DashboardView>(() => project.path('/dashboard'))
  project.keepFresh(figures, ['usage', 'order', 'customer'])
  const key = () => projectNamed(project.projectId)?.publishableKeys[project.mode]
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
