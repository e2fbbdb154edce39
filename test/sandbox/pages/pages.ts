/** The hosted pages: which path shows which, and the errors they share. */
import { StripeError } from '../stripe/error.ts'
import { ControlError } from '../stripe/controlInput.ts'
import { checkoutPage, payPage, settlePage } from './checkout.ts'
import { answerConnect, connectPage } from './connect.ts'
import { html, page, readFields } from './html.ts'
import { invoicePage, payInvoicePage } from './invoice.ts'
import { answerOnboarding, onboardingPage } from './onboarding.ts'
import { actPortal, portalPage } from './portal.ts'
import { STYLE } from './style.ts'
import type { Api } from '../stripe/api.ts'

/** What a page needs to answer: its object and, after a post, the form. */
export interface Visit {
  api: Api
  id: string
  fields: URLSearchParams
}

const PAGES: [method: string, path: RegExp, show: (visit: Visit) => Response][] = [
  ['GET', /^\/sandbox\/checkout\/([^/]+)$/, checkoutPage],
  ['POST', /^\/sandbox\/checkout\/([^/]+)$/, payPage],
  ['POST', /^\/sandbox\/checkout\/([^/]+)\/settle$/, settlePage],
  ['GET', /^\/sandbox\/connect\/authorize$/, connectPage],
  ['POST', /^\/sandbox\/connect\/authorize$/, answerConnect],
  ['GET', /^\/sandbox\/connect\/onboarding\/([^/]+)$/, onboardingPage],
  ['POST', /^\/sandbox\/connect\/onboarding\/([^/]+)$/, answerOnboarding],
  ['GET', /^\/sandbox\/portal\/([^/]+)$/, portalPage],
  ['POST', /^\/sandbox\/portal\/([^/]+)$/, actPortal],
  ['GET', /^\/sandbox\/invoice\/([^/]+)$/, invoicePage],
  ['POST', /^\/sandbox\/invoice\/([^/]+)$/, payInvoicePage],
]

export async function servePage(api: Api, request: Request): Promise<Response | null> {
  const { pathname } = new URL(request.url)
  if (pathname === '/sandbox/style.css') {
    return new Response(STYLE, {
      headers: { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'max-age=300' },
    })
  }
  const matches = PAGES.map(([method, path, show]) => ({ method, show, match: path.exec(pathname) }))
  const found = matches.find(({ method, match }) => match && method === request.method)
  if (!found) return null
  const fields = request.method === 'POST' ? await readFields(request) : new URL(request.url).searchParams
  const visit = { api, id: decodeURIComponent(found.match?.[1] ?? ''), fields }
  try {
    return api.storage.transactionSync(() => found.show(visit))
  } catch (error) {
    if (error instanceof ControlError || error instanceof StripeError) return problem(error.status, error.message)
    throw error
  }
}

function problem(status: number, message: string): Response {
  const body = html`<h1>That did not work</h1>
    <section><p>${message}</p></section>`
  return page({ title: 'That did not work', body, status })
}
