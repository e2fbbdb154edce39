/** The server function as Cloudflare Pages runs it; other hosts take `makeContent` from a file of their own. */

import { makeContent } from '../../server/content'

interface Call {
  readonly request: Request
  readonly env: Readonly<Record<'VITE_DREAM_PUBLISHABLE_KEY' | 'VITE_DREAM_API_URL', string | undefined>>
}

export const onRequestGet = ({ request, env }: Call): Promise<Response> =>
  makeContent({ publishableKey: env.VITE_DREAM_PUBLISHABLE_KEY ?? '', baseUrl: env.VITE_DREAM_API_URL })(request)
