/** How an app joins a project, framework by framework, with the project's own key, tier, meter and product filled in. */

import type { ProjectType } from '../../sdk/schema/common.ts'

/** What is filled in. No secret is among it. */
export interface Filled {
  readonly origin: string
  readonly publishableKey: string
  readonly type: ProjectType
  /** The plan that the paywall sells. */
  readonly tier: string
  readonly meter: string
  /** Something that the shop sells. */
  readonly variantId: string
}

export const RECIPES = [
  { id: 'react', name: 'React' },
  { id: 'next', name: 'Next' },
  { id: 'solid', name: 'Solid' },
  { id: 'vue', name: 'Vue' },
  { id: 'js', name: 'Plain JS' },
  { id: 'hono', name: 'Hono, Workers' },
  { id: 'express', name: 'Express' },
  { id: 'curl', name: 'curl' },
] as const
export type RecipeId = (typeof RECIPES)[number]['id']

export interface Part {
  /** The file it belongs into. */
  readonly file: string
  readonly code: string
}

const SERVED = ['next', 'hono', 'express'] as const satisfies readonly RecipeId[]
/** Does code of it run where the secret key may be? */
export const isServed = (id: RecipeId): boolean => SERVED.some((one) => one === id)

// What every page does

const SERVER_TABS = 'Next, Hono and Express show it'

const client = ({ publishableKey, origin }: Filled): string => `import { DreamAPI } from '@dream-api/sdk'

export const dream = new DreamAPI({
  publishableKey: '${publishableKey}',
  baseUrl: '${origin}',
})`

const upgrade = ({ tier }: Filled): string => `
/** Where the plan is paid; it leads back to here. */
export async function upgrade(): Promise<void> {
  const here = location.href
  const { url } = await dream.billing.createCheckout({ tier: '${tier}', successUrl: here, cancelUrl: here })
  location.href = url
}`

const PAGE_ACTS: Readonly<Record<ProjectType, (of: Filled) => string>> = {
  saas: (of) => `${upgrade(of)}

/** Asks your own server, which counts: ${SERVER_TABS}. The key is made once a press: a retry counts nothing. */
export async function ask(): Promise<string> {
  const token = await dream.auth.getToken()
  const headers = { Authorization: \`Bearer \${token}\`, 'Idempotency-Key': crypto.randomUUID() }
  const response = await fetch('/api/answer', { method: 'POST', headers })
  if (response.status === 402) await upgrade()
  const { answer, message } = await response.json()
  return answer ?? message
}`,
  membership: (of) => `${upgrade(of)}

/** Asks your own server, which looks at the plan: ${SERVER_TABS}. */
export async function read(): Promise<string> {
  const token = await dream.auth.getToken()
  const response = await fetch('/api/content', { headers: { Authorization: \`Bearer \${token}\` } })
  if (response.status === 402) await upgrade()
  const { content, message } = await response.json()
  return content ?? message
}`,
  store: () => `
/** Holds the units and leads to where they are paid. The key is the cart's: a second press is the same order. */
export async function buy(variantId: string, key: string): Promise<void> {
  const here = location.href
  const { url } = await dream.products.cartCheckout(
    { items: [{ variantId, quantity: 1 }], successUrl: here, cancelUrl: here },
    { idempotencyKey: key },
  )
  location.href = url
}`,
}

const pageModule = (of: Filled, begin: string): string => `${client(of)}${begin}
${PAGE_ACTS[of.type](of)}`

const BEGUN = `
await dream.auth.init() // who is signed in`

const ACTS = {
  saas: { act: 'ask', name: 'Ask' },
  membership: { act: 'read', name: 'Read' },
} as const

// Pages

