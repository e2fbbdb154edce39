/** Where the mail of an invitation leads. */

import { Show } from 'solid-js'
import { call } from '../api/call.ts'
import { Page } from '../components/page.tsx'
import { Button, Panel } from '../components/parts.tsx'
import { Failed } from '../components/states.tsx'
import { navigate, query } from '../router.tsx'
import { createAction } from '../state/read.ts'
import { actFor, session } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

export default function Accept() {
  const accept = createAction(async () => {
    const body = { account: query('account'), code: query('code') }
    const { platformId } = await call<{ platformId: string }>('POST', '/account/invitations/accept', { body })
    await actFor(platformId)
    toast('You belong to the account now')
    navigate('/projects', { replace: true })
  })
  return (
    <Page title="Invitation">
      <Panel>
        <div class="stack">
          <p>You were invited to an account of dream-api. You are signed in as {session()?.member.email}.</p>
          <Show when={accept.error()}>{(error) => <Failed error={error()} />}</Show>
          <div class="row">
            <Button tone="primary" busy={accept.isBusy()} onClick={() => void accept.run()}>
              Accept
            </Button>
          </div>
        </div>
      </Panel>
    </Page>
  )
}
