/** Where a buyer is sent back to: as given, or relative to the page that asks. Whether it is allowed the project decides. */

import { refuse } from './http.ts'

export function returnUrl(request: Request, given: string | undefined, path: string, field: string): string {
  const base = request.headers.get('Origin') ?? undefined
  const text = given ?? path
  if (!URL.canParse(text, base))
    return refuse('invalid_request', {
      message: `${field} is required as an absolute URL when the call does not come from a page.`,
    })
  return new URL(text, base).toString().replaceAll('%7BCHECKOUT_SESSION_ID%7D', '{CHECKOUT_SESSION_ID}')
}

/** Where an address leads in the end: our page that waits for a plan goes on to its `redirect`, and that must be allowed. */
export function landingOf(request: Request, url: string): string {
  const { origin, pathname, searchParams } = new URL(url)
  const isOurs = origin === new URL(request.url).origin && pathname === '/refresh'
  return isOurs ? (searchParams.get('redirect') ?? url) : url
}
