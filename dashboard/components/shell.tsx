/** The frame: banners, navigation, the bar on top, and the screen in the middle. */

import { For, Show, type JSX } from 'solid-js'
import { MODES } from '../../sdk/schema/common.ts'
import { navigate, pathname } from '../router.tsx'
import { SCREENS, type Screen } from '../routes.ts'
import type { FeedState } from '../state/line.ts'
import { isOffline } from '../state/network.ts'
import { openProject, projectNamed, projects } from '../state/projects.ts'
import { session, signOut } from '../state/session.ts'
import { changeTheme, isNavOpen, setNavOpen, setOverlay } from '../state/shell.ts'
import { Icon } from './icon.tsx'
import { Button, type Tone } from './parts.tsx'
import { day } from './text.ts'

type Group = NonNullable<Screen['nav']>['group']

/** The address of a screen, in the project that is open. */
export function addressOf(screen: Screen): string {
  const open = openProject()
  return screen.path.replace(':projectId', open?.projectId ?? '').replace(':mode', open?.mode ?? '')
}

/** The screens that the open project uses, and those of the account. */
export function screensNow(): Screen[] {
  const open = openProject()
  const type = open === null ? undefined : projectNamed(open.projectId)?.type
  return SCREENS.filter(({ path, nav }) => {
    if (nav === undefined) return false
    if (path.includes(':projectId') && open === null) return false
    return nav.for === undefined || type === undefined || nav.for.includes(type)
  })
}

function Nav(props: { group: Group; title?: string; children?: JSX.Element }) {
  const screens = () => screensNow().filter(({ nav }) => nav?.group === props.group)
  const isCurrent = (address: string) =>
    pathname() === address || (address.split('/').length > 4 && pathname().startsWith(`${address}/`))
  return (
    <Show when={screens().length > 0}>
      <nav class="nav" aria-label={props.title ?? (props.group === 'project' ? 'Project' : 'Account')}>
        <Show when={props.title}>
          <h2>{props.title}</h2>
        </Show>
        <For each={screens()}>
          {(screen) => (
            <a
              href={addressOf(screen)}
              aria-current={isCurrent(addressOf(screen)) ? 'page' : undefined}
              onClick={() => setNavOpen(false)}
            >
              <Icon name={screen.nav!.icon} />
              {screen.nav!.name}
            </a>
          )}
        </For>
        {props.children}
      </nav>
    </Show>
  )
}

function Switcher() {
  const open = () => openProject()
  const modeHref = (mode: string) => pathname().replace(/^(\/p\/[^/]+\/)[^/]+.*/, `$1${mode}`)
  return (
    <div class="switcher">
      <select
        class="select"
        aria-label="Project"
        onChange={(event) => {
          const { value } = event.currentTarget
          setNavOpen(false)
          navigate(value === '' ? '/projects' : `/p/${value}/test`)
        }}
      >
        <option value="" selected={open() === null}>
          All projects
        </option>
        <For each={projects.value()?.projects}>
          {({ projectId, name }) => (
            <option value={projectId} selected={open()?.projectId === projectId}>
              {name}
            </option>
          )}
        </For>
      </select>
      <Show when={open()}>
        {(place) => (
          <div class="segments" role="group" aria-label="Mode">
            <For each={MODES}>
              {(mode) => {
                const isThere = () => mode === 'test' || projectNamed(place().projectId)?.modes.includes(mode) !== false
                return (
                  <a
                    href={isThere() ? modeHref(mode) : `/p/${place().projectId}/test/promote`}
                    aria-current={place().mode === mode ? 'true' : undefined}
                    onClick={() => setNavOpen(false)}
                  >
                    {mode === 'test' ? 'Test' : isThere() ? 'Live' : 'Go live'}
                  </a>
                )
              }}
            </For>
          </div>
        )}
      </Show>
    </div>
  )
}

function Banners() {
  const ended = () => session()?.account.ended ?? null
  return (
    <div class="banners" role="region" aria-label="Notices">
      <Show when={isOffline()}>
        <p class="banner" data-tone="bad" role="status">
          No network. What you see stays readable and may be old; nothing can be changed until it is back.
        </p>
      </Show>
      <Show when={openProject()?.mode === 'test'}>
        <p class="banner" data-tone="warn">
          Test mode. No real money moves.
          <a href={`/p/${openProject()?.projectId}/test/promote`}>Promote to live</a>
        </p>
      </Show>
      <Show when={ended()}>
        {(end) => (
          <p class="banner" data-tone="bad" role="status">
            The subscription to dream-api ended. The API answers until {day(end().blockedAt)}, and everything is deleted
            on {day(end().deleteAt)}.<a href="/billing">Pay again</a>
          </p>
        )}
      </Show>
      <Show when={session()?.account.subscription?.status === 'past_due'}>
        <p class="banner" data-tone="bad" role="status">
          The last payment to dream-api failed. Nothing has stopped.<a href="/billing">Update the card</a>
        </p>
      </Show>
    </div>
  )
}

const FEED: Readonly<Record<FeedState, readonly [string, Tone]>> = {
  connecting: ['Connecting', 'none'],
  live: ['Live', 'ok'],
  reconnecting: ['Reconnecting', 'warn'],
  offline: ['Offline', 'bad'],
  paused: ['Paused', 'none'],
}

export const FeedDot = (props: { state: FeedState }) => (
  <span class="feed-state" role="status">
    <span class="dot" data-tone={FEED[props.state][1]} />
    {FEED[props.state][0]}
  </span>
)

export function Shell(props: { feed: JSX.Element; children: JSX.Element }) {
  return (
    <div class="shell">
      <a class="skip" href="#content">
        Skip to content
      </a>
      <Banners />
      <Show when={isNavOpen()}>
        <button type="button" class="scrim" aria-label="Close the menu" onClick={() => setNavOpen(false)} />
      </Show>
      <aside class="sidebar" data-open={isNavOpen()}>
        <Switcher />
        <Nav group="project" />
        <Nav group="developers" title="Developers" />
        <Nav group="account">
          <button type="button" onClick={() => void signOut()}>
            <Icon name="out" />
            Sign out
          </button>
        </Nav>
      </aside>
      <div class="main">
        <header class="topbar">
          <span class="menu-button">
            <Button icon="menu" label="Menu" onClick={() => setNavOpen(true)} />
          </span>
          <button type="button" class="jump" aria-keyshortcuts="Meta+K Control+K" onClick={() => setOverlay('palette')}>
            <Icon name="search" />
            <span>Search or jump to</span>
            <kbd>⌘K</kbd>
          </button>
          <span class="spring" />
          {props.feed}
          <a class="button" data-tone="plain" data-docs href="/docs" target="_blank" rel="noreferrer">
            <Icon name="book" />
            <span>Docs</span>
          </a>
          <Button icon="theme" label="Change the theme" onClick={changeTheme} />
        </header>
        <main class="content" id="content">
          {props.children}
        </main>
      </div>
    </div>
  )
}