/** In Next a page is drawn on the server first, where nobody is signed in. */
function react(of: Filled, isNext: boolean): string {
  if (of.type === 'store')
    return `import { useEffect, useState } from 'react'
import type { Product } from '@dream-api/sdk'
import { buy, dream } from './dream'

export function Shop() {
  const [products, setProducts] = useState<readonly Product[]>([])
  const [key] = useState(() => crypto.randomUUID())
  useEffect(() => {
    void dream.products.list().then((page) => setProducts(page.products))
  }, [])
  return products.flatMap(({ name, variants }) =>
    variants.map(({ id, soldOut }) => (
      <button key={id} disabled={soldOut} onClick={() => void buy(id, key)}>
        {soldOut ? \`\${name}: sold out\` : \`Buy \${name}\`}
      </button>
    )),
  )
}`
  const { act, name } = ACTS[of.type]
  const known = `
  const [isKnown, setKnown] = useState(false)
  useEffect(() => {
    void dream.auth.init().then(() => setKnown(true))
  }, [])
  if (!isKnown) return null`
  return `import { ${isNext ? 'useEffect, ' : ''}useState } from 'react'
import { useUsage } from '@dream-api/sdk/react'
import { ${act}, dream } from './dream'

function ${name}() {
  const { usage } = useUsage(dream${of.type === 'saas' ? `, { meter: '${of.meter}' }` : ''}) // live
  const [text, setText] = useState('')
  return (
    <p>
      <button onClick={() => void ${act}().then(setText)}>${of.type === 'saas' ? `${name} ({String(usage?.remaining ?? '…')} left)` : `${name} (plan {usage?.plan ?? '…'})`}</button> {text}
    </p>
  )
}

export function App() {${isNext ? known : ''}
  if (dream.auth.isSignedIn()) return <${name} />
  return <a href={dream.auth.getSignUpUrl({ redirect: '/' })}>Sign up</a>
}`
}

function solid(of: Filled): string {
  if (of.type === 'store')
    return `import { createResource, For } from 'solid-js'
import { buy, dream } from './dream'

export function Shop() {
  const key = crypto.randomUUID()
  const [page] = createResource(() => dream.products.list())
  return (
    <For each={page()?.products.flatMap(({ name, variants }) => variants.map((one) => ({ ...one, name })))}>
      {({ id, name, soldOut }) => (
        <button disabled={soldOut} onClick={() => void buy(id, key)}>
          {soldOut ? \`\${name}: sold out\` : \`Buy \${name}\`}
        </button>
      )}
    </For>
  )
}`
  const { act, name } = ACTS[of.type]
  return `import { createSignal, Show } from 'solid-js'
import { useUsage } from '@dream-api/sdk/solid'
import { ${act}, dream } from './dream'

function ${name}() {
  const { usage } = useUsage(dream${of.type === 'saas' ? `, { meter: '${of.meter}' }` : ''}) // live
  const [text, setText] = createSignal('')
  return (
    <p>
      <button onClick={() => void ${act}().then(setText)}>${of.type === 'saas' ? `${name} ({String(usage()?.remaining ?? '…')} left)` : `${name} (plan {usage()?.plan ?? '…'})`}</button> {text()}
    </p>
  )
}

export function App() {
  return (
    <Show when={dream.auth.isSignedIn()} fallback={<a href={dream.auth.getSignUpUrl({ redirect: '/' })}>Sign up</a>}>
      <${name} />
    </Show>
  )
}`
}

function vue(of: Filled): string {
  if (of.type === 'store')
    return `<script setup lang="ts">
import { buy, dream } from './dream'

const key = crypto.randomUUID()
const { products } = await dream.products.list()
</script>

<template>
  <template v-for="{ name, variants } in products">
    <button v-for="{ id, soldOut } in variants" :key="id" :disabled="soldOut" @click="buy(id, key)">
      {{ soldOut ? \`\${name}: sold out\` : \`Buy \${name}\` }}
    </button>
  </template>
</template>`
  const { act, name } = ACTS[of.type]
  return `<script setup lang="ts">
import { ref } from 'vue'
import { ${act}, dream } from './dream'

const text = ref('')
const signUp = dream.auth.getSignUpUrl({ redirect: '/' })
</script>

<template>
  <p v-if="dream.auth.isSignedIn()">
    <button @click="${act}().then((answer) => (text = answer))">${name}</button> {{ text }}
  </p>
  <a v-else :href="signUp">Sign up</a>
</template>`
}

