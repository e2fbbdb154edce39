/**
 * Our own pages where customers sign in. Nothing that a visitor brings is written into them: the script reads the address
 * itself, and the server has judged it before it shows the page at all.
 */

import { escape } from './escape.ts'
import type { PageClerk } from '../clerk.ts'
import { SIGN_IN_SCRIPT } from './signInScript.ts'
import { signInStyle } from './signInStyle.ts'

export type Visit = 'signup' | 'signin' | 'account' | 'refresh' | 'signout'

const WORDS: Readonly<Record<Visit, string>> = {
  signup: 'Create your account',
  signin: 'Sign in',
  account: 'Your account',
  refresh: 'One moment',
  signout: 'Sign out',
}

/** Where Clerk looks for abuse, on whatever port. */
const GUARD = 'https://*.protect.clerk.com:*'

/** Clerk's components and their checks against robots; scripts only with the nonce, and what those load. */
function policy(nonce: string, host: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'unsafe-inline'", // Clerk writes its styles as it runs
    `connect-src 'self' ${host} ${GUARD}`,
    "img-src 'self' https://img.clerk.com data:",
    `frame-src https://challenges.cloudflare.com ${GUARD}`,
    "worker-src 'self' blob:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

export function signInPage({
  visit,
  name,
  accentColor,
  clerk,
}: {
  visit: Visit
  name: string
  accentColor: string | null
  clerk: PageClerk
}): Response {
  const nonce = crypto.randomUUID()
  const title = `${WORDS[visit]} · ${escape(name)}`
  const tags = clerk.scripts.map(
    (src) =>
      `<script nonce="${nonce}" src="${escape(src)}" data-clerk-publishable-key="${escape(clerk.publishableKey)}" crossorigin="anonymous"></script>`,
  )
  const mark = escape([...name.trim()][0]?.toUpperCase() ?? '')
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><link rel="icon" href="data:,"><title>${title}</title><style>${signInStyle(accentColor)}</style></head><body data-visit="${visit}"><main${visit === 'account' ? ' class="wide"' : ''}><div class="mark" aria-hidden="true">${mark}</div><h1>${escape(name)}</h1><p id="now" role="status">${WORDS[visit]}</p><noscript><p>Signing in needs JavaScript.</p></noscript><div id="panel" hidden><p id="who" hidden></p><p id="wrong" role="alert" hidden></p><button class="main" id="join" hidden>Continue to ${escape(name)}</button><button class="main" id="leave" hidden>Sign out</button><button id="other" hidden>Use another account</button><p class="note" id="note" hidden>${escape(name)} will see your e-mail address.</p></div><div id="clerk"></div><a class="back" id="back" hidden>Back to ${escape(name)}</a></main>${tags.join('')}<script nonce="${nonce}">${SIGN_IN_SCRIPT}</script></body></html>`
  return new Response(html, {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'private, no-store',
      'Content-Security-Policy': policy(nonce, clerk.host),
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    },
  })
}
