/** The five-minute tour, as somebody with curl walks it: forms are posted as a browser would, nothing is reached behind. */

import { expect, it } from 'vitest'
import { as, page, secret, useApp } from '../support/app.ts'

const app = useApp()

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

/** The fields of the first form of a page, with what it proposes. */
function formOf(html: string): { action: string; fields: URLSearchParams } {
  const form = /<form method="post" action="([^"]+)">([\s\S]*?)<\/form>/.exec(html)
  const fields = new URLSearchParams()
  for (const [input] of (form?.[2] ?? '').matchAll(/<input [^>]*>/g)) {
    const name = /name="([^"]+)"/.exec(input)?.[1]
    const isChosen = !/type="radio"/.test(input) || /\bchecked\b/.test(input)
    if (name !== undefined && isChosen) fields.set(name, /value="([^"]*)"/.exec(input)?.[1] ?? '')
  }
  return { action: form?.[1] ?? '', fields }
}

it('creates a customer, uses the product up to its limit, is refused, pays, and is served with the new plan in the JWT', async () => {
  const demos = (await app().ok('GET', '/sandbox/demo')) as {
    type: string
    publishableKey: string
    secretKey: string
  }[]
  const saas = demos.find(({ type }) => type === 'saas')
  if (saas === undefined) throw new Error('the demo has no SaaS project')
  const project = { ...saas, projectId: '', mode: 'test', stripeAccount: null } as const

  const { tiers } = await app().ok('GET', '/api/tiers', { headers: page(project) })
  const [free, pro] = tiers as { name: string; limit: number; price: number }[]
  expect([free, pro]).toMatchObject([
    { name: 'free', limit: 100, price: 0 },
    { name: 'pro', limit: 1000, price: 2900 },
  ])

  const email = 'tourist@example.com'
  const { customer } = await app().ok('POST', '/api/customers', { headers: secret(project), body: { email } })
  expect(customer).toMatchObject({ email, plan: 'free', publishableKey: project.publishableKey })
  const before = await app().token(project, customer.id)
  expect(claimsOf(before)).toMatchObject({ sub: customer.id, email, plan: 'free' })

  for (let used = 1; used <= 100; used += 1) {
    const headers = used <= 50 ? page(project, before) : as(project, customer.id)
    const { usage } = await app().ok('POST', '/api/data', { headers })
    expect(usage).toMatchObject({ used, remaining: 100 - used, limit: 100, plan: 'free' })
  }
  const refused = await app().call('POST', '/api/data', { headers: page(project, before) })
  expect(refused).toMatchObject({
    status: 403,
    body: { code: 'limit_reached', used: 100, limit: 100, remaining: 0, upgrade: { tier: 'pro', price: 2900 } },
  })
  expect(refused.body.message).toContain('limit')

  const { url } = await app().ok('POST', '/api/create-checkout', {
    headers: { ...page(project, before), Origin: 'http://localhost:3000' },
    body: { tier: 'pro', successUrl: '/welcome?session={CHECKOUT_SESSION_ID}', cancelUrl: '/pricing' },
  })
  const checkout = await fetch(url)
  expect(checkout.headers.get('Content-Type')).toContain('text/html')
  const html = await checkout.text()
  expect(html).toContain('$29.00')
  const { action, fields } = formOf(html)

  fields.set('card', 'decline')
  const declined = await fetch(new URL(action, url), { method: 'POST', body: fields, redirect: 'manual' })
  expect(declined.status).toBe(402)
  expect(await declined.text()).toContain('declined')

  fields.set('card', 'ok')
  const paid = await fetch(new URL(action, url), { method: 'POST', body: fields, redirect: 'manual' })
  expect([302, 303]).toContain(paid.status)
  expect(paid.headers.get('Location')).toMatch(/^http:\/\/localhost:3000\/welcome\?session=cs_/)

  const after = await app().token(project, customer.id) // waits until the webhooks have come
  expect(claimsOf(after)).toMatchObject({ sub: customer.id, plan: 'pro', publishableKey: project.publishableKey })
  const served = await app().ok('POST', '/api/data', { headers: page(project, after) })
  expect(served.usage).toMatchObject({ plan: 'pro', limit: 1000, used: 1 })
  const old = await app().ok('GET', '/api/usage', { headers: page(project, before) })
  expect(old).toMatchObject({ plan: 'pro', limit: 1000 }) // the plan is the project's, not the token's
})
