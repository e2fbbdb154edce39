/** Setting a project up and looking after it: everything that `DreamAPI` does, and what only its owner does. */

import { DreamClient, type DreamAPIConfig, type Member } from './client.ts'
import { CustomerAdminAPI } from './customerAdmin.ts'
import { EndpointAPI } from './endpoints.ts'
import { EventAPI } from './events.ts'
import { ExportAPI } from './exports.ts'
import { ImageAPI } from './images.ts'
import { DreamAPI } from './index.ts'
import { KeyAPI } from './keys.ts'
import { MessageAPI } from './messages.ts'
import { SettingsAPI } from './settings.ts'
import { ShopAPI } from './shop.ts'
import { TierAPI } from './tiers.ts'
import { UsageLogAPI } from './usageLog.ts'

/**
 * The client of a project's owner. Needs a secret key with the scope `admin` to change anything.
 *
 * @example
 * ```ts
 * const owner = new DreamAdmin({ secretKey, baseUrl })
 * const { tiers } = await owner.tiers.list()
 * console.log(tiers.map(({ slug, subscribers }) => [slug, subscribers]))
 * ```
 */
export class DreamAdmin extends DreamAPI {
  override readonly customers: CustomerAdminAPI
  readonly endpoints: EndpointAPI
  readonly events: EventAPI
  readonly exports: ExportAPI
  readonly images: ImageAPI
  readonly keys: KeyAPI
  readonly messages: MessageAPI
  readonly settings: SettingsAPI
  readonly shop: ShopAPI
  readonly tiers: TierAPI
  readonly usageLog: UsageLogAPI

  constructor(config: DreamAPIConfig, member?: Member) {
    super(config, member)
    const client = new DreamClient(config, member)
    this.customers = new CustomerAdminAPI(client)
    this.usageLog = new UsageLogAPI(client)
    this.endpoints = new EndpointAPI(client)
    this.events = new EventAPI(client)
    this.exports = new ExportAPI(client)
    this.images = new ImageAPI(client)
    this.keys = new KeyAPI(client)
    this.messages = new MessageAPI(client)
    this.settings = new SettingsAPI(client)
    this.shop = new ShopAPI(client)
    this.tiers = new TierAPI(client)
  }
}

export {
  CustomerAdminAPI,
  type CustomerExport,
  type CustomerSession,
  type Explanation,
  type TimelineEntry,
} from './customerAdmin.ts'
export {
  UsageLogAPI,
  type UsageCall,
  type LimitHit,
  type UsageCallPage,
  type UsageGroup,
  type UsageHistory,
  type UsagePoint,
} from './usageLog.ts'
export {
  EndpointAPI,
  type EndpointInput,
  type ShownEndpoint,
  type WebhookEndpoint,
  type WebhookEventType,
} from './endpoints.ts'
export { EventAPI, type StripeEvent, type StripeEventPage, type StripeEventQuery } from './events.ts'
export { ExportAPI, type ExportRow } from './exports.ts'
export { ImageAPI, type Image } from './images.ts'
export { DreamAPI, DreamAPIException } from './index.ts'
export { KeyAPI, type Overlap, type SecretKey, type SecretKeyInput, type ShownKey } from './keys.ts'
export {
  MessageAPI,
  type MessagePage,
  type MessageQuery,
  type WebhookAttempt,
  type WebhookMessage,
} from './messages.ts'
export { SettingsAPI, type ProjectSettings, type SettingsPatch } from './settings.ts'
export { ShopAPI, type Shop } from './shop.ts'
export {
  TierAPI,
  type EditedTier,
  type PriceGroup,
  type TierAmount,
  type TierImpact,
  type TierInput,
  type TierLimits,
  type TierMigration,
  type TierPatch,
} from './tiers.ts'
