/** From test to live: what stands in the way, what would be made, and doing it. */

import { createEffect, createSignal, For, Show } from 'solid-js'
import { call } from '../api/call.ts'
import type { PromotedView, PromotionView } from '../api/views.ts'
import { SecretDialog } from '../components/dialog.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Panel, Time } from '../components/parts.tsx'
import { Failed, Loaded } from '../components/states.tsx'
import { count, plural, sentence } from '../components/text.ts'
import { navigate } from '../router.tsx'
import { useProject } from '../state/project.tsx'
import { projectNamed, projects } from '../state/projects.ts'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

const WAYS: Readonly<Record<string, string>> = { live_connection: '/connect', subscription: '/billing' }
const CHANGES = { create: 'ok', update: 'accent', archive: 'warn' } as const
const text = (value: unknown): string =>
  value === null || value === undefined ? 'nothing' : typeof value === 'object' ? JSON.stringify(value) : String(value)

export default function Promote() {
  const project = useProject()
  const path = `/account/projects/${project.projectId}/promotion`
  const read = createRead<{ promotion: PromotionView }>(() => path)
  const [stock, setStock] = createSignal<'copy' | 'zero'>('zero')
  const [subscribers, setSubscribers] = createSignal<'keep' | 'migrate'>('keep')
  const [keys, setKeys] = createSignal<PromotedView['keys']['live'] | null>(null)
  // Pressed twice it is one promotion, and its keys can be shown again.
  const idempotencyKey = crypto.randomUUID()
  const isStore = () => projectNamed(project.projectId)?.type === 'store'
  const blocked = () => read.value()?.promotion.checks.some(({ required, ok }) => required && !ok) ?? true
  const promote = createAction(async () => {
    const body = read.value()?.promotion.differences.some(({ kind }) => kind === 'variant') ? { stock: stock() } : {}
    const made = await call<PromotedView>('POST', path, { body, idempotencyKey })
    setKeys(made.keys.live)
    await Promise.all([projects.refresh(), read.refresh()])
  })
  // Somebody else pressed it, or the answer to an earlier press was lost: the page goes on from how it stands.
  createEffect(() => {
    if (promote.error()?.code === 'live_exists') void Promise.all([projects.refresh(), read.refresh()])
  })
  const rest = () => {
    const progress = read.value()?.promotion.progress
    return progress && progress.done < progress.total ? progress : null
  }
  const takeOver = createAction(async () => {
    const body = { revision: read.value()?.promotion.revision, subscribers: subscribers(), stock: stock() }
    await call('PATCH', path, { body })
    toast('Live has what test has')
    await read.refresh()
  })
  return (
    <Page
      title={read.value()?.promotion.isLive ? 'Take changes to live' : 'Promote to live'}
      about={
        <Show when={read.at()}>
          {(at) => (
            <>
              Compared <Time at={at()} />
            </>
          )}
        </Show>
      }
      actions={<Button onClick={() => void read.refresh()}>Compare again</Button>}
    >
      <Loaded read={read} pick={(value) => value.promotion} rows={6}>
        {(promotion) => (
          <>
            <Show when={!promotion().isLive}>
              <Panel title="Before it can go live">
                <ul class="list">
                  <For each={promotion().checks}>
                    {({ check, required, ok, problem }) => (
                      <li>
                        <Badge tone={ok ? 'ok' : required ? 'bad' : 'warn'}>
                          {ok ? 'Ready' : required ? 'Needed' : 'Better'}
                        </Badge>
                        <span class="spring">
                          <strong>{sentence(check)}</strong> <span class="muted">{problem}</span>
                        </span>
                        <Show when={!ok && WAYS[check]}>
                          {(way) => (
                            <a class="link" href={way()}>
                              Do it
                            </a>
                          )}
                        </Show>
                      </li>
                    )}
                  </For>
                </ul>
              </Panel>
            </Show>
            <Panel
              title={promotion().isLive ? 'What would change in live' : 'What would be made in live'}
              actions={<span class="faint">{plural(promotion().differences.length, 'difference')}</span>}
            >
              <ul class="list">
                <For
                  each={promotion().differences}
                  fallback={<li class="muted">Live has all that test has. Change something in test first.</li>}
                >
                  {(difference) => (
                    <li>
                      <Badge tone={CHANGES[difference.change]}>{sentence(difference.change)}</Badge>
                      <Badge>{sentence(difference.kind)}</Badge>
                      <details class="spring">
                        <summary>{difference.name}</summary>
                        <ul>
                          <For each={Object.entries(difference.fields)}>
                            {([name, { from, to }]) => (
                              <li class="muted mono">
                                {name}: {promotion().isLive ? `${text(from)} → ` : ''}
                                {text(to)}
                              </li>
                            )}
                          </For>
                        </ul>
                      </details>
                    </li>
                  )}
                </For>
              </ul>
            </Panel>
            <Show when={mayDevelop()}>
              <div class="row">
                <Show when={isStore()}>
                  <select
                    class="select"
                    aria-label="Stock that live begins with"
                    onChange={(event) => setStock(event.currentTarget.value === 'copy' ? 'copy' : 'zero')}
                  >
                    <option value="zero">New variants begin with nothing on the shelf</option>
                    <option value="copy">New variants begin with what test has</option>
                  </select>
                </Show>
                <Show
                  when={promotion().isLive}
                  fallback={
                    <Button
                      tone="primary"
                      disabled={blocked()}
                      busy={promote.isBusy()}
                      onClick={() => void promote.run()}
                    >
                      Promote {projectNamed(project.projectId)?.name ?? ''} to live
                    </Button>
                  }
                >
                  <label class="check">
                    <input
                      type="checkbox"
                      onChange={(event) => setSubscribers(event.currentTarget.checked ? 'migrate' : 'keep')}
                    />
                    Move subscribers to changed prices with their next invoice
                  </label>
                  <Button
                    tone="primary"
                    disabled={promotion().differences.length === 0}
                    busy={takeOver.isBusy()}
                    onClick={() => void takeOver.run()}
                  >
                    Take over to live
                  </Button>
                </Show>
              </div>
            </Show>
            <Show when={rest()}>
              {(progress) => (
                <p class="note" data-tone="warn" role="status">
                  {count(progress().done)} of {count(progress().total)} are made at Stripe. The rest is made by itself,
                  each once, and tried again until it is there.
                  <Show when={progress().owed[0]?.failure}>{(failure) => <> Stripe said: {failure()}</>}</Show>
                </p>
              )}
            </Show>
            <Show when={promote.error() ?? takeOver.error()}>{(error) => <Failed error={error()} />}</Show>
          </>
        )}
      </Loaded>
      <Show when={keys()}>
        {(live) => (
          <SecretDialog
            title="Your live keys"
            secret={live().secretKey}
            envName="DREAM_API_SECRET_KEY"
            publishableKey={live().publishableKey}
            close={() => {
              setKeys(null)
              navigate(`/p/${project.projectId}/live`)
            }}
          />
        )}
      </Show>
    </Page>
  )
}
