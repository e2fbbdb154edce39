/** What a deployment must have. Parsed once per isolate; what is missing is named, and nothing falls back. */

import type { Connection, Feed, Project } from './index.ts'

export interface Env {
  readonly PROJECT: DurableObjectNamespace<Project>
  readonly FEED: DurableObjectNamespace<Feed>
  readonly CONNECTION: DurableObjectNamespace<Connection>
  readonly DB: D1Database
  /** Product images. */
  readonly IMAGES: R2Bucket
  /** Signs the tag in every key; changing it invalidates all keys. */
  readonly KEY_SECRET: string
  readonly STRIPE_SECRET_KEY_TEST: string
  readonly STRIPE_SECRET_KEY_LIVE: string
  /** Signing secret of the webhook endpoint for connected accounts, created in test mode. */
  readonly STRIPE_WEBHOOK_SECRET_TEST: string
  /** The same for the endpoint created in live mode. */
  readonly STRIPE_WEBHOOK_SECRET_LIVE: string
  readonly CLERK_SECRET_KEY_TEST: string
  readonly CLERK_SECRET_KEY_LIVE: string
  readonly CLERK_PUBLISHABLE_KEY_TEST: string
  readonly CLERK_PUBLISHABLE_KEY_LIVE: string
  /** The public key (PEM) that verifies customer tokens without a call. */
  readonly CLERK_JWT_KEY_TEST: string
  readonly CLERK_JWT_KEY_LIVE: string
  /** Origins of our own sign-in pages, comma-separated: tokens issued to them are accepted for every project. */
  readonly SIGN_IN_ORIGINS: string
}

const REQUIRED = [
  'PROJECT',
  'FEED',
  'CONNECTION',
  'DB',
  'IMAGES',
  'KEY_SECRET',
  'STRIPE_SECRET_KEY_TEST',
  'STRIPE_SECRET_KEY_LIVE',
  'STRIPE_WEBHOOK_SECRET_TEST',
  'STRIPE_WEBHOOK_SECRET_LIVE',
  'CLERK_SECRET_KEY_TEST',
  'CLERK_SECRET_KEY_LIVE',
  'CLERK_PUBLISHABLE_KEY_TEST',
  'CLERK_PUBLISHABLE_KEY_LIVE',
  'CLERK_JWT_KEY_TEST',
  'CLERK_JWT_KEY_LIVE',
  'SIGN_IN_ORIGINS',
] as const satisfies readonly (keyof Env)[]

/** The names of the settings that this deployment lacks. */
export function missingSettings(env: Partial<Record<keyof Env, unknown>>): string[] {
  return REQUIRED.filter((name) => env[name] === undefined || env[name] === '')
}

/** Test and live keys that were swapped would let play money open real doors. */
export function mixedModes(env: Env): string[] {
  const wrong: string[] = []
  if (/^(sk|rk)_live_/.test(env.STRIPE_SECRET_KEY_TEST)) wrong.push('STRIPE_SECRET_KEY_TEST')
  if (/^(sk|rk)_test_/.test(env.STRIPE_SECRET_KEY_LIVE)) wrong.push('STRIPE_SECRET_KEY_LIVE')
  return wrong
}
