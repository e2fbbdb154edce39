/** What a page shows of the customer who is signed in: what they may use, and who they are. */

import type { ClerkUser, DreamAPI, Usage } from './index.ts'
import { watch, type Live, type Watch } from './live.ts'

export const watchUsage = (dream: DreamAPI, meter: string | undefined, tell: (live: Live<Usage>) => void): Watch =>
  watch({ dream, kinds: ['usage', 'customer', 'subscription', 'tier'], read: () => dream.usage.check({ meter }) }, tell)

/** The plan is the server's, of this moment; the rest is the token's. */
export const watchCustomer = (dream: DreamAPI, tell: (live: Live<ClerkUser>) => void): Watch =>
  watch({ dream, kinds: ['customer', 'subscription'], read: () => readCustomer(dream) }, tell)

async function readCustomer(dream: DreamAPI): Promise<ClerkUser> {
  const { userId, plan } = await dream.usage.check()
  const { email = '', publishableKey = '' } = dream.auth.getUser() ?? {}
  return { id: userId, email, plan, publishableKey }
}
