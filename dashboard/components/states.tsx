/** What stands where a value should be: on its way, nothing yet, refused, or gone wrong. */

import { For, Match, Show, Switch, type Accessor, type JSX } from 'solid-js'
import type { ApiError } from '../api/error.ts'
import type { Read } from '../state/read.ts'
import { Button, Copy } from './parts.tsx'

export const Loading = (props: { rows?: number }) => (
  <div class="stack" role="status" aria-label="Loading">
    <For each={Array.from({ length: props.rows ?? 3 })}>{() => <div class="skeleton" />}</For>
  </div>
)

export function Failed(props: { error: ApiError; retry?: () => void }) {
  return (
    <div class="note" data-tone="bad" role="alert">
      <p>{props.error.message}</p>
      <div class="row">
        <Show when={props.error.isUnexpected && props.error.requestId}>
          {(id) => (
            <span>
              Request <Copy text={id()} />
            </span>
          )}
        </Show>
        <Show when={props.retry}>
          {(retry) => (
            <Button small onClick={() => retry()()}>
              Try again
            </Button>
          )}
        </Show>
      </div>
    </div>
  )
}

const Forbidden = (props: { error: ApiError }) => (
  <div class="note" role="alert">
    <Show
      when={props.error.code === 'account_locked'}
      fallback={<p>Your role does not open this. An owner of the account can change it under Members.</p>}
    >
      <p>
        This waits until you <a href="/billing">pay again</a>. Nothing is lost until then.
      </p>
    </Show>
    <p class="faint">{props.error.message}</p>
  </div>
)

/** A value, or what is there instead. An error beside an old value leaves the value standing. */
export function Loaded<T, A>(props: {
  read: Read<T>
  rows?: number
  pick: (value: T) => A
  children: (value: Accessor<NonNullable<A>>) => JSX.Element
}) {
  const picked = () => {
    const value = props.read.value()
    return value === undefined ? undefined : props.pick(value)
  }
  return (
    <>
      <Show when={props.read.error()}>
        {(error) => (
          <Switch fallback={<Failed error={error()} retry={() => void props.read.refresh()} />}>
            <Match when={error().status === 403}>
              <Forbidden error={error()} />
            </Match>
          </Switch>
        )}
      </Show>
      <Show
        when={picked()}
        fallback={
          <Show when={props.read.isLoading()}>
            <Loading rows={props.rows ?? 3} />
          </Show>
        }
      >
        {(value) => props.children(value as Accessor<NonNullable<A>>)}
      </Show>
    </>
  )
}

export const Empty = (props: { children: JSX.Element; action?: JSX.Element }) => (
  <div class="stack tight">
    <p class="muted">{props.children}</p>
    <Show when={props.action}>
      <div class="row">{props.action}</div>
    </Show>
  </div>
)
