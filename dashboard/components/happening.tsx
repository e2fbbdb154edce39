/** Changes of a project as lines, newest first. */

import { For, Show } from 'solid-js'
import { useProject, type Heard } from '../state/project.tsx'
import { Badge, Time } from './parts.tsx'
import { sentence } from './text.ts'

const text = (row: Heard['row'], name: string): string | null => {
  const value = row[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

/** What a change is about, in a few words. */
export function aboutOf({ kind, id, row }: Heard): string {
  if (row['deleted'] === true) return `${id} deleted`
  switch (kind) {
    case 'usage':
      return `${text(row, 'meter') ?? 'usage'} ${text(row, 'used') ?? text(row, 'count') ?? ''}`.trim()
    case 'customer':
      return text(row, 'email') ?? id
    case 'order':
      return `No. ${text(row, 'number') ?? id} ${text(row, 'status') ?? ''}`.trim()
    case 'event':
      return text(row, 'type') ?? id
    default:
      return text(row, 'displayName') ?? text(row, 'name') ?? text(row, 'status') ?? id
  }
}

export const customerOf = ({ kind, id, row }: Heard): string | null =>
  kind === 'customer' ? id : text(row, 'customerId')

export function Happening(props: { of: readonly Heard[] }) {
  const { page } = useProject()
  return (
    <ul class="list" data-testid="happening">
      <For each={props.of}>
        {(change) => (
          <li>
            <Badge>{sentence(change.kind)}</Badge>
            <span class="spring truncate">
              <Show when={customerOf(change)} fallback={aboutOf(change)}>
                {(id) => (
                  <>
                    <a class="link mono" href={page(`/customers/${encodeURIComponent(id())}`)}>
                      {id()}
                    </a>{' '}
                    {aboutOf(change)}
                  </>
                )}
              </Show>
            </span>
            <Time at={change.at} />
          </li>
        )}
      </For>
    </ul>
  )
}
