/** The pages of the documentation, in reading order, and the two files for agents that are made of them. */

import auth from '../../docs/auth.md'
import cli from '../../docs/cli.md'
import errors from '../../docs/errors.md'
import errorsOwner from '../../docs/errors-owner.md'
import feed from '../../docs/feed.md'
import about from '../../docs/about.md'
import goingLive from '../../docs/going-live.md'
import limits from '../../docs/limits.md'
import local from '../../docs/local.md'
import mcp from '../../docs/mcp.md'
import pricing from '../../docs/pricing.md'
import privacy from '../../docs/privacy.md'
import quickstartSaas from '../../docs/quickstart-saas.md'
import quickstartStore from '../../docs/quickstart-store.md'
import rules from '../../docs/rules.md'

import sla from '../../docs/sla.md'
import store from '../../docs/store.md'
import subscriptions from '../../docs/subscriptions.md'
import terms from '../../docs/terms.md'
import testing from '../../docs/testing.md'
import usage from '../../docs/usage.md'
import webhooks from '../../docs/webhooks.md'
import { errorTables } from './errors.ts'

export interface Page {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly text: string
}

const page = (name: string, text: string, about: string): Page => ({
  name,
  title: /^# (.+)$/m.exec(text)?.[1] ?? name,
  about,
  text,
})

export const PAGES: readonly Page[] = [
  page('rules', rules, 'what agents get wrong most: read it first, keep it in AGENTS.md'),
  page('local', local, 'run it on your machine, pay, decline, move the clock, break things'),
  page('quickstart-saas', quickstartSaas, 'sign-up, a metered feature, a paywall, a checkout'),
  page('quickstart-store', quickstartStore, 'products, a cart, the last unit sold once, an order'),
  page('auth', auth, 'keys, customers, tokens, content for some plans'),
  page('usage', usage, 'meters, limits, refusals, credits, batches'),
  page('subscriptions', subscriptions, 'tiers, checkout, waiting for the plan, portal'),
  page('store', store, 'catalog, carts, orders, refunds, stock'),
  page('webhooks', webhooks, 'what your app is told, and how to prove it'),
  page('errors', `${errors}\n${errorTables('app')}`, 'every code that an app meets, its status, and what to do'),
  page('feed', feed, 'every change, live'),
  page('cli', cli, 'an app to begin with, a doctor, the project as a file'),
  page('mcp', mcp, 'tools for your agent, scoped by a key'),
  page('going-live', goingLive, 'from test to live'),
  page('testing', testing, 'the recipe that proves an integration'),
  page(
    'errors-owner',
    `${errorsOwner}\n${errorTables('owner')}`,
    'what setting up, an account and going live may answer',
  ),
]

/** What is agreed between us and who builds with us. */
export const TERMS: readonly Page[] = [
  page('pricing', pricing, 'what it costs, and what follows when it is not paid'),
  page('limits', limits, 'how much one project can do, and what there is not'),
  page('sla', sla, 'what is promised'),
  page('privacy', privacy, 'what is stored, where, and how long'),
  page('terms', terms, 'the agreement'),
]

/** What it is, for whoever hears of it first. */
export const ABOUT_PAGE = about

const ABOUT = `The billing primitive for apps that AI agents write: sign-in, subscriptions, usage limits and a store with stock, through
one API and one client, \`@dream-api/sdk\`.`

/** `/llms.txt`: what there is, and where. */
export const index = (): string => `# dream-api

> ${ABOUT.replaceAll('\n', '\n> ')}

Everything below in one file: [/llms-full.txt](/llms-full.txt). Every example in it is run by our tests.

## Docs

${PAGES.map(toEntry).join('\n')}
- [API reference](/docs/reference.md): every route; for tools [/openapi.json](/openapi.json)

## Optional

${TERMS.map(toEntry).join('\n')}
`

const toEntry = ({ name, title, about }: Page): string => `- [${title}](/docs/${name}.md): ${about}`

const ABOUT_EXAMPLES = `Every example marked \`run\` is run by our tests: the \`ts run\` blocks of a page are one script, \`// →\` is what a line prints, and
\`json answer\` is what the command above it answers, its values apart; an answer may gain fields. **They change the project that they run in** (its limits,
allowed origins, products, the clock): run them in one that was made for trying, and copy into your app what you need.`

/** `/llms-full.txt`: everything. */
export const whole = (): string =>
  [
    `# dream-api, whole`,
    ABOUT,
    ABOUT_EXAMPLES,
    ...PAGES.map(({ name, text }) => `<!-- /docs/${name}.md -->\n\n${text.trim()}`),
    '',
  ].join('\n\n')
