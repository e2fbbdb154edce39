/** How an app joins the project that is open: what to install, what to set and what to write, or a prompt for an agent. */

import { createMemo, For, Show } from 'solid-js'
import type { ProductView, TierView } from '../api/views.ts'
import { query, setQuery } from '../router.tsx'
import { projectNamed } from '../state/projects.ts'
import { useProject } from '../state/project.tsx'
import { createRead } from '../state/read.ts'
import { Code, Tabs } from './parts.tsx'
import { paidTier, promptOf } from './prompt.ts'
import { isServed, partsOf, RECIPES } from './recipes.ts'

const INSTALLS = {
  npm: 'npm install',
  pnpm: 'pnpm add',
  yarn: 'yarn add',
  bun: 'bun add',
} as const
type Manager = keyof typeof INSTALLS

const PAGES = [...RECIPES, { id: 'agent', name: 'Coding agent' }] as const

/** What each of them installs beside the client. */
const MORE: Readonly<Record<string, string>> = { hono: ' hono', express: ' express' }

export function Snippet(props: { publishableKey: string }) {
  const { projectId, mode, path } = useProject()
  const project = () => projectNamed(projectId)
  const type = () => project()?.type ?? 'saas'
  const tiers = createRead<{ tiers: readonly TierView[] }>(() => path('/tiers/all'), { key: 'slug' })
  const products = createRead<{ products: readonly ProductView[] }>(() =>
    type() === 'store' ? path('/products?limit=10') : null,
  )
  const page = () => PAGES.find(({ id }) => id === query('code'))?.id ?? 'react'
  const manager = (): Manager => (Object.keys(INSTALLS) as Manager[]).find((one) => one === query('with')) ?? 'npm'
  const sold = () => (tiers.value()?.tiers ?? []).filter(({ archivedAt }) => archivedAt === null)
  const shelf = () => products.value()?.products ?? []
  const filled = createMemo(() => ({
    origin: location.origin,
    publishableKey: props.publishableKey,
    type: type(),
    tier: paidTier(sold()),
    meter: sold().flatMap(({ limits }) => Object.keys(limits))[0] ?? 'requests',
    variantId: shelf()[0]?.variants[0]?.id ?? 'var_…',
  }))
  const prompt = () =>
    promptOf({ ...filled(), name: project()?.name ?? '', projectId, mode, tiers: sold(), products: shelf() })
  const recipe = () => RECIPES.find(({ id }) => id === page())?.id ?? null
  const settings = () => `DREAM_API_SECRET_KEY=   # yours, from Keys; never in a page or a repository`
  return (
    <div class="stack tight">
      <Tabs
        label="What it is written in"
        options={PAGES}
        chosen={page()}
        choose={(id) => setQuery({ code: id === 'react' ? '' : id })}
      />
      <Show when={recipe()} fallback={<Code label="the prompt" text={prompt()} />}>
        {(id) => (
          <>
            <Show when={id() !== 'curl'}>
              <div class="row">
                <span class="spring faint">Install</span>
                <select
                  class="select"
                  aria-label="Package manager"
                  onChange={(event) =>
                    setQuery({ with: event.currentTarget.value === 'npm' ? '' : event.currentTarget.value })
                  }
                >
                  <For each={Object.keys(INSTALLS)}>
                    {(one) => (
                      <option value={one} selected={one === manager()}>
                        {one}
                      </option>
                    )}
                  </For>
                </select>
              </div>
              <Code label="the command" text={`${INSTALLS[manager()]} @dream-api/sdk${MORE[id()] ?? ''}`} />
            </Show>
            <Show when={isServed(id()) || id() === 'curl'}>
              <p class="faint">.env of your server</p>
              <Code label="the settings" text={settings()} />
            </Show>
            <For each={partsOf(id(), filled())}>
              {({ file, code }) => (
                <>
                  <p class="faint mono">{file}</p>
                  <Code label={file} text={code} />
                </>
              )}
            </For>
          </>
        )}
      </Show>
    </div>
  )
}
