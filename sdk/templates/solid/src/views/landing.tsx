/** What the app is, for whoever comes by. */

import { createSignal, For, type JSX } from 'solid-js'
import { SignInButton } from '../account'
import { coverUrl } from '../art'
import { config } from '../config'
import { Page } from '../parts'
import { PlanCards } from '../planCards'

export const Landing = () => (
  <Page>
    <Hero />
    <Section tinted title={config.steps.title}>
      <ol class="grid steps">
        <For each={config.steps.list}>
          {({ title, line }) => (
            <li>
              <h3>{title}</h3>
              <p class="soft">{line}</p>
            </li>
          )}
        </For>
      </ol>
    </Section>
    <Section title={config.features.title}>
      <ul class="grid">
        <For each={config.features.list}>
          {({ title, line }) => (
            <li class="panel stack">
              <h3>{title}</h3>
              <p class="soft">{line}</p>
            </li>
          )}
        </For>
      </ul>
    </Section>
    <Section tinted title={config.pricing.title} id="pricing">
      <p class="soft">{config.pricing.line}</p>
      <PlanCards
        heading="h3"
        action={({ popular, price, displayName }) => (
          <SignInButton to="/choose-plan" class={popular ? 'button main wide' : 'button wide'}>
            {price === 0 ? config.hero.action : `${config.plans.buy} ${displayName}`}
          </SignInButton>
        )}
      />
    </Section>
    <Section title={config.questions.title}>
      <div>
        <For each={config.questions.list}>
          {({ question, answer }) => (
            <details class="question">
              <summary>{question}</summary>
              <p>{answer}</p>
            </details>
          )}
        </For>
      </div>
    </Section>
  </Page>
)

const Section = (props: { title: string; id?: string; tinted?: boolean; children: JSX.Element }) => (
  <section class="band" classList={{ tinted: props.tinted }} id={props.id}>
    <div class="wrap stack wide">
      <h2>{props.title}</h2>
      {props.children}
    </div>
  </section>
)

function Hero() {
  const { eyebrow, title, line, action, examples } = config.hero
  const [shown, setShown] = createSignal(examples[0] ?? '')
  return (
    <section class="band">
      <div class="wrap split">
        <div class="stack wide">
          <div class="stack">
            <p class="eyebrow">{eyebrow}</p>
            <h1>{title}</h1>
            <p class="lead">{line}</p>
          </div>
          <div class="row">
            <SignInButton to="/choose-plan" class="button main big">
              {action}
            </SignInButton>
          </div>
        </div>
        <div class="stack">
          <img class="cover" src={coverUrl(shown())} alt={shown()} width={640} height={400} />
          <div class="row" role="group" aria-label={config.hero.try}>
            <For each={examples}>
              {(example) => (
                <button class="button small" aria-pressed={example === shown()} onClick={() => setShown(example)}>
                  {example}
                </button>
              )}
            </For>
          </div>
        </div>
      </div>
    </section>
  )
}