function plain(of: Filled): string {
  if (of.type === 'store')
    return `import { buy, dream } from './dream'

const key = crypto.randomUUID() // of this cart
const { products } = await dream.products.list()
for (const { name, variants } of products)
  for (const { id, soldOut } of variants) {
    const button = document.createElement('button')
    button.textContent = soldOut ? \`\${name}: sold out\` : \`Buy \${name}\`
    button.disabled = soldOut
    button.onclick = () => void buy(id, key)
    document.body.append(button)
  }`
  const { act, name } = ACTS[of.type]
  return `import { ${act}, dream } from './dream'

const button = document.createElement('button')
button.textContent = dream.auth.isSignedIn() ? '${name}' : 'Sign up'
button.onclick = async () => {
  if (dream.auth.isSignedIn()) button.textContent = await ${act}()
  else location.href = dream.auth.getSignUpUrl({ redirect: '/' })
}
document.body.append(button)`
}

// Servers

const server = ({ origin }: Filled, more: string, secret: string): string => `import { ${more} } from '@dream-api/sdk'

const dream = new DreamAPI({ secretKey: ${secret}, baseUrl: '${origin}' })`

/** Counts before the work is done, as whoever the token names. */
const counted = ({ meter }: Filled): string => `async function answer(request: Request): Promise<Response> {
  const token = request.headers.get('Authorization')?.replace('Bearer ', '') ?? ''
  const idempotencyKey = request.headers.get('Idempotency-Key') ?? crypto.randomUUID()
  try {
    const { usage } = await dream.forToken(token).usage.consume({ meter: '${meter}' }, { idempotencyKey })
    return Response.json({ answer: 'forty-two', remaining: usage.remaining }) // your work, counted once
  } catch (error) {
    if (!(error instanceof DreamAPIException)) throw error
    const status = error.reason === 'limit_reached' ? 402 : error.status || 503
    return Response.json({ code: error.reason, message: error.message }, { status })
  }
}`

const bought = (variantId: string): string => `async function buy(request: Request): Promise<Response> {
  const { variantId = '${variantId}', key } = await request.json()
  const here = new URL(request.url).origin
  try {
    const { url, orderUrl } = await dream.products.cartCheckout(
      { items: [{ variantId, quantity: 1 }], successUrl: here, cancelUrl: here },
      { idempotencyKey: key },
    )
    return Response.json({ url, orderUrl })
  } catch (error) {
    if (!(error instanceof DreamAPIException)) throw error
    return Response.json({ code: error.reason, message: error.message }, { status: error.status || 503 })
  }
}`

const GATED = "() => Response.json({ content: 'for members' })"

function nextRoute(of: Filled): Part {
  const key = 'process.env.DREAM_API_SECRET_KEY'
  const begin = server(of, of.type === 'membership' ? 'DreamAPI' : 'DreamAPI, DreamAPIException', key)
  if (of.type === 'membership')
    return {
      file: 'app/api/content/route.ts',
      code: `${begin.replace('\n', "\nimport { withPlan } from '@dream-api/sdk/server'\n")}

export const GET = withPlan({ dream, plans: ['${of.tier}'] }, ${GATED})`,
    }
  if (of.type === 'store')
    return { file: 'app/api/buy/route.ts', code: `${begin}\n\n${bought(of.variantId)}\n\nexport { buy as POST }` }
  return { file: 'app/api/answer/route.ts', code: `${begin}\n\n${counted(of)}\n\nexport { answer as POST }` }
}

function hono(of: Filled): string {
  const begin = server(
    of,
    of.type === 'membership' ? 'DreamAPI' : 'DreamAPI, DreamAPIException',
    'env.DREAM_API_SECRET_KEY',
  ).replace('\n', "\nimport { env } from 'cloudflare:workers'\nimport { Hono } from 'hono'\n")
  const app = '\n\nconst app = new Hono()\n'
  if (of.type === 'membership')
    return `${begin.replace('\n', "\nimport { requirePlan } from '@dream-api/sdk/server'\n")}${app}
app.use('/api/content', requirePlan({ dream, plans: '${of.tier}' }))
app.get('/api/content', ${GATED})

export default app`
  const [code, route] =
    of.type === 'store'
      ? [bought(of.variantId), "'/api/buy', (c) => buy(c.req.raw)"]
      : [counted(of), "'/api/answer', (c) => answer(c.req.raw)"]
  return `${begin}\n\n${code}${app}app.post(${route})\n\nexport default app`
}

