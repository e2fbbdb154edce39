/** A form in a dialog: what is typed is sent once, and what is wrong is said at its field. */

import { createEffect, createSignal, onMount, Show, type JSX } from 'solid-js'
import type { ApiError } from '../api/error.ts'
import { Dialog, Field, problemOf } from './dialog.tsx'
import { Button } from './parts.tsx'
import { Failed } from './states.tsx'

/** Refusals that name no field, or a field that is not in the form. */
export const Refusal = (props: { error: ApiError | null; fields?: readonly string[] }) => (
  <Show
    when={
      props.error?.issues.some(({ field }) => props.fields?.includes(field.split('.')[0] ?? '')) === true
        ? null
        : props.error
    }
  >
    {(error) => <Failed error={error()} />}
  </Show>
)

export function FormDialog(props: {
  title: string
  act: string
  action: { readonly isBusy: () => boolean; readonly error: () => ApiError | null }
  fields?: readonly string[]
  submit: (data: FormData) => void
  close: () => void
  wide?: boolean
  /** What stands in place of the refusal, when the screen can say more about it. */
  notice?: JSX.Element
  /** Told what the form says before anybody has typed. */
  opened?: (data: FormData) => void
  children: JSX.Element
}) {
  let form: HTMLFormElement | undefined
  let before = ''
  const written = () => JSON.stringify([...new FormData(form)])
  const [isAsking, setAsking] = createSignal(false)
  onMount(() => {
    before = written()
    props.opened?.(new FormData(form))
  })
  // What is wrong is where the typing goes on.
  createEffect(() => {
    if (!props.action.isBusy()) queueMicrotask(() => form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
  })
  // Escape, or a press beside it, is easily a slip; Cancel is not.
  const leave = () => (written() === before ? props.close() : setAsking(true))
  return (
    <Dialog title={props.title} close={leave} wide={props.wide ?? false}>
      <form
        ref={(node) => {
          form = node
        }}
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          props.submit(new FormData(event.currentTarget))
        }}
      >
        {props.children}
        <Show when={props.notice} fallback={<Refusal error={props.action.error()} fields={props.fields ?? []} />}>
          {props.notice}
        </Show>
        <Show when={isAsking()}>
          <p class="note row" data-tone="warn" role="alert">
            <span class="spring">What you typed is not saved.</span>
            <Button small onClick={() => setAsking(false)}>
              Go on typing
            </Button>
            <Button small onClick={() => props.close()}>
              Discard it
            </Button>
          </p>
        </Show>
        <footer>
          <Button onClick={() => props.close()}>Cancel</Button>
          <Button tone="primary" type="submit" busy={props.action.isBusy()}>
            {props.act}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

/** One line of text of a form. */
export function Input(props: {
  label: string
  name: string
  hint?: string
  error?: ApiError | null
  problem?: string | undefined
  value?: string
  type?: 'text' | 'email' | 'url' | 'number'
  required?: boolean
  money?: boolean
}) {
  return (
    <Field
      label={props.label}
      hint={props.hint ?? ''}
      problem={props.problem ?? problemOf(props.error ?? null, props.name)}
    >
      {(field) => (
        <input
          {...field}
          class="input"
          name={props.name}
          type={props.type ?? 'text'}
          inputmode={props.money ? 'decimal' : undefined}
          value={props.value ?? ''}
          required={props.required}
          autocomplete="off"
        />
      )}
    </Field>
  )
}

export const textOf = (data: FormData, name: string): string => String(data.get(name) ?? '').trim()
