/** What the membership is, for whoever comes by. */

import { SignInButton } from '../account'
import { Bar } from '../bar'
import { config } from '../config'
import { Page, Questions } from '../parts'
import { Pieces } from '../pieces'
import { PlanCards } from '../planCards'

export function Landing() {
  const { hero, inside, plans, pricing, questions } = config
  const start = (className: string, words: string) => (
    <SignInButton to="/choose-plan" className={className}>
      {words}
    </SignInButton>
  )
  return (
    <Page bar={<Bar />}>
      <section className="band">
        <div className="wrap stack wide">
          <div className="stack">
            <p className="eyebrow">{hero.eyebrow}</p>
            <h1>{hero.title}</h1>
            <p className="lead">{hero.line}</p>
          </div>
          <div className="row">{start('button main big', hero.action)}</div>
        </div>
      </section>
      <section className="band tinted">
        <div className="wrap stack wide">
          <h2>{inside.title}</h2>
          <Pieces heading="h3" />
        </div>
      </section>
      <section className="band" id="pricing">
        <div className="wrap stack wide">
          <div className="stack">
            <h2>{pricing.title}</h2>
            <p className="soft">{pricing.line}</p>
          </div>
          <PlanCards
            heading="h3"
            action={({ popular, price, displayName }) =>
              start(
                popular ? 'button main wide' : 'button wide',
                price === 0 ? hero.action : `${plans.buy} ${displayName}`,
              )
            }
          />
        </div>
      </section>
      <section className="band tinted">
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
