/** The app itself, for whoever is signed in: what is left, and the one thing it does. */

import { DreamAPIException, type Usage } from '@dream-api/sdk'
import { useUsage } from '@dream-api/sdk/react'
import { useRef, useState } from 'react'
import { SignedIn } from '../account'
import { useAction } from '../action'
import { Bar } from '../bar'
import { config } from '../config'
import { makeCover, type Cover } from '../cover'
import { dream } from '../dream'
import { Link } from '../link'
import { Failure, Page, Waiting } from '../parts'
import { amount, units } from '../unit'
import { day } from '../words'

export function Dashboard() {
  return (
    <Page bar={<Bar />}>
      <div className="wrap band tight stack wide">
        <h1>{config.dashboard.title}</h1>
        <SignedIn to="/dashboard">
          <Work />
        </SignedIn>
      </div>
    </Page>
  )
}

function Work() {
  const { usage, error, refresh } = useUsage(dream, { meter: config.meter })
  const [covers, setCovers] = useState<readonly Cover[]>([])
  const wish = useRef({ sentence: '', key: '' })
  const make = useAction(async (sentence: string) => {
    // A try that failed keeps its key, so that the next press for the same words is the same wish.
    if (wish.current.sentence !== sentence) wish.current = { sentence, key: crypto.randomUUID() }
    const cover = await makeCover(sentence, wish.current.key)
    wish.current = { sentence: '', key: '' }
    setCovers((all) => [cover, ...all])
    refresh()
  })
  const isRefused = make.error instanceof DreamAPIException && make.error.reason === 'limit_reached'
  const isSpent = usage?.allowed === false

  return (
    <div className="stack wide">
      <Failure of={error} />
      {usage === null ? <Waiting /> : <Meter usage={usage} />}
      {isSpent && <Spent />}
      <form
        className="panel stack"
        onSubmit={(event) => {
          event.preventDefault()
          void make.act(String(new FormData(event.currentTarget).get('sentence')).trim())
        }}
      >
        <div className="field">
          <label htmlFor="sentence">{config.dashboard.field}</label>
          <input
            className="input"
            id="sentence"
            name="sentence"
            required
            maxLength={200}
            placeholder={config.dashboard.example}
          />
        </div>
        <div className="row">
          <button className="button main" aria-disabled={make.isBusy} disabled={isSpent}>
            {make.isBusy ? config.dashboard.busy : config.dashboard.action}
          </button>
        </div>
        {!(isRefused && isSpent) && <Failure of={make.error} />}
      </form>
      <Covers list={covers} />
    </div>
  )
}

/** How much of the plan's limit is used. */
function Meter({ usage: { used, limit, remaining, resetsAt } }: { usage: Usage }) {
  const words = config.dashboard
  const share = typeof limit === 'number' && limit > 0 ? Math.min(100, (used / limit) * 100) : 0
  return (
    <section className="panel stack" aria-label={words.usage}>
      <p className="row between">
        <strong>
          {units(remaining)} {words.left}
        </strong>
        <span className="soft">
          {amount(used)} / {amount(limit)} {words.used}
        </span>
      </p>
      <div className="bar" aria-hidden="true">
        <span style={{ width: `${share}%` }} />
      </div>
      {resetsAt !== null && (
        <p className="small soft">
          {words.until} {day(resetsAt)}
        </p>
      )}
    </section>
  )
}

function Spent() {
  const { spent, spentLine, upgrade } = config.dashboard
  return (
    <section className="notice row between" role="status">
      <div>
        <strong>{spent}</strong>
        <p className="soft">{spentLine}</p>
      </div>
      <Link className="button main" to="/choose-plan">
        {upgrade}
      </Link>
    </section>
  )
}

function Covers({ list }: { list: readonly Cover[] }) {
  if (list.length === 0) return <p className="empty">{config.dashboard.empty}</p>
  return (
    <ul className="grid">
      {list.map(({ sentence, svg }, at) => {
        const url = `data:image/svg+xml,${encodeURIComponent(svg)}`
        return (
          <li className="stack" key={list.length - at}>
            <img className="cover" src={url} alt={sentence} width={640} height={400} />
            <div className="row between small">
              <span>{sentence}</span>
              <a href={url} download="cover.svg">
                {config.dashboard.save}
              </a>
            </div>
          </li>
        )
      })}
    </ul>
  )
}
