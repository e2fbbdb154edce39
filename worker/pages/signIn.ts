/**
 * Our own pages where customers sign in. Nothing that a visitor brings is written into them: the script reads the address
 * itself, and the server has judged it before it shows the page at all.
 */

import { escape } from './escape.ts'
import { SIGN_IN_SCRIPT } from './signInScript.ts'

export type Visit = 'signup' | 'signin' | 'account' | 'refresh'

const WORDS: Readonly<Record<Visit, string>> = {
  signup: 'Create your account',
  signin: 'Sign in',
  account: 'Your account',
  refresh: 'One moment',
}

const STYLE = `
:root{color-scheme:light dark;--ink:light-dark(#16181d,#eceef2);--soft:light-dark(#5b6270,#a4abb8);--line:light-dark(#e3e5ea,#2b2f37);--panel:light-dark(#fff,#15171b);--page:light-dark(#f7f8fa,#0d0e11);--accent:light-dark(#2f2bd6,#a5a1ff);--on-accent:light-dark(#fff,#0d0e11)}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:440px;margin:64px auto;padding:0 16px}main.wide{max-width:920px}
h1{font-size:22px;line-height:1.25;letter-spacing:-.01em;margin:0 0 4px;overflow-wrap:anywhere}p{margin:0 0 16px;color:var(--soft);overflow-wrap:anywhere}
#panel{background:var(--panel);border:1px solid var(--line);border-radius:14px;padding:24px;margin-top:24px}[hidden]{display:none!important}
#clerk{margin-top:24px;display:grid;justify-items:center}
button,a.back{font:inherit}button{display:block;width:100%;min-height:44px;padding:10px 16px;border-radius:10px;border:1px solid var(--line);background:none;color:inherit;cursor:pointer}
button.main{background:var(--accent);border-color:var(--accent);color:var(--on-accent);font-weight:600;margin-bottom:8px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}a.back{display:inline-block;margin-top:24px;color:inherit}
#wrong{color:light-dark(#b3093c,#ff86a4);font-weight:500}@media(max-width:480px){main{margin:24px auto}}`

/** Clerk's components and their checks against robots; scripts only with the nonce, and what those load. */
function policy(nonce: string, host: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'unsafe-inline'", // Clerk writes its styles as it runs
    `connect-src 'self' ${host}`,
    "img-src 'self' https://img.clerk.com data:",
    'frame-src https://challenges.cloudflare.com',
    "worker-src 'self' blob:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

export function signInPage({
  visit,
  name,
  clerk,
}: {
  visit: Visit
  name: string
  clerk: { publishableKey: string; host: string; script: string }
}): Response {
  const nonce = crypto.randomUUID()
  const title = `${WORDS[visit]} · ${escape(name)}`
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${title}</title><style>${STYLE}</style></head><body data-visit="${visit}"><main${visit === 'account' ? ' class="wide"' : ''}><h1>${escape(name)}</h1><p id="now" role="status">${WORDS[visit]}</p><noscript><p>Signing in needs JavaScript.</p></noscript><div id="panel" hidden><p id="who"></p><p id="wrong" role="alert" hidden></p><button class="main" id="join" hidden>Continue to ${escape(name)}</button><button id="other" hidden>Use another account</button></div><div id="clerk"></div><a class="back" id="back" hidden>Back to ${escape(name)}</a></main><script nonce="${nonce}" src="${escape(clerk.script)}" data-clerk-publishable-key="${escape(clerk.publishableKey)}" crossorigin="anonymous"></script><script nonce="${nonce}">${SIGN_IN_SCRIPT}</script></body></html>`
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
