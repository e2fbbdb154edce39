/** The life of a project: made once, set up, connected, blocked, closed. */

import type { TierInput } from '../sdk/schema/catalog.ts'
import type { Mode, ProjectType } from '../sdk/schema/common.ts'
import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import { SCOPES } from './caller.ts'
import type { DesignedProduct, ShelfStock } from './design.ts'
import type { Designing } from './designing.ts'
import { no, ok, type Outcome } from './outcome.ts'
import { SHOP_DEFAULTS, type Settings, type Shop } from './settings.ts'
import { GOOD_STANDING, type StandingTimes } from './standing.ts'

export interface ProjectBirth {
  readonly projectId: string
  readonly mode: Mode
  readonly platformId: string
  readonly publishableKey: string
  readonly type: ProjectType
  readonly name: string
  readonly allowedOrigins: readonly string[]
  readonly automaticTax: boolean
  readonly accentColor?: string | null
  readonly stripeAccount: string | null
  /** Left out, a connected account is taken to be ready. */
  readonly chargesEnabled?: boolean
  readonly tiers: readonly TierInput[]
  readonly shop?: Partial<Shop>
  /** What is sold once, where the project takes over the design of another. */
  readonly shelf?: { readonly products: readonly DesignedProduct[]; readonly stock: ShelfStock }
  readonly secret: { readonly hash: string; readonly last4: string }
}

export class Founding {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #designing: Designing

  constructor(ledger: Ledger, books: Books, designing: Designing) {
    this.#ledger = ledger
    this.#books = books
    this.#designing = designing
  }

  /** Makes the project what it is, once; a second call with the same id answers what is there. */
  create(birth: ProjectBirth): Outcome<Settings> {
    return this.#ledger.decide((decision) => {
      if (this.#books.ending.get() !== null) return no('project_deleted')
      const existing = this.#books.settings.get()
      if (existing !== null) return ok(existing)
      const { revision, now } = decision
      this.#books.settings.save(
        {
          projectId: birth.projectId,
          mode: birth.mode,
          platformId: birth.platformId,
          publishableKey: birth.publishableKey,
          type: birth.type,
          name: birth.name,
          stripeAccount: birth.stripeAccount,
          linkedAccount: birth.stripeAccount,
          chargesEnabled: birth.chargesEnabled ?? birth.stripeAccount !== null,
          portalConfiguration: null,
          allowedOrigins: birth.allowedOrigins,
          automaticTax: birth.automaticTax,
          accentColor: birth.accentColor ?? null,
          standing: GOOD_STANDING,
          shop: { ...SHOP_DEFAULTS, ...birth.shop },
          createdAt: now,
          deletedAt: null,
          revision,
        },
        revision,
      )
      this.#books.keys.add({ ...birth.secret, name: 'default', scopes: SCOPES, now })
      for (const [position, tier] of birth.tiers.entries())
        this.#books.catalog.put({ ...tier, position, now, revision })
      const refused = birth.shelf ? this.#designing.begin(birth.shelf, decision) : null
      return refused ?? ok(this.#books.settings.require())
    })
  }

  putTiers(tiers: readonly TierInput[]): Outcome<null> {
    return this.#ledger.decide(({ revision, now }) => {
      if (this.#books.ending.get() !== null) return no('project_deleted')
      for (const [position, tier] of tiers.entries()) this.#books.catalog.put({ ...tier, position, now, revision })
      return ok(null)
    })
  }

  setStanding(standing: StandingTimes): Outcome<null> {
    return this.#ledger.decide(({ revision }) => {
      if (this.#books.ending.get() !== null) return no('project_deleted')
      this.#books.settings.save({ ...this.#books.settings.require(), standing }, revision)
      return ok(null)
    })
  }

  /** What the account says of its project. It is told again after every change, so the last telling holds. */
  hearAccount({ name, standing }: { name: string | null; standing: StandingTimes }): Outcome<null> {
    return this.#ledger.decide(({ revision }) => {
      const settings = this.#books.settings.get()
      if (settings === null || settings.deletedAt !== null) return ok(null)
      this.#books.settings.save({ ...settings, name: name ?? settings.name, standing }, revision)
      return ok(null)
    })
  }

  /** From this decision on every call is refused; the rows stay until they are purged. */
  close(): Outcome<null> {
    return this.#ledger.decide(({ revision, now }) => {
      if (this.#books.ending.get() !== null) return ok(null)
      this.#books.settings.save({ ...this.#books.settings.require(), deletedAt: now }, revision)
      return ok(null)
    })
  }

  /** Where new sales are paid from now on. What was sold before stays on the account that it was sold on. */
  connectStripe(stripeAccount: string): Outcome<null> {
    return this.hearConnection({ stripeAccount, chargesEnabled: true })
  }

  /** What the account says of its Stripe account in this mode; `null`: there is none any more. */
  hearConnection(connection: { stripeAccount: string; chargesEnabled: boolean } | null): Outcome<null> {
    return this.#ledger.decide((decision) => {
      if (this.#books.ending.get() !== null) return no('project_deleted')
      const settings = this.#books.settings.get()
      if (settings === null || settings.deletedAt !== null) return no('project_deleted')
      const { stripeAccount, chargesEnabled } = connection ?? { stripeAccount: null, chargesEnabled: false }
      const isAnother = stripeAccount !== null && settings.stripeAccount !== stripeAccount
      if (settings.stripeAccount !== null && settings.stripeAccount !== stripeAccount)
        this.#books.orders.keepAccount(settings.stripeAccount)
      const isForeign = isAnother && settings.linkedAccount !== null && settings.linkedAccount !== stripeAccount
      if (isForeign) this.#forgetStripe(decision)
      this.#books.settings.save(
        {
          ...settings,
          stripeAccount,
          chargesEnabled,
          linkedAccount: stripeAccount ?? settings.linkedAccount,
          portalConfiguration: isForeign ? null : settings.portalConfiguration,
        },
        decision.revision,
      )
      if (isAnother)
        for (const id of this.#books.products.onSale()) this.#ledger.owe({ kind: 'stripe.product', key: id }, decision)
      return ok(null)
    })
  }

  /** Another Stripe account knows nothing of what we made on the last one. */
  #forgetStripe({ revision }: Decision): void {
    this.#books.products.unlink(revision)
    this.#books.catalog.unlink(revision)
    this.#books.customers.unlink(revision)
  }

  stripeAccount(): string | null {
    return this.#books.settings.require().stripeAccount
  }
}
