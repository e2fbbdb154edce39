/** What an example may speak of, and the clients that it is given: made of plain facts, wherever it runs. */

import { DreamAccount } from '../../sdk/account.ts'
import { DreamAdmin } from '../../sdk/admin.ts'
import { DreamAPI } from '../../sdk/index.ts'

/** What an example may use without making it. */
export interface World {
  readonly dream: DreamAPI
  readonly store: DreamAPI
  readonly baseUrl: string
  readonly secretKey: string
  readonly publishableKey: string
  readonly customerId: string
  readonly subscriberId: string
  readonly token: string
  readonly productId: string
  readonly variantId: string
  readonly orderId: string
  readonly paidOrderId: string
  readonly request: Request
  readonly webhookSecret: string
  readonly account: DreamAccount
  readonly session: string
  readonly projectId: string
  /** The owner of the project of `dream`. */
  readonly admin: DreamAdmin
  readonly eventId: string
  readonly endpointId: string
  readonly messageId: string
  readonly png: Uint8Array<ArrayBuffer>
}

/** A server has secret keys; an app's page a publishable key and its customer's token; the dashboard a member's session. */
export type Side = 'server' | 'page' | 'dashboard'

interface Project {
  readonly projectId: string
  readonly publishableKey: string
  readonly secretKey: string
}

/** A world as it travels to where the example runs. */
export interface Facts extends Omit<World, 'dream' | 'store' | 'admin' | 'account' | 'request' | 'png' | 'secretKey'> {
  readonly saas: Project
  readonly shop: Project
  /** Of the member whose projects these are. */
  readonly ownerSession: string
  readonly signed: { readonly headers: Record<string, string>; readonly body: string }
  readonly png: readonly number[]
}

/** A browser does not say why another origin's answer may not be read: it looks like a failure in passing. */
const OFTEN_ENOUGH = { retries: 0 }

export function worldOf({ saas, shop, ownerSession, signed, png, ...rest }: Facts, side: Side): World {
  const { baseUrl, session } = rest
  const clientOf = clients(side, { baseUrl, ownerSession })
  return {
    ...rest,
    admin: clientOf(saas),
    dream: side === 'page' ? signedIn(clientOf(saas), rest.token) : clientOf(saas),
    store: clientOf(shop),
    account: new DreamAccount({ session, baseUrl, ...(side === 'page' && OFTEN_ENOUGH) }),
    secretKey: saas.secretKey,
    request: new Request('https://app.example/hook', { method: 'POST', ...signed }),
    png: Uint8Array.from(png),
  }
}

function clients(side: Side, { baseUrl, ownerSession }: { baseUrl: string; ownerSession: string }) {
  return ({ projectId, publishableKey, secretKey }: Project): DreamAdmin => {
    if (side === 'server') return new DreamAdmin({ secretKey, publishableKey, baseUrl })
    if (side === 'page') return new DreamAdmin({ publishableKey, baseUrl })
    return new DreamAccount({ session: ownerSession, baseUrl }).project(projectId, 'test')
  }
}

/** What a server does for a customer, a page does for whoever is signed in to it. */
function signedIn(page: DreamAPI, token: string): DreamAPI {
  if (token === '') return page
  page.setUserToken(token)
  return Object.assign(page, { forCustomer: () => page.forToken(token) })
}