function express(of: Filled): string {
  const key = 'process.env.DREAM_API_SECRET_KEY'
  const begin = server(of, of.type === 'membership' ? 'DreamAPI' : 'DreamAPI, DreamAPIException', key).replace(
    '\n',
    "\nimport express from 'express'\n",
  )
  const app = '\n\nconst app = express()\napp.use(express.json())\n'
  if (of.type === 'membership')
    return `${begin.replace('\n', "\nimport { requirePlan } from '@dream-api/sdk/server'\n")}${app}
app.use('/api/content', requirePlan({ dream, plans: '${of.tier}' }))
app.get('/api/content', (_request, response) => response.json({ content: 'for members' }))

app.listen(3000)`
  const [path, act] =
    of.type === 'store'
      ? [
          '/api/buy',
          `const { variantId = '${of.variantId}', key } = request.body
    const here = \`\${request.protocol}://\${request.get('host')}\`
    const items = [{ variantId, quantity: 1 }]
    response.json(await dream.products.cartCheckout({ items, successUrl: here, cancelUrl: here }, { idempotencyKey: key }))`,
        ]
      : [
          '/api/answer',
          `const token = (request.get('Authorization') ?? '').replace('Bearer ', '')
    const idempotencyKey = request.get('Idempotency-Key') ?? crypto.randomUUID()
    const { usage } = await dream.forToken(token).usage.consume({ meter: '${of.meter}' }, { idempotencyKey })
    response.json({ answer: 'forty-two', remaining: usage.remaining }) // your work, counted once`,
        ]
  return `${begin}${app}
app.post('${path}', async (request, response) => {
  try {
    ${act}
  } catch (error) {
    if (!(error instanceof DreamAPIException)) throw error
    const status = error.reason === 'limit_reached' ? 402 : error.status || 503
    response.status(status).json({ code: error.reason, message: error.message })
  }
})

app.listen(3000)`
}

function curl({ origin, publishableKey, type, meter, tier, variantId }: Filled): string {
  if (type === 'store')
    return `curl ${origin}/api/products -H 'X-Publishable-Key: ${publishableKey}'

curl -X POST ${origin}/api/cart/checkout -H 'X-Publishable-Key: ${publishableKey}' \\
  -H 'Content-Type: application/json' -H "Idempotency-Key: $(uuidgen)" \\
  -d '{"items":[{"variantId":"${variantId}"}],"successUrl":"http://localhost:3000/","cancelUrl":"http://localhost:3000/"}'`
  const checkout = `curl -X POST ${origin}/api/create-checkout -H "Authorization: Bearer $DREAM_API_SECRET_KEY" \\
  -H 'X-User-Id: user_1' -H 'Content-Type: application/json' \\
  -d '{"tier":"${tier}","successUrl":"http://localhost:3000/","cancelUrl":"http://localhost:3000/"}'`
  const first =
    type === 'saas'
      ? `curl -X POST ${origin}/api/data -H "Authorization: Bearer $DREAM_API_SECRET_KEY" \\
  -H 'X-User-Id: user_1' -H 'Content-Type: application/json' -d '{"meter":"${meter}"}'`
      : `curl ${origin}/api/usage -H "Authorization: Bearer $DREAM_API_SECRET_KEY" -H 'X-User-Id: user_1'`
  return `${first}\n\n${checkout}`
}

export function partsOf(id: RecipeId, of: Filled): readonly Part[] {
  const view = of.type === 'store' ? 'Shop' : 'App'
  const module: Part = { file: 'src/dream.ts', code: pageModule(of, of.type === 'store' ? '' : BEGUN) }
  switch (id) {
    case 'react':
      return [module, { file: `src/${view}.tsx`, code: react(of, false) }]
    case 'solid':
      return [module, { file: `src/${view}.tsx`, code: solid(of) }]
    case 'vue':
      return [module, { file: `src/${view}.vue`, code: vue(of) }]
    case 'js':
      return [module, { file: 'src/main.ts', code: plain(of) }]
    case 'next':
      return [
        nextRoute(of),
        { file: 'src/dream.ts', code: pageModule(of, '') },
        { file: `src/${view}.tsx`, code: `'use client'\n\n${react(of, true)}` },
      ]
    case 'hono':
      return [{ file: 'src/index.ts', code: hono(of) }]
    case 'express':
      return [{ file: 'server.ts', code: express(of) }]
    case 'curl':
      return [{ file: 'In a terminal', code: curl(of) }]
  }
}
