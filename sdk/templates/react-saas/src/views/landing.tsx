/** What the app is, for whoever comes by. */

import { useState } from 'react'
import { SignInButton } from '../account'
import { coverUrl } from '../art'
import { Bar } from '../bar'
import { config } from '../config'
import { Page, Questions } from '../parts'
import { PlanCards } from '../planCards'

export function Landing() {
  const { steps, features, plans, pricing, questions, hero } = config
  return (
    <Page bar={<Bar />}>
      <Hero />
      <section className="band tinted">
        <div className="wrap stack wide">
          <h2>{steps.title}</h2>
          <ol className="grid steps">
            {steps.list.map(({ title, line }) => (
              <li key={title}>
                <h3>{title}</h3>
                <p className="soft">{line}</p>
              </li>
            ))}
          </ol>
        </div>
      </section>
      <section className="band">
        <div className="wrap stack wide">
          <h2>{features.title}</h2>
          <ul className="grid">
            {features.list.map(({ title, line }) => (
              <li className="panel stack" key={title}>
                <h3>{title}</h3>
                <p className="soft">{line}</p>
              </li>
            ))}
          </ul>
        </div>
      </section>
      <section className="band tinted" id="pricing">
        <div className="wrap stack wide">
          <div className="stack">
            <h2>{pricing.title}</h2>
            <p className="soft">{pricing.line}</p>
          </div>
          <PlanCards
            heading="h3"
            action={({ popular, price, displayName }) => (
              <SignInButton to="/choose-plan" className={popular ? 'button main wide' : 'button wide'}>
                {price === 0 ? hero.action : `${plans.buy} ${displayName}`}
              </SignInButton>
            )}
          />
        </div>
      </section>
      <section className="band">
        <div className="narrow stack">
          <h2>{questions.title}</h2>
          <div>
            <Questions list={questions.list} />
          </div>
        </div>
      </section>
    </Page>
  )
}

function Hero() {
  const { eyebrow, title, line, action, examples } = config.hero
  const [shown, setShown] = useState(examples[0] ?? '')
  return (
    <section className="band">
      <div className="wrap split">
        <div className="stack wide">
          <div className="stack">
            <p className="eyebrow">{eyebrow}</p>
            <h1>{title}</h1>
            <p className="lead">{line}</p>
          </div>
          <div className="row">
            <SignInButton to="/choose-plan" className="button main big">
              {action}
            </SignInButton>
          </div>
        </div>
        <div className="stack">
          <img className="cover" src={coverUrl(shown)} alt={shown} width={640} height={400} />
          <div className="row" role="group" aria-label={config.hero.try}>
            {examples.map((example) => (
              <button
                key={example}
                className="button small"
                aria-pressed={example === shown}
                onClick={() => setShown(example)}
              >
                {example}
              </button>
            ))}
          </div>
        </div>
      </div>
    </section>
  )
}
