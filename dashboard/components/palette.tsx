/** Getting anywhere by the keyboard: the palette, the `g` keys, and the list of them. */

import { createSignal, For, onCleanup, onMount, Show } from 'solid-js'
import { navigate } from '../router.tsx'
import { openProject, projects } from '../state/projects.ts'
import { signOut } from '../state/session.ts'
import { changeTheme, overlay, setOverlay } from '../state/shell.ts'
import { Dialog } from './dialog.tsx'
import { Icon, type IconName } from './icon.tsx'
import { addressOf, screensNow } from './shell.tsx'

interface Way {
  readonly name: string
  readonly icon: IconName
  readonly go: () => void
}

function ways(): Way[] {
  const screens = screensNow().map((screen) => ({
    name: screen.nav!.name,
    icon: screen.nav!.icon,
    go: () => navigate(addressOf(screen)),
  }))
  const others = (projects.value()?.projects ?? []).map(({ projectId, name }) => ({
    name: `Open ${name}`,
    icon: 'open' as const,
    go: () => navigate(`/p/${projectId}/test`),
  }))
  return [
    ...screens,
    ...others,
    { name: 'New project', icon: 'plus', go: () => navigate('/projects?new=1') },
    { name: 'Change the theme', icon: 'theme', go: changeTheme },
    { name: 'Sign out', icon: 'out', go: () => void signOut() },
  ]
}

function Palette() {
  const [text, setText] = createSignal('')
  const [at, setAt] = createSignal(0)
  const found = () => {
    const wanted = text().trim().toLowerCase()
    // What begins a word comes before what is somewhere inside one.
    const rank = ({ name }: Way) => (` ${name.toLowerCase()}`.includes(` ${wanted}`) ? 0 : 1)
    return ways()
      .filter(({ name }) => name.toLowerCase().includes(wanted))
      .sort((a, b) => rank(a) - rank(b))
  }
  const take = (way: Way | undefined) => {
    if (way === undefined) return
    setOverlay(null)
    way.go()
  }
  const key = (event: KeyboardEvent) => {
    const last = found().length - 1
    if (event.key === 'Enter') take(found()[at()])
    else if (event.key === 'ArrowDown') setAt(Math.min(last, at() + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at() - 1))
    else return
    event.preventDefault()
  }
  return (
    <Dialog title="Jump to" close={() => setOverlay(null)}>
      <div class="palette stack tight">
        <input
          role="combobox"
          aria-label="Search or jump to"
          placeholder="Where to?"
          aria-expanded="true"
          aria-controls="ways"
          aria-activedescendant={`way-${at()}`}
          autofocus
          value={text()}
          onInput={(event) => {
            setText(event.currentTarget.value)
            setAt(0)
          }}
          onKeyDown={key}
        />
        <div role="listbox" id="ways" aria-label="Places">
          <For each={found().slice(0, 12)}>
            {(way, index) => (
              <div role="option" id={`way-${index()}`} aria-selected={index() === at()} onClick={() => take(way)}>
                <Icon name={way.icon} />
                {way.name}
              </div>
            )}
          </For>
        </div>
        <Show when={found().length === 0}>
          <p class="muted">Nothing goes by this name.</p>
        </Show>
      </div>
    </Dialog>
  )
}

function Keys() {
  const list = () => screensNow().flatMap(({ nav }) => (nav?.key === undefined ? [] : [[`g ${nav.key}`, nav.name]]))
  return (
    <Dialog title="Keys" close={() => setOverlay(null)}>
      <dl class="facts">
        <For
          each={[
            ['⌘K', 'Jump anywhere'],
            ['/', 'Filter the list'],
            ['t', 'Test or live'],
            ['?', 'This list'],
            ...list(),
          ]}
        >
          {([key, name]) => (
            <>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{name}</dd>
            </>
          )}
        </For>
      </dl>
    </Dialog>
  )
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, dialog, [contenteditable]') !== null

export function Keyboard() {
  let isGoing = false
  const key = (event: KeyboardEvent) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      setOverlay('palette')
      return
    }
    if (isTyping(event.target) || event.metaKey || event.ctrlKey || event.altKey) return
    if (isGoing) {
      isGoing = false
      const screen = screensNow().find(({ nav }) => nav?.key === event.key)
      if (screen) navigate(addressOf(screen))
      return
    }
    const open = openProject()
    if (event.key === 'g') isGoing = true
    else if (event.key === '?') setOverlay('keys')
    else if (event.key === 't' && open) navigate(`/p/${open.projectId}/${open.mode === 'test' ? 'live' : 'test'}`)
    else if (event.key === '/') {
      event.preventDefault()
      document.querySelector<HTMLElement>('[data-filter]')?.focus()
    }
  }
  onMount(() => addEventListener('keydown', key))
  onCleanup(() => removeEventListener('keydown', key))
  return (
    <>
      <Show when={overlay() === 'palette'}>
        <Palette />
      </Show>
      <Show when={overlay() === 'keys'}>
        <Keys />
      </Show>
    </>
  )
}
