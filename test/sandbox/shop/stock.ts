/** Puts goods on a demo project's shelf through the public API, as its owner would. */
import { STRIPE_SECRET_KEY } from '../keys.ts'
import { toPng } from './png.ts'
import type { Good } from './goods.ts'

type Call = (path: string, init?: RequestInit) => Promise<Response>

export interface Shop {
  readonly publishableKey: string
  readonly secretKey: string
  readonly stripeAccount: string
  readonly api: Call
  /** Stripe, as the shop's owner uses it in the dashboard. */
  readonly stripe: { fetch(address: string, init?: RequestInit): Promise<Response> }
}

/** Fills the shelf with what is missing of the goods, and opens the shop. */
export async function stock(goods: readonly Good[], shop: Shop): Promise<void> {
  const shown = await shelf(shop)
  const missing = goods.filter(({ product }) => !shown.some(({ slug }) => slug === product.slug))
  const images = await Promise.all(missing.map((good) => uploadPicture(good, shop)))
  for (const [index, { product }] of missing.entries())
    await send(shop, '/api/products', { method: 'POST', body: { ...product, images: [images[index]] } })
  await openShop(shop)
}

async function shelf({ api, publishableKey }: Shop): Promise<{ slug: string }[]> {
  const answer = await api('/api/products?limit=100', { headers: { 'X-Publishable-Key': publishableKey } })
  const { products } = await answer.json<{ products: { slug: string }[] }>()
  return products
}

/** Anybody may hold any number of carts here, and a code takes ten percent off. */
async function openShop(shop: Shop): Promise<void> {
  await atStripe(shop, '/v1/coupons', { id: 'welcome', percent_off: '10', duration: 'once', name: 'Welcome' })
  await atStripe(shop, '/v1/promotion_codes', {
    code: 'WELCOME10',
    'promotion[type]': 'coupon',
    'promotion[coupon]': 'welcome',
  })
  await send(shop, '/api/shop', {
    method: 'PATCH',
    body: { promotionCodes: true, holdsPerCustomer: null, holdsPerAddress: null },
  })
}

async function uploadPicture({ draw, product }: Good, shop: Shop): Promise<string> {
  const form = new FormData()
  form.set('file', await toPng(draw()), `${product.slug}.png`)
  const { key } = await send<{ key: string }>(shop, '/api/assets', { method: 'POST', body: form })
  return key
}

async function send<T>(shop: Shop, path: string, { method, body }: { method: string; body: object }): Promise<T> {
  const isForm = body instanceof FormData
  const answer = await shop.api(path, {
    method,
    headers: {
      Authorization: `Bearer ${shop.secretKey}`,
      ...(isForm ? {} : { 'Content-Type': 'application/json' }),
    },
    body: isForm ? body : JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`the demo's ${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  return answer.json<T>()
}

/** Repeated, it is refused as existing already, which is as well. */
async function atStripe({ stripe, stripeAccount }: Shop, path: string, params: Record<string, string>): Promise<void> {
  const answer = await stripe.fetch(`https://api.stripe.com${path}`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${STRIPE_SECRET_KEY.test}`,
      'Stripe-Account': stripeAccount,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(params).toString(),
  })
  await answer.arrayBuffer()
}
