/** The small parts that every page is made of. Their looks are in src/style.css, their words in src/config.ts. */

import { For, Show, type JSX } from 'solid-js'
import { Bar } from './bar'
import { config } from './config'
import { env } from './env'
import { Link } from './link'
import { said } from './words'

/** A page between the bar on top and the lines at the foot. */
export const Page = (props: { children: JSX.Element }) => (
  <>
    <a class="skip button" href="#main">
      {config.page.skip}
    </a>
    <header class="top">
      <div class="wrap row between">
        <Link class="brand" to="/">
          {config.name}
        </Link>
        <nav class="links" aria-label={config.page.menu}>
          <Bar />
        </nav>
      </div>
    </header>
    <main id="main">
      <Show when={env.publishableKey !== ''} fallback={<KeyMissing />}>
        {props.children}
      </Show>
    </main>
    <footer class="foot">
      <div class="wrap row between">
        <span>{config.footer.line}</span>
        <span class="row">
          <For each={config.footer.links}>{({ label, href }) => <a href={href}>{label}</a>}</For>
        </span>
      </div>
    </footer>
  </>
)

/** For whoever builds the app, before it has its key. */
const KeyMissing = () => (
  <div class="narrow band stack">
    <h2>One key is missing</h2>
    <p class="soft">
      Copy <code>.env.example</code> to <code>.env.local</code>, put your project's publishable key in, and start again.
    </p>
  </div>
)

/** What went wrong, as a sentence, to the eye and to a screen reader. */
export const Failure = (props: { of: unknown }) => (
  <Show when={props.of !== null && props.of !== undefined}>
    <p class="notice bad" role="alert">
      {said(props.of)}
    </p>
  </Show>
)

/** The place of what is still on its way. */
export const Waiting = () => <div class="waiting" role="status" aria-label={config.page.loading} />
