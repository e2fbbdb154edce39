/** What can be done for a customer beside their plan: ending their sessions, and handing out what is stored of them. */

import { Show } from 'solid-js'
import { call, download } from '../api/call.ts'
import { saveFile } from '../state/file.ts'
import { useProject } from '../state/project.tsx'
import { createAction } from '../state/read.ts'
import { toast } from '../state/toasts.ts'
import { Button, Panel } from './parts.tsx'
import { Failed } from './states.tsx'

export function CustomerActs(props: { id: string }) {
  const project = useProject()
  const path = (rest: string) => project.path(`/customers/${encodeURIComponent(props.id)}${rest}`)
  const signOut = createAction(async () => {
    await call('DELETE', path('/sessions'))
    toast('Signed out of every browser')
  })
  const take = createAction(async () => saveFile(await download(path('/export')), `${props.id}.json`))
  return (
    <Panel title="For them">
      <div class="row">
        <Button small busy={signOut.isBusy()} onClick={() => void signOut.run()}>
          Sign out everywhere
        </Button>
        <Button small busy={take.isBusy()} onClick={() => void take.run()}>
          Export all that is stored
        </Button>
      </div>
      <Show when={signOut.error() ?? take.error()}>{(error) => <Failed error={error()} />}</Show>
    </Panel>
  )
}
