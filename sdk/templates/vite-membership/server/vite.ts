/** Lets Vite's own servers answer /api/content on this machine, as the deployed function does. */

import type { Connect, Plugin } from 'vite'
import { makeContent } from './content'

export function serveContent(env: Readonly<Record<string, string>>): Plugin {
  const answer: Connect.NextHandleFunction = (request, response, next) => {
    const { VITE_DREAM_PUBLISHABLE_KEY: publishableKey, VITE_DREAM_API_URL: baseUrl } = env
    if (!publishableKey) return next()
    const { authorization = '' } = request.headers
    const asked = new Request(new URL(request.originalUrl ?? '/', 'http://localhost'), { headers: { authorization } })
    makeContent({ publishableKey, baseUrl })(asked)
      .then(async (answered) => {
        response.writeHead(answered.status, Object.fromEntries(answered.headers))
        response.end(await answered.text())
      })
      .catch(next)
  }
  return {
    name: 'content',
    configureServer: ({ middlewares }) => void middlewares.use('/api/content', answer),
    configurePreviewServer: ({ middlewares }) => void middlewares.use('/api/content', answer),
  }
}
