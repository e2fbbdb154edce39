/** How far a new project has come, as the server says, and doing the next step where it can be done from here. */

import { For, Show } from 'solid-js'
import { call } from '../api/call.ts'
import type { DashboardView, TierView, UsageView } from '../api/views.ts'
import { projectNamed, projects } from '../state/projects.ts'
import { useProject } from '../state/project.tsx'
import { createAction } from '../state/read.ts'
import { connectSandbox } from '../state/sandbox.ts'
import { isOwner, mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'
import { Icon } from './icon.tsx'
import { Button } from './parts.tsx'
import { paidTier } from './prompt.ts'
import { Failed } from './states.tsx'
import { count } from './text.ts'

interface Step {
  readonly name: string
  readonly done: boolean
  /** Where it is done. */
  readonly href?: string
  /** What does it from here, and what its button says. */
  readonly act?: readonly [string, () => Promise<void>]
}

/** Somebody who runs into the limit, and nobody else with them. */
const EAGER = 'test_limit'
const BUYER = 'test_buyer'

export function Steps(props: { of: DashboardView }) {
  const { page, path, projectId, mode } = useProject()
  const project = () => projectNamed(projectId)
  const track = (userId: string, quantity: number) =>
    call('POST', path('/data'), { body: { quantity }, headers: { 'X-User-Id': userId } })

  async function useUp(): Promise<void> {
    const asked = { headers: { 'X-User-Id': EAGER } }
    await track(EAGER, 1)
    const { remaining } = await call<UsageView>('GET', path('/usage'), asked)
    if (typeof remaining === 'number' && remaining > 0) await track(EAGER, remaining)
    toast(
      typeof remaining === 'number'
        ? `${EAGER} used ${count(remaining + 1)}: the next call is refused`
        : 'The free plan has no limit',
    )
  }

  async function connect(): Promise<void> {
    await connectSandbox()
    await projects.refresh()
    toast('The sandbox’s Stripe is connected')
  }

  async function buy(): Promise<void> {
    const { tiers } = await call<{ tiers: readonly TierView[] }>('GET', path('/tiers/all'))
    const here = location.href
    const body = {
      tier: paidTier(tiers.filter(({ archivedAt }) => archivedAt === null)),
      successUrl: here,
      cancelUrl: here,
    }
    const headers = { 'X-User-Id': BUYER }
    const { url } = await call<{ url: string }>('POST', path('/create-checkout'), { body, headers })
    location.assign(url)
  }

  const steps = (): readonly Step[] => {
    const { keyUsed, used, connected, sold, limitHit } = props.of.steps
    const type = project()?.type ?? 'saas'
    const isTest = mode === 'test' && mayDevelop()
    return [
      { name: 'Create a project', done: true },
      { name: 'Use a key from your app', done: keyUsed, href: page('/integrate') },
      ...(type === 'saas'
        ? [
            {
              name: 'See the first event',
              done: used,
              ...(isTest ? { act: ['Send one', async () => void (await track('test_user', 1))] as const } : {}),
            },
            {
              name: 'See a limit hold',
              done: limitHit,
              ...(isTest ? { act: ['Use it up', useUp] as const } : {}),
            },
          ]
        : []),
      {
        name: mode === 'test' ? 'Connect Stripe, in test mode' : 'Connect Stripe',
        done: connected,
        href: '/connect',
        ...(SANDBOX && isTest && isOwner() ? { act: ['Connect the sandbox’s', connect] as const } : {}),
      },
      {
        name: 'Sell something with the test card',
        done: sold,
        ...(isTest && connected && type !== 'store' ? { act: ['Buy a plan', buy] as const } : {}),
      },
      { name: 'Promote to live', done: (project()?.liveAt ?? null) !== null, href: page('/promote') },
    ]
  }
  const next = () => steps().find(({ done }) => !done)?.name
  const act = createAction(async (run: () => Promise<void>) => run())
  return (
    <>
      <ol class="list">
        <For each={steps()}>
          {(step) => (
            <li>
              <span class={step.done ? '' : 'faint'}>
                <Show
                  when={step.done}
                  fallback={<span class={`dot ${step.name === next() ? 'waiting' : ''}`} aria-hidden="true" />}
                >
                  <Icon name="check" />
                </Show>
              </span>
              <span class={step.done ? 'faint spring' : 'spring'}>
                <Show when={!step.done && step.href} fallback={step.name}>
                  {(href) => (
                    <a class="link" href={href()}>
                      {step.name}
                    </a>
                  )}
                </Show>
              </span>
              <span class="visually-hidden">{step.done ? 'done' : 'to do'}</span>
              <Show when={!step.done && step.act}>
                {(one) => (
                  <Button small busy={act.isBusy()} onClick={() => void act.run(one()[1])}>
                    {one()[0]}
                  </Button>
                )}
              </Show>
            </li>
          )}
        </For>
      </ol>
      <Show when={act.error()}>{(error) => <Failed error={error()} />}</Show>
    </>
  )
}
