/** What the client says that it answers is what the server answers. The compiler is the test. */

import type * as main from '../../sdk/index.ts'
import type * as sdk from '../../sdk/account.ts'
import type { EndpointView, MessageView } from '../../objects/emitting.ts'
import type { CustomerExport } from '../../objects/exporting.ts'
import type { Progress } from '../../objects/designing.ts'
import type { OwnKey } from '../../objects/keying.ts'
import type { Attempt } from '../../objects/messages.ts'
import type { SubscriptionFigures } from '../../objects/metrics.ts'
import type { Entry, History, Looking } from '../../objects/looking.ts'
import type { Migration } from '../../objects/moving.ts'
import type { Session } from '../../objects/sessions.ts'
import type { Shop } from '../../objects/settings.ts'
import type { OwnProject } from '../../objects/setup.ts'
import type { Impact, OwnTier } from '../../objects/tiering.ts'
import type { ReceivedEvent } from '../../objects/inbox.ts'
import type * as account from '../../sdk/schema/answers/account.ts'
import type { Report } from '../../sdk/schema/answers/figures.ts'
import type * as looking from '../../sdk/schema/answers/looking.ts'
import type * as plans from '../../sdk/schema/answers/plans.ts'
import type * as projects from '../../sdk/schema/answers/projects.ts'
import type * as setup from '../../sdk/schema/answers/setup.ts'
import type * as store from '../../sdk/schema/answers/store.ts'
import type { Said } from '../../sdk/schema/answers/words.ts'
import type { Entitlement } from '../../sdk/schema/usage.ts'
import type { Difference } from '../../worker/promotion.ts'

/** As it is read: what is read-only there may be written here. */
type Writable<T> = T extends readonly (infer Item)[]
  ? Writable<Item>[]
  : T extends object
    ? { -readonly [K in keyof T]: Writable<T[K]> }
    : T

type Answered<Server, Client> = Writable<Server> extends Client ? true : ['not answered', Writable<Server>, Client]

type All<Results extends readonly true[]> = Results

export type Checked = All<
  [
    Answered<OwnKey, sdk.SecretKey>,
    Answered<OwnProject, sdk.ProjectSettings>,
    Answered<Shop, sdk.Shop>,
    Answered<OwnTier, Omit<sdk.EditedTier, 'limits'>>,
    Answered<Impact, sdk.TierImpact>,
    Answered<Migration, sdk.TierMigration>,
    Answered<Omit<ReceivedEvent, 'payload' | 'subject'>, sdk.StripeEvent>,
    Answered<Omit<EndpointView, 'events'>, Omit<sdk.WebhookEndpoint, 'events'>>,
    Answered<MessageView, sdk.WebhookMessage>,
    Answered<Attempt, sdk.WebhookAttempt>,
    Answered<History, sdk.UsageHistory>,
    Answered<Entry, sdk.TimelineEntry>,
    Answered<Session, sdk.CustomerSession>,
    Answered<CustomerExport, sdk.CustomerExport>,
    Answered<Difference, sdk.PromotionDifference>,
    Answered<Progress, NonNullable<sdk.Promotion['progress']>>,
    Answered<SubscriptionFigures, sdk.SubscriptionFigures>,
    Answered<Said<typeof account.Account>, sdk.AccountProfile>,
    Answered<Said<typeof account.AuditEntry>, sdk.AuditEntry>,
    Answered<Said<typeof account.Bill>, sdk.Bill>,
    Answered<Said<typeof account.Connection>, sdk.Connection>,
    Answered<Said<typeof account.Invitation>, sdk.Invitation>,
    Answered<Said<typeof account.Member>, sdk.AccountMember>,
    Answered<Said<typeof projects.Project>, sdk.Project>,
    Answered<Said<typeof projects.Promotion>, sdk.Promotion>,
    Answered<Said<typeof Report>, sdk.AccountReport>,
    Answered<Said<typeof plans.Tier>, sdk.EditedTier>,
    Answered<Said<typeof setup.Endpoint>, sdk.WebhookEndpoint>,
    Answered<Said<typeof store.Order>, main.StoreOrder>,
  ]
>

/** What the objects answer is what the document says, where no example of a route has every part of it. */
export type Documented = All<
  [
    Answered<Entitlement, Writable<Said<typeof plans.Entitlement>>>,
    Answered<OwnKey, Writable<Said<typeof setup.Key>>>,
    Answered<OwnProject, Writable<Said<typeof setup.ProjectNow>['project']>>,
    Answered<Shop, Writable<Said<typeof store.Shop>['shop']>>,
    Answered<OwnTier, Writable<Said<typeof plans.Tier>>>,
    Answered<Impact, Writable<Said<typeof plans.Impact>['impact']>>,
    Answered<Migration, Writable<Said<typeof plans.MigrationState>['migration']>>,
    Answered<ReceivedEvent, Writable<Said<typeof setup.Event>>>,
    Answered<Omit<EndpointView, 'events'>, Omit<Writable<Said<typeof setup.Endpoint>>, 'events'>>,
    Answered<MessageView, Writable<Said<typeof setup.Message>>>,
    Answered<Attempt, Omit<Writable<Said<typeof setup.Attempt>>, 'number'>>,
    Answered<Session, Writable<Said<typeof setup.Sessions>['sessions'][number]>>,
    Answered<History, Writable<Said<typeof looking.History>>>,
    Answered<Entry, Writable<Said<typeof looking.Timeline>['entries'][number]>>,
    Answered<
      Extract<ReturnType<Looking['explain']>, { ok: true }>['value'],
      Writable<Said<typeof looking.Explanation>>
    >,
  ]
>
