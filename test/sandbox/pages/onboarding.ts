/** The hosted onboarding of a new connected account: one page instead of many questions. It leads back either way. */
import { accountOf } from '../stripe/accounts.ts'
import { worldOf } from '../stripe/api.ts'
import { badInput } from '../stripe/controlInput.ts'
import { PLATFORM } from '../stripe/events.ts'
import { ANSWERS, findLink, markLink, noLink, onboard } from '../stripe/onboarding.ts'
import { html, page, redirect } from './html.ts'
import type { Link } from '../stripe/onboarding.ts'
import type { Visit } from './pages.ts'

/** Opens once: who comes again, or late, is sent back for a fresh link. */
export function onboardingPage({ api, id }: Visit): Response {
  const link = requireLink({ api, id })
  if (link.state !== 'fresh' || isLate(link, api.now())) return redirect(link.refresh_url)
  const account = accountOf(worldOf(api, PLATFORM, link.mode), link.account)
  markLink(api.storage.sql, link, 'visited')
  const body = html`
    <h1>Set up your Stripe account</h1>
    <section>
      <p>
        ${account.email ?? account.id} in ${link.mode} mode. Stripe would ask for your business and bank account here.
      </p>
      <form method="post" action="/sandbox/connect/onboarding/${id}">
        <button class="main" name="answer" value="complete">Complete: the account may charge</button>
        <button class="wide" name="answer" value="review">Submit, but let Stripe review it first</button>
        <button class="wide" name="answer" value="leave">Leave unfinished</button>
      </form>
    </section>
  `
  return page({ title: 'Set up your Stripe account', body })
}

/** Coming back says nothing about what was done: the platform must read the account. */
export function answerOnboarding({ api, id, fields }: Visit): Response {
  const link = requireLink({ api, id })
  const answer = ANSWERS.find((known) => known === fields.get('answer'))
  if (answer === undefined) throw badInput(`"answer" must be one of ${ANSWERS.join(', ')}`)
  if (link.state === 'done' || (link.state === 'fresh' && isLate(link, api.now()))) return redirect(link.refresh_url)
  markLink(api.storage.sql, link, 'done')
  onboard(worldOf(api, PLATFORM, link.mode), link.account, answer)
  return redirect(link.return_url)
}

function requireLink({ api, id }: Pick<Visit, 'api' | 'id'>): Link {
  const link = findLink(api.storage.sql, id)
  if (link === null) throw noLink()
  return link
}

const isLate = ({ expires }: Link, now: number) => expires * 1000 <= now
