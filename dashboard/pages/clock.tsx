/** The sandbox's clock: a month goes by, and renewals, dunning and trial ends happen as they do at Stripe. */

import { createSignal, For, onMount, Show } from 'solid-js'
import { Page } from '../components/page.tsx'
import { Button, Panel } from '../components/parts.tsx'
import { Failed } from '../components/states.tsx'
import { exact } from '../components/text.ts'
import { ApiError } from '../api/error.ts'
import { readClock } from '../state/now.ts'
import { createAction } from '../state/read.ts'

const SPANS = [
  ['1h', 'An hour'],
  ['1d', 'A day'],
  ['7d', 'A week'],
  ['31d', 'A month'],
] as const

export default function Clock() {
  const [at, setAt] = createSignal<number | null>(null)
  onMount(async () => setAt(await readClock()))
  const advance = createAction(async (span: string) => {
    const response = await fetch('/sandbox/clock', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ advance: span }),
    })
    if (!response.ok) throw new ApiError(response.status, { message: 'The clock did not move.' })
    setAt(await readClock())
  })
  return (
    <Page title="Test clock" about="Of this sandbox: every project, Stripe and Clerk move with it. It never goes back.">
      <Panel title="It is">
        <div class="stack">
          <p class="figure">{at() === null ? '…' : exact(at()!).split(' · ')[0]}</p>
          <div class="row">
            <For each={SPANS}>
              {([span, name]) => (
                <Button busy={advance.isBusy()} onClick={() => void advance.run(span)}>
                  {name} goes by
                </Button>
              )}
            </For>
          </div>
          <Show when={advance.error()}>{(error) => <Failed error={error()} />}</Show>
        </div>
      </Panel>
    </Page>
  )
}
