/** Whoever compiles against 0.1.38 compiles against this one: its types are those of the first client, or narrower. */

import type * as first from 'dream-sdk-0.1.38'
import * as old from 'dream-sdk-0.1.38'
import { expect, it } from 'vitest'
import * as ours from '../../sdk/index.ts'

/** Without what is private, which no type of another class can have. */
type Shape<T> = { [K in keyof T]: T[K] }

const client = new ours.DreamAPI({ publishableKey: 'pk_test_x' })

/** The compiler is the test. */
export const nouns: {
  auth: Shape<first.DreamAPI['auth']>
  billing: Shape<first.DreamAPI['billing']>
  customers: Shape<first.DreamAPI['customers']>
  dashboard: Shape<first.DreamAPI['dashboard']>
  products: Shape<first.DreamAPI['products']>
  usage: Shape<first.DreamAPI['usage']>
} = client

it('has every noun and every method of 0.1.38', () => {
  const before = new old.DreamAPI({ publishableKey: 'pk_test_x', secretKey: 'sk_test_x' }) as unknown as Record<
    string,
    object
  >
  const now = client as unknown as Record<string, object>
  const methodsOf = (noun: object): string[] =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(noun)).filter((name) => name !== 'makeAbsoluteUrl')
  for (const noun of Object.keys(before).filter((name) => name !== 'client'))
    expect(methodsOf(now[noun]!)).toEqual(expect.arrayContaining(methodsOf(before[noun]!)))
  expect(methodsOf(client)).toEqual(expect.arrayContaining(methodsOf(before)))
  expect(Object.keys(ours)).toEqual(expect.arrayContaining(Object.keys(old)))
  expect(ours.default).toBe(ours.DreamAPI)
})

it('takes every option of 0.1.38, and its types can be named', () => {
  const config: first.DreamAPIConfig = { publishableKey: 'pk_test_x', clerkBaseUrl: 'x', baseUrl: 'x', signupUrl: 'x' }
  expect(() => new ours.DreamAPI(config)).not.toThrow()
  const named: [
    ours.CheckoutResult,
    ours.ClerkUser,
    ours.CreateCustomerParams,
    ours.Customer,
    ours.DashboardCustomer,
    ours.DashboardMetrics,
    ours.DreamAPIError,
    ours.Order,
    ours.PortalResult,
    ours.Product,
    ours.Tier,
    ours.Usage,
    ours.UsageTrackResult,
    ours.WebhookStatus,
  ][] = []
  expect(named).toEqual([])
})

it('throws what 0.1.38 threw, also where it was made by hand', () => {
  const body: first.DreamAPIError = { error: 'Tier limit reached', message: 'No more.' }
  const exception: Shape<first.DreamAPIException> = new ours.DreamAPIException(body, 403)
  expect(exception).toMatchObject({
    name: 'DreamAPIException',
    code: 'Tier limit reached',
    message: 'No more.',
    status: 403,
  })
  expect(exception).toBeInstanceOf(Error)
  expect(exception).toBeInstanceOf(ours.DreamAPIException)
  expect(new Error('x')).not.toBeInstanceOf(ours.DreamAPIException)
  expect(new ours.DreamAPIException(body)).toMatchObject({ status: 500, reason: 'unknown_error' })
})
