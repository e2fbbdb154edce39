/** Worlds for the examples: an owner with a project and a shop, and of its own whatever an example uses up. */

import { createHmac } from 'node:crypto'
import { DreamAccount } from '../../sdk/account.ts'
import { DreamAdmin, type EndpointInput } from '../../sdk/admin.ts'
import type { App, Body, TestMember, TestProject } from './app.ts'
import { LADDER } from './billing.ts'
import { connectByOAuth } from './connect.ts'
import type { Facts } from './exampleWorld.ts'
import { codeMailedTo } from './mail.ts'
import { subscribeToUs } from './own.ts'
import { addProduct, aProduct, bought, changeShop, order } from './store.ts'

const SECRET = Buffer.from('a secret of twenty-four.')
const NOWHERE: EndpointInput = { url: 'http://localhost:9/hooks', events: ['order.paid'] }
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const TIERS = LADDER.map((tier) => ({ ...tier, limits: { requests: { limit: 1000, period: 'month' } } }))
const inSize = { options: { size: 'M' }, prices: [{ unitAmount: 1000, currency: 'usd' }], stock: 10 }

function signed(): Facts['signed'] {
  const at = String(Math.floor(Date.now() / 1000))
  const body = '{"type":"order.paid"}'
  const signature = createHmac('sha256', SECRET).update(`evt_1.${at}.${body}`).digest('base64')
  return { body, headers: { 'webhook-id': 'evt_1', 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` } }
}

type Needs = (...words: string[]) => boolean

/** Where the examples of one place live. */
export class ExampleLand {
  readonly #app: App
  readonly #owner: TestMember
  readonly #saas: TestProject
  readonly #shop: TestProject

  private constructor(app: App, owner: TestMember, projects: { saas: TestProject; shop: TestProject }) {
    this.#app = app
    this.#owner = owner
    this.#saas = projects.saas
    this.#shop = projects.shop
  }

  /** Its owner pays us and is connected to Stripe, so that nothing is refused to them. */
  static async settle(app: App): Promise<ExampleLand> {
    const owner = await app.member()
    await subscribeToUs(app, owner)
    await connectByOAuth(app, owner, 'test')
    await connectByOAuth(app, owner, 'live')
    const shop = await aProject(app, owner, 'store')
    await changeShop(app, shop, { holdsPerCustomer: null, holdsPerAddress: null })
    return new ExampleLand(app, owner, { saas: await aProject(app, owner, 'saas'), shop })
  }

  /** As much as the example speaks of. */
  async facts(code: string): Promise<Facts> {
    const needs: Needs = (...words) => new RegExp(`\\b(?:${words.join('|')})\\b`).test(code)
    const app = this.#app
    const { url: baseUrl } = app.server
    const ownerSession = await app.memberToken(this.#owner)
    const saas = needs('tiers') ? await aProject(app, this.#owner, 'saas') : this.#saas
    const isBought = needs('subscriberId', 'eventId')
    const isKnown = isBought || needs('customerId', 'token', 'feed')
    const { id: customerId } = isKnown ? await app.customer(saas) : { id: '' }
    if (isBought) await app.subscribe(saas, customerId, 'pro')
    return {
      baseUrl,
      saas,
      shop: this.#shop,
      publishableKey: saas.publishableKey,
      ownerSession,
      session: needs('projectId') ? ownerSession : await this.#aMember(needs),
      projectId: needs('projectId') ? await this.#aProjectOf(ownerSession, needs) : '',
      customerId,
      subscriberId: customerId,
      token: customerId === '' ? '' : await app.token(saas, customerId),
      ...(await this.#hooks(saas, needs)),
      ...(await this.#goods(needs)),
      signed: signed(),
      webhookSecret: `whsec_${SECRET.toString('base64')}`,
      png: [...Buffer.from(PNG, 'base64')],
    }
  }

  /** Somebody with an account of their own; with a viewer in it, to be removed. */
  async #aMember(needs: Needs): Promise<string> {
    if (!needs('account', 'session')) return ''
    const member = await this.#app.member()
    const session = await this.#app.memberToken(member)
    if (needs('viewer')) await this.#aViewer(session)
    return session
  }

  async #aViewer(session: string): Promise<void> {
    const { url: baseUrl } = this.#app.server
    const account = new DreamAccount({ session, baseUrl })
    const viewer = await this.#app.member()
    await account.members.invite({ email: viewer.email, role: 'viewer' })
    const code = await codeMailedTo(this.#app, viewer.email)
    const link = { account: (await account.get()).account.platformId, code }
    await new DreamAccount({ session: await this.#app.memberToken(viewer), baseUrl }).members.accept(link)
  }

  async #aProjectOf(session: string, needs: Needs): Promise<string> {
    const { projects } = new DreamAccount({ session, baseUrl: this.#app.server.url })
    const { project } = await projects.create({ name: 'Shop', type: 'saas' })
    if (needs('isLive')) await projects.promote(project.projectId)
    return project.projectId
  }

  async #hooks(saas: TestProject, needs: Needs): Promise<Pick<Facts, 'eventId' | 'endpointId' | 'messageId'>> {
    const admin = new DreamAdmin({ ...saas, baseUrl: this.#app.server.url })
    const [event] = needs('eventId') ? (await admin.events.list()).events : []
    const hook = needs('endpointId', 'messageId') ? await admin.endpoints.create(NOWHERE) : null
    const test = hook && needs('messageId') ? await admin.endpoints.test(hook.endpoint.id) : null
    return { eventId: event?.id ?? '', endpointId: hook?.endpoint.id ?? '', messageId: test?.message.id ?? '' }
  }

  async #goods(needs: Needs): Promise<Pick<Facts, 'productId' | 'variantId' | 'orderId' | 'paidOrderId'>> {
    const [app, shop] = [this.#app, this.#shop]
    if (!needs('productId', 'variantId', 'orderId', 'paidOrderId'))
      return { productId: '', variantId: '', orderId: '', paidOrderId: '' }
    const product: Body = await addProduct(app, shop, aProduct({ options: ['size'], variants: [inSize] }))
    const items = [{ variantId: product.variants[0].id as string }]
    return {
      productId: product.id,
      variantId: product.variants[0].id,
      orderId: needs('orderId') ? (await order(app, shop, items)).orderId : '',
      paidOrderId: needs('paidOrderId') ? (await bought(app, shop, items)).id : '',
    }
  }
}

async function aProject(app: App, owner: TestMember, type: 'saas' | 'store'): Promise<TestProject> {
  const body = { name: 'Acme', type, tiers: TIERS }
  const { project, keys } = await app.okAsMember(owner, 'POST', '/account/projects', { body })
  return { projectId: project.projectId, mode: 'test', stripeAccount: null, ...keys.test }
}
