/** The first lines of code, with the real values of the project that is open. */

import { createSignal } from 'solid-js'
import { Code, Tabs } from './parts.tsx'

const PAGES = [
  { id: 'server', name: 'Server' },
  { id: 'browser', name: 'Browser' },
  { id: 'curl', name: 'curl' },
  { id: 'agent', name: 'Coding agent' },
] as const
type PageId = (typeof PAGES)[number]['id']

const texts = (publishableKey: string, origin: string): Readonly<Record<PageId, string>> => ({
  server: `import { DreamAPI } from '@dream-api/sdk'

const dream = new DreamAPI({
  baseUrl: '${origin}',
  publishableKey: '${publishableKey}',
  secretKey: process.env.DREAM_SECRET_KEY,
})
const { usage } = await dream.withUser(token).usage.track()`,
  browser: `import { DreamAPI } from '@dream-api/sdk'

const dream = new DreamAPI({ baseUrl: '${origin}', publishableKey: '${publishableKey}' })
await dream.auth.init()
const { usage } = await dream.usage.track()`,
  curl: `curl -X POST ${origin}/api/data \\
  -H "Authorization: Bearer $DREAM_SECRET_KEY" \\
  -H 'X-User-Id: user_1'`,
  agent: `Add dream-api to this app.

Values (use these, never invent any): publishable key ${publishableKey}, API ${origin}.
Rules: the secret key stays in .env as DREAM_SECRET_KEY; ask me to put it there, never into this chat, and never print it.
1. Find the framework, where people sign in, and the action that is paid for. Report in two lines.
2. Install @dream-api/sdk and add DREAM_PUBLISHABLE_KEY and DREAM_SECRET_KEY to .env and .env.example; check .gitignore.
3. Gate the paid action on the server with one call before the work is done:
   const { usage } = await dream.withUser(token).usage.track({}, { idempotencyKey })
   Do not check first and track later. When the limit is reached, show the upgrade and link billing.createCheckout.
4. Link sign-in with auth.getSignInUrl and call auth.init() once in the browser.
5. Verify: send one event, send it again with the same key, and see it counted once.`,
})

export function Snippet(props: { publishableKey: string }) {
  const [page, setPage] = createSignal<PageId>('server')
  return (
    <div class="stack tight">
      <Tabs label="Where the code runs" options={PAGES} chosen={page()} choose={setPage} />
      <Code label={`the ${page()} snippet`} text={texts(props.publishableKey, location.origin)[page()]} />
    </div>
  )
}
