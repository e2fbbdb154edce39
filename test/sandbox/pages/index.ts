/** GET /sandbox: every control and page, for people as HTML and for programs as JSON. */
import { ENTRIES } from './controls.ts'
import { html, page } from './html.ts'
import type { Entry } from './controls.ts'
import type { Html } from './html.ts'

type ClerkEntry = Omit<Entry, 'does'> & { what: string }

/** The index, or null for any other path. */
export function showIndex(request: Request, clerk: readonly ClerkEntry[] = []): Response | null {
  if (new URL(request.url).pathname !== '/sandbox' || request.method !== 'GET') return null
  const entries: Entry[] = [...ENTRIES, ...clerk.map(({ what, ...entry }) => ({ ...entry, does: what }))]
  if (!request.headers.get('accept')?.includes('text/html')) {
    return new Response(JSON.stringify({ controls: entries }), { headers: { 'Content-Type': 'application/json' } })
  }
  const groups = GROUPS.map(({ title, about }) =>
    showGroup(
      title,
      entries.filter(({ path }) => groupOf(path) === about),
    ),
  )
  const body = html`<h1>Sandbox</h1>
    <p class="soft">
      Stand-ins for Stripe, Clerk and the mail service, with a clock that can be moved. Bodies and answers are JSON.
    </p>
    ${groups}`
  return page({ title: 'Sandbox', body, wide: true })
}

const GROUPS = [
  { title: 'The whole', about: 'whole' },
  { title: 'Hosted pages', about: 'pages' },
  { title: 'Stripe', about: 'stripe' },
  { title: 'Failures', about: 'faults' },
  { title: 'Clerk', about: 'clerk' },
  { title: 'Mail and webhooks', about: 'post' },
] as const

function groupOf(path: string): (typeof GROUPS)[number]['about'] {
  const area = /^\/sandbox\/(\w+)/.exec(path)?.[1] ?? ''
  if (['checkout', 'portal', 'connect', 'invoice'].includes(area)) return 'pages'
  if (['mailbox', 'receivers', 'dns'].includes(area)) return 'post'
  return area === 'stripe' || area === 'faults' || area === 'clerk' ? area : 'whole'
}

function showGroup(title: string, entries: readonly Entry[]): Html {
  return html`<section>
    <h2>${title}</h2>
    <table class="list">
      ${entries.map(showEntry)}
    </table>
  </section>`
}

function showEntry({ method, path, body, does }: Entry): Html {
  const [bare = path] = path.split('?')
  const opens = method === 'GET' && !bare.includes(':') && !bare.startsWith('/sandbox/connect')
  return html`<tr>
    <td>
      <div class="call">
        <code class="soft">${method}</code>
        <code>${opens ? html`<a href="${bare}">${path}</a>` : path}</code>
      </div>
    </td>
    <td>${does}${body && html`<code class="body">${body}</code>`}</td>
  </tr>`
}
