/** The documentation: for people as pages, for agents as Markdown, for tools as OpenAPI. */

import { ABOUT_PAGE, index, PAGES, TERMS, whole } from '../docs/pages.ts'
import { json, refuse } from '../http.ts'
import type { OpenApi } from '../docs/reference.ts'
import type { Call, Route } from '../router.ts'

export const serveIndex = async ({ request }: Call): Promise<Response> => answer(request, '/docs', index())

export const serveAbout = async ({ request }: Call): Promise<Response> => answer(request, '/about', ABOUT_PAGE)

export const serveAgents = async (_call: Call): Promise<Response> => text(index(), 'text/markdown')

export const serveWhole = async (_call: Call): Promise<Response> => text(whole(), 'text/markdown')

/** `/docs/usage` in a browser is a page; for everybody else, and at `/docs/usage.md`, it is Markdown. */
export async function servePage({ request, params }: Call, routes: readonly Route[]): Promise<Response> {
  const { page: asked = '' } = params
  if (asked === 'style.css') return text((await import('../docs/style.ts')).STYLE, 'text/css')
  const name = asked.replace(/\.md$/, '')
  const markdown =
    name === 'reference' ? await reference(routes) : [...PAGES, ...TERMS].find((page) => page.name === name)?.text
  if (markdown === undefined)
    return refuse('not_found', { message: 'There is no such page. /llms.txt lists them all.' })
  return asked === name ? answer(request, `/docs/${name}`, markdown) : text(markdown, 'text/markdown')
}

/** Made when it is first asked for, so that nobody else pays for it. */
let openApi: Promise<ReturnType<typeof import('../openapi/document.ts').toDocument>> | null = null
const documentOf = (routes: readonly Route[]) =>
  (openApi ??= import('../openapi/document.ts').then(({ toDocument }) => toDocument(routes)))

export async function serveOpenApi(routes: readonly Route[], origin: string): Promise<Response> {
  const document = { ...(await documentOf(routes)), servers: [{ url: origin }] }
  return json(document, { headers: { 'Cache-Control': CACHED } })
}

async function reference(routes: readonly Route[]): Promise<string> {
  const { toReference } = await import('../docs/reference.ts')
  return toReference((await documentOf(routes)) as unknown as OpenApi)
}

const LINKS = [
  { href: '/docs', title: 'Overview' },
  ...PAGES.map(({ name, title }) => ({ href: `/docs/${name}`, title })),
  { href: '/docs/reference', title: 'API reference' },
  ...TERMS.map(({ name, title }) => ({ href: `/docs/${name}`, title })),
]

async function answer(request: Request, here: string, markdown: string): Promise<Response> {
  if (request.headers.get('Accept')?.includes('text/html') !== true) return text(markdown, 'text/markdown')
  const { toHtml } = await import('../docs/html.ts')
  return text(toHtml(markdown, { here, links: LINKS }), 'text/html')
}

const CACHED = 'public, max-age=300'

const text = (body: string, type: string): Response =>
  new Response(body, {
    headers: {
      'Content-Type': `${type}; charset=utf-8`,
      'Cache-Control': CACHED,
      Vary: 'Accept',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    },
  })
