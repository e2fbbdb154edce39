/** The frame of one screen: its title, also in the tab, and what can be done. */

import { createEffect, Show, type JSX } from 'solid-js'
import { projectTitle } from '../state/projects.ts'

export function Page(props: { title: string; about?: JSX.Element; actions?: JSX.Element; children: JSX.Element }) {
  createEffect(() => {
    document.title = [props.title, projectTitle(), 'dream-api'].filter((part) => part !== null).join(' · ')
  })
  return (
    <>
      <div class="heading">
        <div>
          <h1 tabindex="-1">{props.title}</h1>
          <Show when={props.about}>
            <p class="muted">{props.about}</p>
          </Show>
        </div>
        <Show when={props.actions}>
          <div class="row">{props.actions}</div>
        </Show>
      </div>
      {props.children}
    </>
  )
}
