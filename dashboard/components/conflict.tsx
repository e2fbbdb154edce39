/** Somebody else changed the same thing: what it is now, and going on with what was typed. Nothing of either is lost. */

import { Show, type JSX } from 'solid-js'
import type { ApiError } from '../api/error.ts'
import { Button, Facts } from './parts.tsx'

export interface Difference {
  readonly name: string
  readonly now: string
}

/** What two versions say differently, in words. */
export const differences = (
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): readonly Difference[] =>
  Object.entries(now).flatMap(([name, text]) => (text === before[name] ? [] : [{ name, now: text }]))

export function Conflict(props: { error: ApiError; theirs: readonly Difference[]; goOn: () => void }) {
  const facts = (): (readonly [string, JSX.Element])[] => props.theirs.map(({ name, now }) => [name, now || 'Nothing'])
  return (
    <div class="note" data-tone="warn" role="alert">
      <p>{props.error.message}</p>
      <Show when={props.theirs.length > 0}>
        <p>It is now:</p>
        <Facts of={facts()} />
      </Show>
      <p>What you did not touch stays as they left it; what you changed takes the place of theirs.</p>
      <div class="row">
        <Button small onClick={() => props.goOn()}>
          Go on with mine
        </Button>
      </div>
    </div>
  )
}
