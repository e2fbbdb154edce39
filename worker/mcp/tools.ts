/**
 * What an agent may do through MCP. A tool is a call of our own API with the agent's own key: what the key may not do, the
 * tool may not do, and what it answers is what the API answers. A further project is made by no route that a key opens.
 */

import * as v from 'valibot'
import { TierInput, TierPatch } from '../../sdk/schema/catalog.ts'
import { Email, Id, line, ReturnUrl } from '../../sdk/schema/common.ts'
import { ERRORS, type Code } from '../../sdk/schema/error.ts'
import { ProductInput } from '../../sdk/schema/product.ts'
import { ProjectInput } from '../../sdk/schema/project.ts'
import { Meter, Quantity } from '../../sdk/schema/usage.ts'
import { todoOf } from '../docs/errors.ts'
import { index, PAGES, TERMS } from '../docs/pages.ts'
import type { SiblingWish } from '../sibling.ts'

/** A call of the API, as a tool makes it. */
export interface Wish {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  readonly body?: object
  readonly customerId?: string
  readonly idempotencyKey?: string
}

/** Text is answered as it is; a wish is carried out first. */
type Does = string | Wish | { readonly project: SiblingWish }

export interface Tool {
  readonly description: string
  readonly input: v.GenericSchema
  /** It only looks. */
  readonly reads: boolean
  /** It makes something up, and would do harm with a live key. */
  readonly testOnly: boolean
  readonly does: (input: never) => Does
}

const tool = <S extends v.GenericSchema>(
  description: string,
  input: S,
  does: (input: v.InferOutput<S>) => Does,
  { reads = false, testOnly = false }: { reads?: boolean; testOnly?: boolean } = {},
): Tool => ({ description, input, reads, testOnly, does })

const nothing = v.strictObject({})
const customerId = v.pipe(
  Id,
  v.description('An id of your own user table; the first call that names it makes the customer'),
)
const key = v.pipe(
  v.optional(v.pipe(v.string(), v.maxLength(255))),
  v.description('The same key counts once: send it again with a retry'),
)
const at = encodeURIComponent
const looks = { reads: true }

const PAGE_NAMES = [...PAGES, ...TERMS].map(({ name }) => name)

const readDocs = ({ page }: { page?: string | undefined }): string =>
  [...PAGES, ...TERMS].find(({ name }) => name === page)?.text ?? index()

function explain({ code }: { code: Code }): string {
  const { status, message } = ERRORS[code]
  return `${code} (${status}): ${message}\n\n${todoOf(code)}`
}

const query = (fields: object): string =>
  new URLSearchParams(Object.entries(withoutUndefined(fields)).map(([name, value]) => [name, String(value)])).toString()

const withoutUndefined = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

