/** Dialogs, by the browser's own: it keeps the focus inside and gives it back. */

import { createSignal, createUniqueId, onCleanup, onMount, Show, type JSX } from 'solid-js'
import type { ApiError } from '../api/error.ts'
import { Button, Copy, Code } from './parts.tsx'
import { Failed } from './states.tsx'

export function Dialog(props: {
  title: string
  close: () => void
  wide?: boolean
  /** Escape and a press beside it do nothing: what is in it is not shown again. */
  guarded?: boolean
  children: JSX.Element
}) {
  const id = createUniqueId()
  let element: HTMLDialogElement | undefined
  onMount(() => element?.showModal())
  // Closed and not just taken away, it gives the focus back to what opened it.
  onCleanup(() => element?.close())
  return (
    <dialog
      ref={(node) => {
        element = node
      }}
      class="dialog"
      data-wide={props.wide ? '' : undefined}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        if (!props.guarded) props.close()
      }}
      onKeyDown={(event) => {
        if (props.guarded && event.key === 'Escape') event.preventDefault()
      }}
      onClick={(event) => {
        if (event.target === element && !props.guarded) props.close()
      }}
    >
      <div>
        <h2 id={id}>{props.title}</h2>
        {props.children}
      </div>
    </dialog>
  )
}

/** Asks once more, naming the act; `typed` asks for a word too. Cancel has the focus. */
export function Confirm(props: {
  title: string
  act: string
  typed?: string
  isBusy: boolean
  error: ApiError | null
  run: () => void
  close: () => void
  children?: JSX.Element
}) {
  const [word, setWord] = createSignal('')
  const isMeant = () => props.typed === undefined || word() === props.typed
  return (
    <Dialog title={props.title} close={props.close}>
      {props.children}
      <Show when={props.typed}>
        {(typed) => (
          <Field label={`Type ${typed()} to confirm`}>
            {(field) => (
              <input
                {...field}
                class="input"
                autocomplete="off"
                spellcheck={false}
                value={word()}
                onInput={(event) => setWord(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
      </Show>
      <Show when={props.error}>{(error) => <Failed error={error()} />}</Show>
      <footer>
        <Button autofocus onClick={() => props.close()}>
          Cancel
        </Button>
        <Button tone="bad" busy={props.isBusy} disabled={!isMeant()} onClick={() => props.run()}>
          {props.act}
        </Button>
      </footer>
    </Dialog>
  )
}

/** One labelled control, what it means, and what is wrong with it. */
export function Field(props: {
  label: string
  hint?: string
  problem?: string | undefined
  children: (field: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }) => JSX.Element
}) {
  const id = createUniqueId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children({
        id,
        'aria-describedby': `${id}-about`,
        get 'aria-invalid'() {
          return props.problem !== undefined
        },
      })}
      <div id={`${id}-about`} aria-live="polite">
        <Show when={props.problem} fallback={<span class="hint">{props.hint}</span>}>
          <span class="problem">{props.problem}</span>
        </Show>
      </div>
    </div>
  )
}

/** The sentence about one field of what was sent, also of a field inside it. */
export const problemOf = (error: ApiError | null, field: string): string | undefined =>
  error?.issues.find((issue) => issue.field === field || issue.field.startsWith(`${field}.`))?.problem

/** A secret, once. It is in the page as long as this is open, and nowhere else. */
export function SecretDialog(props: {
  title: string
  secret: string
  envName: string
  publishableKey?: string | undefined
  close: () => void
}) {
  const guard = (event: BeforeUnloadEvent) => event.preventDefault()
  addEventListener('beforeunload', guard)
  onCleanup(() => removeEventListener('beforeunload', guard))
  const [tried, setTried] = createSignal<string | null>(null)
  async function test(): Promise<void> {
    setTried(null)
    const headers = { Authorization: `Bearer ${props.secret}` }
    const answer = await fetch('/api/tiers', { headers }).catch(() => null)
    setTried(answer?.ok ? 'It works.' : 'It was not served. Try again in a moment.')
  }
  const env = () =>
    [
      ...(props.publishableKey === undefined ? [] : [`DREAM_API_PUBLISHABLE_KEY=${props.publishableKey}`]),
      `${props.envName}=${props.secret}`,
    ].join('\n')
  return (
    <Dialog title={props.title} close={props.close} guarded wide>
      <p class="muted">This is shown once and stored nowhere. Put it where your server reads its secrets, now.</p>
      <div>
        <Copy text={props.secret} whole />
      </div>
      <Code label="as .env" text={env()} />
      <footer>
        <span class="spring" role="status">
          {tried()}
        </span>
        <Show when={props.publishableKey}>
          <Button onClick={() => void test()}>Run a test call</Button>
        </Show>
        <Button tone="primary" onClick={() => props.close()}>
          I have stored it
        </Button>
      </footer>
    </Dialog>
  )
}
