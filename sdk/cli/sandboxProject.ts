/** A project in the sandbox that runs on this machine, made as its demo developer would, with something to sell. */

import { DreamAccount, type TierInput } from '../account.ts'
import type { ProductInput } from '../products.ts'
import type { ProjectType } from '../schema/common.ts'
import { Wrong } from './command.ts'

const usd = (unitAmount: number) => ({ unitAmount, currency: 'usd' })
const monthly = (unitAmount: number) => [{ interval: 'month', ...usd(unitAmount) }] as const

/** A small limit, so that it is soon seen what happens there. */
const tiers: Readonly<Record<ProjectType, readonly TierInput[]>> = {
  saas: [
    {
      slug: 'free',
      displayName: 'Free',
      features: ['5 a month'],
      limits: { requests: { limit: 5, period: 'subscription' } },
      prices: [...monthly(0)],
    },
    {
      slug: 'pro',
      displayName: 'Pro',
      popular: true,
      features: ['500 a month'],
      limits: { requests: { limit: 500, period: 'subscription' } },
      prices: [...monthly(1900)],
    },
  ],
  store: [],
  membership: [
    { slug: 'free', displayName: 'Visitor', features: ['What is free'], limits: {}, prices: [...monthly(0)] },
    {
      slug: 'member',
      displayName: 'Member',
      popular: true,
      features: ['Everything'],
      limits: {},
      prices: [...monthly(900)],
    },
  ],
}

const products: readonly ProductInput[] = [
  {
    name: 'Amber & Oak',
    description: 'A candle: warm amber, dry oak and a little smoke.',
    options: ['Size'],
    variants: [
      { options: { Size: 'Small' }, prices: [usd(1800)], stock: 12 },
      { options: { Size: 'Large' }, prices: [usd(4200)], stock: 4 },
    ],
  },
  {
    name: 'Winter Solstice',
    description: 'The numbered edition: juniper, cold air and clove.',
    variants: [{ prices: [usd(5800)], stock: 1 }],
  },
  { name: 'Gift card', description: 'Never sold out.', variants: [{ prices: [usd(2500)], stock: null }] },
]

/** Answers its publishable key. Its secret key is not kept: the dashboard makes another. */
export async function makeSandboxProject(wish: { name: string; type: ProjectType; baseUrl: string }): Promise<string> {
  const { name, type, baseUrl } = wish
  await demoDeveloper(baseUrl)
  const account = new DreamAccount({ baseUrl, session: () => sessionOf(baseUrl) })
  const { project, keys } = await account.projects.create({ name, type, tiers: [...tiers[type]] })
  if (type === 'store')
    for (const product of products) await account.project(project.projectId, 'test').products.create(product)
  return keys.test.publishableKey
}

/** The demo is made when it is asked for. */
async function demoDeveloper(baseUrl: string): Promise<void> {
  const answer = await fetch(`${baseUrl}/sandbox/demo`).catch(() => null)
  if (!answer?.ok)
    throw new Wrong(`No sandbox answers at ${baseUrl}. Start one: npm start, in the folder of dream-api.`)
}

async function sessionOf(baseUrl: string): Promise<string> {
  const answer = await fetch(`${baseUrl}/sandbox/clerk/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ instance: 'developer', userId: 'user_demo', azp: new URL(baseUrl).origin }),
  })
  const { token } = (await answer.json()) as { token: string }
  return token
}
