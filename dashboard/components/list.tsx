/** A list of rows: a table on a wide screen, lines on a narrow one, a page at a time. */

import { For, Show, type JSX } from 'solid-js'
import { query, setQuery } from '../router.tsx'
import type { Read } from '../state/read.ts'
import { Button } from './parts.tsx'
import { Loaded } from './states.tsx'

export interface Column<R> {
  readonly name: string
  readonly isNumber?: boolean
  readonly cell: (row: R) => JSX.Element
}

export function Table<R>(props: { rows: readonly R[]; columns: readonly Column<R>[]; empty: JSX.Element }) {
  return (
    <div class="scroller">
      <table class="table">
        <thead>
          <tr>
            <For each={props.columns}>
              {({ name, isNumber }) => (
                <th scope="col" class={isNumber ? 'number' : ''}>
                  {name || <span class="visually-hidden">What can be done</span>}
                </th>
              )}
            </For>
          </tr>
        </thead>
        <tbody>
          <For
            each={props.rows}
            fallback={
              <tr>
                <td class="none" colSpan={props.columns.length}>
                  {props.empty}
                </td>
              </tr>
            }
          >
            {(row) => (
              <tr>
                <For each={props.columns}>
                  {({ name, cell, isNumber }) => (
                    <td class={isNumber ? 'number' : ''} data-name={isNumber && name !== '' ? name : undefined}>
                      {cell(row)}
                    </td>
                  )}
                </For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  )
}

export function List<T, R>(props: {
  read: Read<T>
  pick: (value: T) => readonly R[]
  columns: readonly Column<R>[]
  empty: JSX.Element
}) {
  const next = () => (props.read.value() as { nextCursor?: string | null } | undefined)?.nextCursor ?? null
  return (
    <div class="stack">
      <Loaded read={props.read} pick={props.pick} rows={8}>
        {(rows) => (
          <section class="panel" aria-busy={props.read.isLoading()}>
            <Table rows={rows()} columns={props.columns} empty={props.empty} />
          </section>
        )}
      </Loaded>
      <Show when={next() !== null || query('cursor') !== ''}>
        <div class="row">
          <Button disabled={query('cursor') === ''} onClick={() => setQuery({ cursor: '' })}>
            First page
          </Button>
          <Button disabled={next() === null} onClick={() => setQuery({ cursor: next() ?? '' })}>
            Next
          </Button>
        </div>
      </Show>
    </div>
  )
}

/** The query string of a list, with what is chosen in the address. */
export function listQuery(names: readonly string[]): string {
  const chosen = names.flatMap((name) => (query(name) === '' ? [] : [[name, query(name)]]))
  return chosen.length === 0 ? '' : `?${new URLSearchParams(chosen)}`
}

/** A filter by one of some words, kept in the address. */
export function Choice(props: {
  label: string
  name: string
  /** What no choice means; all of them when left out. */
  none?: string
  options: readonly (readonly [string, string])[]
}) {
  return (
    <select
      class="select"
      aria-label={props.label}
      onChange={(event) => setQuery({ [props.name]: event.currentTarget.value, cursor: '' })}
    >
      <option value="">{props.none ?? `${props.label}: all`}</option>
      <For each={props.options}>
        {([value, name]) => (
          <option value={value} selected={query(props.name) === value}>
            {name}
          </option>
        )}
      </For>
    </select>
  )
}

/** A filter by a text that must be whole, taken when it is entered. */
export function Search(props: { label: string; name: string; type?: 'email' | 'search' }) {
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        const value = new FormData(event.currentTarget).get('text')
        setQuery({ [props.name]: String(value ?? '').trim(), cursor: '' })
      }}
    >
      <input
        class="input"
        data-filter
        name="text"
        type={props.type ?? 'search'}
        placeholder={props.label}
        aria-label={props.label}
        value={query(props.name)}
        onInput={(event) => {
          if (event.currentTarget.value === '') setQuery({ [props.name]: '', cursor: '' })
        }}
      />
    </form>
  )
}
