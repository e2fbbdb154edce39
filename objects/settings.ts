/** What the project is: one row. Who it belongs to, where its money goes, which pages may call it. */

import type { Mode, ProjectType } from '../sdk/schema/common.ts'
import type { Change } from '../sdk/schema/feed.ts'
import type { Step } from './migrations.ts'
import type { StandingTimes } from './standing.ts'
import type { Store } from './store.ts'
import { bit } from './store.ts'

export const SETTINGS_SCHEMA: Step = [
  `CREATE TABLE settings (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    project_id TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    platform_id TEXT NOT NULL,
    publishable_key TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('saas', 'store', 'membership')),
    name TEXT NOT NULL,
    stripe_account TEXT,
    charges_enabled INTEGER NOT NULL CHECK (charges_enabled IN (0, 1)),
    portal_configuration TEXT,
    allowed_origins TEXT NOT NULL,
    automatic_tax INTEGER NOT NULL CHECK (automatic_tax IN (0, 1)),
    grace_at INTEGER,
    blocked_at INTEGER,
    watched INTEGER NOT NULL DEFAULT 0 CHECK (watched IN (0, 1)),
    mirrored INTEGER NOT NULL DEFAULT 0,
    published INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    revision INTEGER NOT NULL
  ) STRICT`,
]

/** How a shop sells. */
export interface Shop {
  readonly holdMinutes: number
  readonly shippingCountries: readonly string[]
  readonly collectPhone: boolean
  readonly promotionCodes: boolean
  readonly delayedPayments: boolean
  readonly holdsPerCustomer: number | null
  readonly holdsPerAddress: number | null
}

/** Until its owner says otherwise. */
export const SHOP_DEFAULTS: Shop = {
  holdMinutes: 30,
  shippingCountries: [],
  collectPhone: false,
  promotionCodes: false,
  delayedPayments: true,
  holdsPerCustomer: 3,
  holdsPerAddress: 10,
}

/** Since the store. */
export const SHOP_SETTINGS_SCHEMA: Step = ["ALTER TABLE settings ADD COLUMN shop TEXT NOT NULL DEFAULT '{}'"]

/** Since a project can be given another Stripe account: whose ids our rows carry, also while none is connected. */
export const LINKED_ACCOUNT_SCHEMA: Step = [
  'ALTER TABLE settings ADD COLUMN linked_account TEXT',
  'UPDATE settings SET linked_account = stripe_account',
]

/** Since projects have a colour. */
export const ACCENT_SCHEMA: Step = ['ALTER TABLE settings ADD COLUMN accent_color TEXT']

export interface Settings {
  readonly projectId: string
  readonly mode: Mode
  /** The account that builds with us. */
  readonly platformId: string
  readonly publishableKey: string
  readonly type: ProjectType
  readonly name: string
  readonly stripeAccount: string | null
  /** The Stripe account that prices, products and customers were made on: the one connected now or last. */
  readonly linkedAccount: string | null
  readonly chargesEnabled: boolean
  readonly portalConfiguration: string | null
  /** Origins (`https://app.example`) that may call with the publishable key and be returned to. */
  readonly allowedOrigins: readonly string[]
  readonly automaticTax: boolean
  /** `#rrggbb`, of buttons on the sign-in pages; `null` for ours. */
  readonly accentColor: string | null
  readonly standing: StandingTimes
  readonly shop: Shop
  readonly createdAt: number
  readonly deletedAt: number | null
  readonly revision: number
}

type SettingsRow = {
  project_id: string
  mode: Mode
  platform_id: string
  publishable_key: string
  type: ProjectType
  name: string
  stripe_account: string | null
  linked_account: string | null
  charges_enabled: number
  portal_configuration: string | null
  allowed_origins: string
  automatic_tax: number
  accent_color: string | null
  grace_at: number | null
  blocked_at: number | null
  watched: number
  mirrored: number
  shop: string
  created_at: number
  deleted_at: number | null
  revision: number
}

/** A project in test mode is tried out on the developer's own machine, on any port. */
const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])

export class SettingsTable {
  readonly #store: Store
  #known: Settings | null | undefined

  constructor(store: Store) {
    this.#store = store
  }

