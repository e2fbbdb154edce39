/** What a coding agent is told, with the values of the project filled in and no secret among them. */

import type { Mode, ProjectType } from '../../sdk/schema/common.ts'
import { money } from './text.ts'

export interface Briefing {
  readonly name: string
  readonly projectId: string
  readonly mode: Mode
  readonly type: ProjectType
  readonly origin: string
  readonly publishableKey: string
  readonly tiers: readonly {
    readonly slug: string
    readonly limits: Readonly<Record<string, { readonly limit: number | null; readonly period: string }>>
    readonly prices: readonly { readonly interval: string; readonly unitAmount: number; readonly currency: string }[]
  }[]
  readonly products: readonly {
    readonly name: string
    readonly variants: readonly { readonly id: string; readonly price: number; readonly currency: string }[]
  }[]
}

const everyText = (period: string): string =>
  period === 'lifetime' ? 'once' : period === 'subscription' ? 'a billing period' : `a ${period}`

const tierLine = ({ slug, limits, prices }: Briefing['tiers'][number]): string => {
  const may = Object.entries(limits).map(
    ([meter, { limit, period }]) => `${limit ?? 'any number of'} ${meter} ${everyText(period)}`,
  )
  const costs = prices
    .filter(({ unitAmount }) => unitAmount > 0)
    .map(({ unitAmount, currency, interval }) => `${money(unitAmount, currency)} a ${interval}`)
  return `${slug} (${[...may, costs.join(' or ') || 'free'].join(', ')})`
}

const productLine = ({ name, variants }: Briefing['products'][number]): string =>
  `${name} (${variants.map(({ id, price, currency }) => `${id} ${money(price, currency)}`).join(', ')})`

const GATES: Readonly<Record<ProjectType, (paid: string) => string>> = {
  saas: (paid) => `Gate the paid action ON THE SERVER with one call before the work is done:
          const { usage } = await dream.forToken(token).usage.consume({ meter }, { idempotencyKey })
        The page makes the key when the button is pressed. Do not check first and count later. When error.reason is
        'limit_reached', show the upgrade and lead to billing.createCheckout({ tier: '${paid}' }).`,
  membership: (
    paid,
  ) => `Gate the content ON THE SERVER: withPlan({ dream, plans: ['${paid}'] }, handler) of @dream-api/sdk/server
        answers 402 to others. Then lead to billing.createCheckout({ tier: '${paid}' }). Never hide it in the page only.`,
  store:
    () => `List what is sold with products.list() and buy with products.cartCheckout({ items }, { idempotencyKey }): the key
        is made with the cart and changes with it. Show 'sold_out' as it is. Hear 'order.paid' by a webhook before you send.`,
}

/** The tier that a paywall leads to: the first that costs something. */
export const paidTier = (tiers: Briefing['tiers']): string =>
  tiers.find(({ prices }) => prices.some(({ unitAmount }) => unitAmount > 0))?.slug ?? 'pro'

export function promptOf(of: Briefing): string {
  const { name, projectId, mode, type, origin, publishableKey, tiers, products } = of
  const sold = [
    ...(tiers.length === 0 ? [] : [`tiers ${tiers.map(tierLine).join(', ')}`]),
    ...(products.length === 0 ? [] : [`products ${products.map(productLine).join(', ')}`]),
  ]
  return `# Add dream-api to this app

Values (use these, never invent any): project ${name} (${projectId}), mode ${mode}, publishable key ${publishableKey},
API ${origin}, sign-up ${origin}/signup?pk=${publishableKey}&redirect=<a page of the app>${sold.map((line) => `,\n${line}`).join('')}.
Dashboard: ${origin}/p/${projectId}/${mode}

Rules
1 The secret key stays in .env as DREAM_API_SECRET_KEY. Ask me to put it there, never into this chat; never print it.
2 Read a file before you edit it; small changes.
3 What you learned of dream-api may be old: read node_modules/@dream-api/sdk/README.md and ${origin}/llms.txt first.
4 If a value is missing, stop and ask.

Phase 1 Find the framework, the package manager, where people sign in, and what is paid for. Report in two lines.
Phase 2 Install @dream-api/sdk. Add DREAM_API_URL=${origin}, DREAM_API_PUBLISHABLE_KEY and, if there is a server,
        DREAM_API_SECRET_KEY to .env and .env.example; check .gitignore.
Phase 3 ${GATES[type](paidTier(tiers))}
Phase 4 Call auth.init() once in the browser, and link auth.getSignUpUrl and auth.getSignInUrl.
Phase 5 Verify: npx @dream-api/sdk doctor --app <where the app runs>. It sends one action twice under one key, looks for
        limits that hold only in the page and for secrets in the bundle. All of it must pass.
Phase 6 Write DREAM_SETUP.md: files changed, names of settings, how to go live. Offer one thing to do next.`
}
