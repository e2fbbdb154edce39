/** The app itself, for whoever is signed in: what is left, and the one thing it does. */

import type { Usage } from '@dream-api/sdk'
import { useUsage } from '@dream-api/sdk/solid'
import { createSignal, For, Show } from 'solid-js'
import { SignedIn } from '../account'
import { createAction } from '../action'
import { config } from '../config'
import { makeCover, type Cover } from '../cover'
import { dream } from '../dream'
import { Link } from '../link'
import { Failure, Page, Waiting } from '../parts'
import { amount, units } from '../unit'
import { day } from '../words'

const words = config.dashboard

export const Dashboard = () => (
  <Page>
    <div class="wrap band tight stack wide">
      <h1>{words.title}</h1>
      <SignedIn to="/dashboard">
        <Work />
      </SignedIn>
    </div>
  </Page>
)

function Work() {
  const { usage, error, refresh } = useUsage(dream, { meter: config.meter })
  const [covers, setCovers] = createSignal<readonly Cover[]>([])
  let wish = { sentence: '', key: '' }
  const make = createAction(async (sentence: string) => {
    // A try that failed keeps its key, so that the next press for the same words is the same wish.
    if (wish.sentence !== sentence) wish = { sentence, key: crypto.randomUUID() }
    const cover = await makeCover(sentence, wish.key)
    wish = { sentence: '', key: '' }
    setCovers((all) => [cover, ...all])
    refresh()
  })
  const isSpent = () => usage()?.allowed === false
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }): void => {
    event.preventDefault()
    void make.act(String(new FormData(event.currentTarget).get('sentence')).trim())
  }

  return (
    <div class="stack wide">
      <Failure of={error()} />
      <Show when={usage()} fallback={<Waiting />}>
        {(usage) => <Meter usage={usage()} />}
      </Show>
      <Show when={isSpent()}>
        <Spent />
      </Show>
      <form class="panel stack" onSubmit={submit}>
        <div class="field">
          <label for="sentence">{words.field}</label>
          <input class="input" id="sentence" name="sentence" required maxLength={200} placeholder={words.example} />
        </div>
        <div class="row">
          <button class="button main" aria-disabled={make.isBusy()} disabled={isSpent()}>
            {make.isBusy() ? words.busy : words.action}
          </button>
        </div>
        <Show when={!isSpent()}>
          <Failure of={make.error()} />
        </Show>
      </form>
      <Covers list={covers()} />
    </div>
  )
}

/** How much of the plan's limit is used. */
function Meter(props: { usage: Usage }) {
  const share = (): number => {
    const { used, limit } = props.usage
    return typeof limit === 'number' && limit > 0 ? Math.min(100, (used / limit) * 100) : 0
  }
  return (
    <section class="panel stack" aria-label={words.usage}>
      <p class="row between">
        <strong>
          {units(props.usage.remaining)} {words.left}
        </strong>
        <span class="soft">
          {amount(props.usage.used)} / {amount(props.usage.limit)} {words.used}
        </span>
      </p>
      <div class="bar" aria-hidden="true">
        <span style={{ width: `${share()}%` }} />
      </div>
      <Show when={props.usage.resetsAt}>
        {(at) => (
          <p class="small soft">
            {words.until} {day(at())}
          </p>
        )}
      </Show>
    </section>
  )
}

const Spent = () => (
  <section class="notice row between" role="status">
    <div>
      <strong>{words.spent}</strong>
      <p class="soft">{words.spentLine}</p>
    </div>
    <Link class="button main" to="/choose-plan">
      {words.upgrade}
    </Link>
  </section>
)

const Covers = (props: { list: readonly Cover[] }) => (
  <ul class="grid">
    <For each={props.list} fallback={<li class="empty">{words.empty}</li>}>
      {({ sentence, svg }) => {
        const url = `data:image/svg+xml,${encodeURIComponent(svg)}`
        return (
          <li class="stack">
            <img class="cover" src={url} alt={sentence} width={640} height={400} />
            <div class="row between small">
              <span>{sentence}</span>
              <a href={url} download="cover.svg">
                {words.save}
              </a>
            </div>
          </li>
        )
      }}
    </For>
  </ul>
)
