/** The documentation, for people and for agents. */

import { index, PAGES, whole } from '../docs/pages.ts'
import { json, refuse } from '../http.ts'
import type { Call, Route } from '../router.ts'

export const serveIndex = async (_call: Call): Promise<Response> => markdown(index())

export const serveWhole = async (_call: Call): Promise<Response> => markdown(whole())

export async function servePage({ params }: Call): Promise<Response> {
  const name = (params['page'] ?? '').replace(/\.md$/, '')
  const page = PAGES.find((known) => known.name === name)
  return page === undefined ? refuse('not_found') : markdown(page.text)
}

/** Made when it is first asked for, so that nobody else pays for it. */
let openApi: Promise<object> | null = null
export async function serveOpenApi(routes: readonly Route[], origin: string): Promise<Response> {
  openApi ??= import('../openapi/document.ts').then(({ toDocument }) => toDocument(routes))
  const document = { ...(await openApi), servers: [{ url: origin }] }
  return json(document, { headers: { 'Cache-Control': 'public, max-age=300' } })
}

const markdown = (text: string): Response =>
  new Response(text, {
    headers: {
      'Content-Type': 'text/markdown; charset=utf-8',
      'Cache-Control': 'public, max-age=300',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    },
  })