export const TOOLS: Readonly<Record<string, Tool>> = {
  read_docs: tool(
    'The documentation: the list of pages, or one page as Markdown. Read `rules` and a quick start before you write code.',
    v.strictObject({ page: v.optional(v.picklist(PAGE_NAMES)) }),
    readDocs,
    looks,
  ),
  explain_refusal: tool(
    'What a refusal means, and what an app does about it, by the `code` of its body (the `reason` of the SDK’s exception).',
    v.strictObject({ code: v.picklist(Object.keys(ERRORS) as [Code, ...Code[]]) }),
    explain,
    looks,
  ),
  explain_use: tool(
    'Would the next use of a customer be served, and if not, why? Nothing is counted.',
    v.strictObject({ customerId, meter: v.optional(Meter), quantity: v.optional(Quantity) }),
    ({ customerId, meter, quantity }) => ({
      method: 'GET',
      path: `/api/customers/${at(customerId)}/explain?${query({ meter, quantity })}`,
    }),
    looks,
  ),
  get_project: tool(
    'Name, mode, publishable key, allowed origins and whether Stripe can charge.',
    nothing,
    () => ({ method: 'GET', path: '/api/project' }),
    looks,
  ),
  create_project: tool(
    'Make a further test project in the same account. Answers its `projectId`, its publishable key and, this once, its secret key: connect with that to set it up.',
    v.strictObject({ ...v.pick(ProjectInput, ['name', 'type']).entries, idempotencyKey: key }),
    (project) => ({ project }),
    { testOnly: true },
  ),
  list_keys: tool(
    'The secret keys by name, with scopes and the ends of them; never a secret.',
    nothing,
    () => ({ method: 'GET', path: '/api/keys' }),
    looks,
  ),
  list_tiers: tool(
    'What is sold by subscription, with limits, prices and how many pay them.',
    nothing,
    () => ({ method: 'GET', path: '/api/tiers/all' }),
    looks,
  ),
  create_tier: tool(
    'Add a tier. A price of 0 is free; `null` is no limit; money is integer minor units.',
    TierInput,
    (body) => ({
      method: 'POST',
      path: '/api/tiers',
      body,
    }),
  ),
  update_tier: tool(
    'Change a tier; what is left out stays. A new price leaves subscribers on theirs unless `subscribers` is `migrate`.',
    v.strictObject({ slug: TierInput.entries.slug, ...TierPatch.entries }),
    ({ slug, ...body }) => ({ method: 'PATCH', path: `/api/tiers/${at(slug)}`, body: withoutUndefined(body) }),
  ),
  list_products: tool(
    'Products with variants, prices and what is left.',
    v.strictObject({ search: v.optional(line(100)) }),
    ({ search }) => ({
      method: 'GET',
      path: search === undefined ? '/api/products' : `/api/products?search=${at(search)}`,
    }),
    looks,
  ),
  create_product: tool(
    'Add a product with its variants, prices and stock (`null` is without limit).',
    ProductInput,
    (body) => ({
      method: 'POST',
      path: '/api/products',
      body,
    }),
  ),
  make_test_customer: tool(
    'Make a customer who can sign in, in test mode. Not needed for ids of your own: those exist when they are first named.',
    v.strictObject({ email: Email, firstName: v.optional(line(100)), lastName: v.optional(line(100)) }),
    (body) => ({ method: 'POST', path: '/api/customers', body: withoutUndefined(body) }),
    { testOnly: true },
  ),
  check_usage: tool(
    'A customer’s plan and what is left of every meter. Never counts.',
    v.strictObject({ customerId, meter: v.optional(Meter) }),
    ({ customerId, meter }) => ({
      method: 'GET',
      path: meter === undefined ? '/api/usage' : `/api/usage?meter=${at(meter)}`,
      customerId,
    }),
    looks,
  ),
  simulate_usage: tool(
    'Count a use of a customer in test mode, as your app would; refused with `limit_reached` and the tier that would allow it.',
    v.strictObject({ customerId, meter: v.optional(Meter), quantity: v.optional(Quantity), idempotencyKey: key }),
    ({ customerId, idempotencyKey, ...body }) => ({
      method: 'POST',
      path: '/api/data',
      body: withoutUndefined(body),
      customerId,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    }),
    { testOnly: true },
  ),
  simulate_purchase: tool(
    'Begin buying a tier for a customer in test mode. Answers the page (`url`) where it is paid with card 4242 4242 4242 4242, any future date and any digits, and `checkoutId` for check_purchase. Called again it answers the page that is open.',
    v.strictObject({ customerId, tier: line(80), successUrl: ReturnUrl, cancelUrl: ReturnUrl }),
    ({ customerId, ...body }) => ({ method: 'POST', path: '/api/create-checkout', body, customerId }),
    { testOnly: true },
  ),
  check_purchase: tool(
    'How a checkout stands, and the customer’s plan now. Stripe is asked while it is open.',
    v.strictObject({ customerId, checkoutId: Id }),
    ({ customerId, checkoutId }) => ({ method: 'GET', path: `/api/checkouts/${at(checkoutId)}`, customerId }),
    looks,
  ),
}