  forget(): void {
    this.#known = undefined
  }

  /** `null` until the project is created. */
  get(): Settings | null {
    if (this.#known === undefined) {
      const row = this.#store.maybe<SettingsRow>('SELECT * FROM settings')
      this.#known = row && toSettings(row)
    }
    return this.#known
  }

  require(): Settings {
    const settings = this.get()
    if (settings === null) throw new Error('this project was never created')
    return settings
  }

  save(settings: Settings, revision: number): void {
    this.#store.run(
      `INSERT INTO settings (one, project_id, mode, platform_id, publishable_key, type, name, stripe_account,
         linked_account, charges_enabled, portal_configuration, allowed_origins, automatic_tax, grace_at, blocked_at, shop,
         accent_color, created_at, deleted_at, revision)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (one) DO UPDATE SET
         type = excluded.type, name = excluded.name, stripe_account = excluded.stripe_account,
         charges_enabled = excluded.charges_enabled, portal_configuration = excluded.portal_configuration,
         allowed_origins = excluded.allowed_origins, automatic_tax = excluded.automatic_tax,
         grace_at = excluded.grace_at, blocked_at = excluded.blocked_at, shop = excluded.shop,
         accent_color = excluded.accent_color, deleted_at = excluded.deleted_at,
         revision = excluded.revision`,
      settings.projectId,
      settings.mode,
      settings.platformId,
      settings.publishableKey,
      settings.type,
      settings.name,
      settings.stripeAccount,
      settings.linkedAccount,
      bit(settings.chargesEnabled),
      settings.portalConfiguration,
      JSON.stringify(settings.allowedOrigins),
      bit(settings.automaticTax),
      settings.standing.graceAt,
      settings.standing.blockedAt,
      JSON.stringify(settings.shop),
      settings.accentColor,
      settings.createdAt,
      settings.deletedAt,
      revision,
    )
    this.#known = { ...settings, revision }
  }

  allows(origin: string): boolean {
    const settings = this.require()
    if (settings.allowedOrigins.includes(origin)) return true
    return settings.mode === 'test' && URL.canParse(origin) && LOCAL_HOSTS.has(new URL(origin).hostname)
  }

  /** Is somebody listening to the live feed? Kept, so that a restarted object goes on publishing. */
  get watched(): boolean {
    return this.#store.maybe<{ watched: number }>('SELECT watched FROM settings')?.watched === 1
  }

  watch(watched: boolean, published: number): void {
    this.#store.run('UPDATE settings SET watched = ?, published = ?', bit(watched), published)
  }

  /** A revision up to which those who listen have heard everything. */
  get published(): number {
    return this.#store.maybe<{ published: number }>('SELECT published FROM settings')?.published ?? 0
  }

  /** The revision up to which the reports have everything. */
  get mirrored(): number {
    return this.#store.maybe<{ mirrored: number }>('SELECT mirrored FROM settings')?.mirrored ?? 0
  }

  mirror(revision: number, published: number): void {
    this.#store.run('UPDATE settings SET mirrored = ?, published = ?', revision, published)
  }

  since(revision: number): Change[] {
    const settings = this.get()
    if (settings === null || settings.revision <= revision) return []
    return [{ kind: 'project', id: settings.projectId, revision: settings.revision, row: { ...settings } }]
  }
}

function toSettings(row: SettingsRow): Settings {
  return {
    projectId: row.project_id,
    mode: row.mode,
    platformId: row.platform_id,
    publishableKey: row.publishable_key,
    type: row.type,
    name: row.name,
    stripeAccount: row.stripe_account,
    linkedAccount: row.linked_account,
    chargesEnabled: row.charges_enabled === 1,
    portalConfiguration: row.portal_configuration,
    allowedOrigins: JSON.parse(row.allowed_origins) as string[],
    automaticTax: row.automatic_tax === 1,
    accentColor: row.accent_color,
    standing: { graceAt: row.grace_at, blockedAt: row.blocked_at },
    shop: { ...SHOP_DEFAULTS, ...(JSON.parse(row.shop) as Partial<Shop>) },
    createdAt: row.created_at,
    deletedAt: row.deleted_at,
    revision: row.revision,
  }
}
