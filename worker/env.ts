/** What a deployment must have. Parsed once per isolate; what is missing is named, and nothing falls back. */

import type { Account, Connection, Feed, Person, Project, Registry, Trial } from './index.ts'

export interface Env {
  readonly PROJECT: DurableObjectNamespace<Project>
  readonly FEED: DurableObjectNamespace<Feed>
  readonly CONNECTION: DurableObjectNamespace<Connection>
  readonly ACCOUNT: DurableObjectNamespace<Account>
  readonly PERSON: DurableObjectNamespace<Person>
  readonly TRIAL: DurableObjectNamespace<Trial>
  readonly REGISTRY: DurableObjectNamespace<Registry>
  readonly DB: D1Database
  /** Product images. */
  readonly IMAGES: R2Bucket
  /** Calls without a secret key, by where they come from. */
  readonly FLOOD_PLACE: RateLimit
  /** Calls with a key, by its project and mode. */
  readonly FLOOD_KEY: RateLimit
  /** Keys, tokens and codes that were wrong, by where they come from. */
  readonly GUESSES: RateLimit
  /** The built dashboard. Without it there is only the API. */
  readonly ASSETS?: Fetcher
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
  /** Signing secret of the webhook endpoint for the platform's own account, in live mode: our own subscriptions. */
  readonly STRIPE_WEBHOOK_SECRET_PLATFORM: string
  /** Client ids of the Connect application (`ca_…`), by which developers connect the accounts they have. */
  readonly STRIPE_CLIENT_ID_TEST: string
  readonly STRIPE_CLIENT_ID_LIVE: string
  /** Where a browser is sent to connect by OAuth. Stripe's own page; only the sandbox says otherwise. */
  readonly STRIPE_AUTHORIZE_URL?: string
  /** Where our sign-in pages load Clerk's components from. The instance's own host; only the sandbox says otherwise. */
  readonly CLERK_SCRIPT_URL?: string
  /** Signing secrets of the webhook endpoints at /webhook/clerk, one an instance. */
  readonly CLERK_WEBHOOK_SECRET_TEST: string
  readonly CLERK_WEBHOOK_SECRET_LIVE: string
  /** The Clerk application that the members of accounts sign in to. */
  readonly CLERK_SECRET_KEY_MEMBERS: string
  readonly CLERK_PUBLISHABLE_KEY_MEMBERS: string
  readonly CLERK_JWT_KEY_MEMBERS: string
  /** Where the dashboard is, without a slash at the end; links in mails lead there. */
  readonly DASHBOARD_URL: string
  /** Key of the e-mail provider (Resend). Without it no mail is sent; the dashboard says the same. */
  readonly EMAIL_API_KEY?: string
  /** `dream-api <hello@example.com>`. */
  readonly EMAIL_FROM?: string
  /** Host of the Cloudflare Access team (`acme.cloudflareaccess.com`) that guards /admin; left out, there is no /admin. */
  readonly ACCESS_TEAM?: string
  /** The audience tag of the Access application in front of /admin. */
  readonly ACCESS_AUDIENCE?: string
  /** Where this deployment is, without a slash at the end: the issuer of customer tokens, and where people sign in. */
  readonly API_URL: string
  /** The private keys (a JWK set, P-256) that sign customer tokens; the first one signs, all of them prove. */
  readonly CUSTOMER_TOKEN_KEYS: string
  /** Origins of further sign-in pages of ours, comma-separated: tokens issued to them are accepted for every project. */
  readonly SIGN_IN_ORIGINS: string
  /** `allowed` on a developer's own machine: webhooks may go to it, over plain http and to any port. Nowhere else. */
  readonly WEBHOOKS_LOOPBACK?: 'allowed'
}

const REQUIRED = [
  'PROJECT',
  'FEED',
  'CONNECTION',
  'ACCOUNT',
  'PERSON',
  'TRIAL',
  'REGISTRY',
  'DB',
  'IMAGES',
  'FLOOD_PLACE',
  'FLOOD_KEY',
  'GUESSES',
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
  'STRIPE_WEBHOOK_SECRET_PLATFORM',
  'STRIPE_CLIENT_ID_TEST',
  'STRIPE_CLIENT_ID_LIVE',
  'CLERK_SECRET_KEY_MEMBERS',
  'CLERK_PUBLISHABLE_KEY_MEMBERS',
  'CLERK_JWT_KEY_MEMBERS',
  'DASHBOARD_URL',
  'CLERK_WEBHOOK_SECRET_TEST',
  'CLERK_WEBHOOK_SECRET_LIVE',
  'API_URL',
  'CUSTOMER_TOKEN_KEYS',
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
