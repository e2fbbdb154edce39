/** What the client takes is what the server's schemas take. The compiler is the test. */

import type { InferInput } from 'valibot'
import type * as account from '../../sdk/account.ts'
import type { EventQuery } from '../../sdk/schema/event.ts'
import type { KeyInput, RotateInput } from '../../sdk/schema/key.ts'
import type { PromotionInput, PromotionPatch } from '../../sdk/schema/promotion.ts'
import type { EndpointInput, EndpointPatch, MessageQuery } from '../../sdk/schema/webhook.ts'
import type * as sdk from '../../sdk/index.ts'
import type { AcceptInput, ConnectionFinish, ConnectionStart, InvitationInput } from '../../sdk/schema/account.ts'
import type { TierInput, TierPatch, TierPreview } from '../../sdk/schema/catalog.ts'
import type { CustomerInput, CustomerPatch } from '../../sdk/schema/customer.ts'
import type { CartLine, FulfillInput, RefundInput, ShopSettings } from '../../sdk/schema/order.ts'
import type { ProductInput, ProductPatch, VariantInput, VariantPatch } from '../../sdk/schema/product.ts'
import type {
  ProjectDeletion,
  ProjectInput,
  ProjectPatch,
  SettingsPatch,
  TestModeDeletion,
} from '../../sdk/schema/project.ts'
import type { CheckoutInput } from '../../sdk/schema/subscription.ts'
import type { BatchInput, UsageInput } from '../../sdk/schema/usage.ts'

/** Every field there is on both sides, of a type that the other takes. */
type Same<Client, Server> = [keyof Client] extends [keyof Server]
  ? [keyof Server] extends [keyof Client]
    ? Client extends Server
      ? true
      : ['not taken', Client, Server]
    : ['not offered', Exclude<keyof Server, keyof Client>]
  : ['not known', Exclude<keyof Client, keyof Server>]

type All<Results extends readonly true[]> = Results

export type Checked = All<
  [
    Same<sdk.CreateCustomerParams, InferInput<typeof CustomerInput>>,
    Same<sdk.UpdateCustomerParams, InferInput<typeof CustomerPatch>>,
    Same<sdk.UsageInput & { idempotencyKey?: string }, InferInput<typeof UsageInput>>,
    Same<sdk.BatchItem, InferInput<typeof BatchInput>['items'][number]>,
    Same<sdk.CheckoutInput, InferInput<typeof CheckoutInput>>,
    Same<sdk.CartItem & { tier?: string }, InferInput<typeof CartLine>>,
    Same<sdk.RefundInput, InferInput<typeof RefundInput>>,
    Same<NonNullable<Parameters<sdk.OrderAPI['fulfill']>[1]>, InferInput<typeof FulfillInput>>,
    Same<sdk.ProductInput, InferInput<typeof ProductInput>>,
    Same<sdk.ProductPatch, InferInput<typeof ProductPatch>>,
    Same<sdk.VariantInput, InferInput<typeof VariantInput>>,
    Same<sdk.VariantPatch, InferInput<typeof VariantPatch>>,
    Same<account.TierInput, InferInput<typeof TierInput>>,
    Same<account.TierPatch, InferInput<typeof TierPatch>>,
    Same<Parameters<account.TierAPI['preview']>[1], InferInput<typeof TierPreview>>,
    Same<account.SecretKeyInput, InferInput<typeof KeyInput>>,
    Same<NonNullable<Parameters<account.KeyAPI['rotate']>[1]>, InferInput<typeof RotateInput>>,
    Same<account.SettingsPatch, InferInput<typeof SettingsPatch>>,
    Same<Partial<account.Shop>, InferInput<typeof ShopSettings>>,
    Same<account.EndpointInput, InferInput<typeof EndpointInput>>,
    Same<Parameters<account.EndpointAPI['update']>[1], InferInput<typeof EndpointPatch>>,
    Same<Omit<account.MessageQuery, 'limit'>, Omit<InferInput<typeof MessageQuery>, 'limit'>>,
    Same<Omit<account.StripeEventQuery, 'limit'>, Omit<InferInput<typeof EventQuery>, 'limit'>>,
    Same<NonNullable<Parameters<account.ProjectsAPI['promote']>[1]>, InferInput<typeof PromotionInput>>,
    Same<Parameters<account.ProjectsAPI['updateLive']>[1], InferInput<typeof PromotionPatch>>,
    Same<Parameters<account.ProjectsAPI['deleteTest']>[1], InferInput<typeof TestModeDeletion>>,
    Same<account.ProjectInput, InferInput<typeof ProjectInput>>,
    Same<Parameters<account.ProjectsAPI['update']>[1], InferInput<typeof ProjectPatch>>,
    Same<Parameters<account.ProjectsAPI['delete']>[1], InferInput<typeof ProjectDeletion>>,
    Same<Parameters<account.MemberAPI['invite']>[0], InferInput<typeof InvitationInput>>,
    Same<Parameters<account.MemberAPI['accept']>[0], InferInput<typeof AcceptInput>>,
    Same<Parameters<account.ConnectionAPI['start']>[1], InferInput<typeof ConnectionStart>>,
    Same<Parameters<account.ConnectionAPI['finish']>[1], InferInput<typeof ConnectionFinish>>,
  ]
>
