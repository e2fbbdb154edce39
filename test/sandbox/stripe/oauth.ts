/** connect.stripe.com: lets a developer's Stripe account be connected by OAuth. A code works once, for five minutes. */
import { connectAccount, deauthorize } from './accounts.ts'
import { checkStripeRequest } from '../contract/contract.ts'
import { CLIENT_ID, STRIPE_SECRET_KEY } from '../keys.ts'
import { worldOf } from './api.ts'
import { PLATFORM } from './events.ts'
import { StripeError } from './error.ts'
import { parseForm } from './form.ts'
import { makeId } from './id.ts'
import type { Api } from './api.ts'
import type { Json, Mode } from './types.ts'

/** The platform's OAuth client ids, one a mode. */

const CODE_TTL_MS = 5 * 60_000

class OAuthError extends Error {
  readonly body: { error: string; error_description: string }

  constructor(error: string, description: string) {
    super(description)
    this.body = { error, error_description: description }
  }
}

export function createOAuth(sql: SqlStorage) {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS stripe_oauth_codes (
      code TEXT PRIMARY KEY,
      account TEXT NOT NULL,
      mode TEXT NOT NULL,
      scope TEXT NOT NULL,
      expires INTEGER NOT NULL
    ) STRICT`)
}

export interface Grant {
  mode: Mode
  scope: string
  /** The account to connect; null makes a new one. */
  account: string | null
}

/** The developer agrees: a code that is worth an account. */
export function grantCode(api: Api, { mode, scope, account }: Grant): string {
  const code = makeId('ac', 32)
  const id = account ?? makeId('acct', 16)
  const expires = Math.floor(api.now()) + CODE_TTL_MS
  api.storage.sql.exec('INSERT INTO stripe_oauth_codes VALUES (?, ?, ?, ?, ?)', code, id, mode, scope, expires)
  return code
}

export function answerOAuth(api: Api, request: Request, text: string): Response {
  const { pathname } = new URL(request.url)
  try {
    const params = parseForm(new URLSearchParams(text))
    const refusal = checkStripeRequest(request.method, pathname, withoutSecret(params))
    if (refusal) throw new OAuthError('invalid_request', refusal.error.message)
    const mode = authenticate(request, params)
    const answer = api.storage.transactionSync(() =>
      pathname === '/oauth/token' ? exchange(api, mode, params) : disconnect(api, mode, params),
    )
    return json(200, answer)
  } catch (error) {
    if (error instanceof OAuthError) return json(400, error.body)
    if (error instanceof StripeError) return json(error.status, error.body)
    throw error
  }
}

function exchange(api: Api, mode: Mode, params: Json) {
  if (params.grant_type !== 'authorization_code') {
    throw new OAuthError('unsupported_grant_type', 'The sandbox grants only authorization_code.')
  }
  const { sql } = api.storage
  const code = String(params.code ?? '')
  const [found] = sql
    .exec<{ account: string; mode: string; scope: string; expires: number }>(
      'DELETE FROM stripe_oauth_codes WHERE code = ? RETURNING account, mode, scope, expires',
      code,
    )
    .toArray()
  if (found === undefined || found.expires <= api.now()) {
    throw new OAuthError('invalid_grant', `Authorization code does not exist: ${code.slice(0, 3)}…`)
  }
  if (found.mode !== mode) {
    throw new OAuthError('invalid_grant', `This authorization code was made in ${found.mode} mode.`)
  }
  const world = worldOf(api, PLATFORM, mode)
  connectAccount(world, { id: found.account })
  const application = { id: CLIENT_ID[mode], object: 'application', name: 'dream-api' }
  world.at(found.account).emit('account.application.authorized', application)
  return {
    access_token: makeId(`sk_${mode}`),
    livemode: mode === 'live',
    refresh_token: makeId('rt'),
    scope: found.scope,
    stripe_publishable_key: makeId(`pk_${mode}`),
    stripe_user_id: found.account,
    token_type: 'bearer',
  }
}

function disconnect(api: Api, mode: Mode, params: Json) {
  const account = String(params.stripe_user_id ?? '')
  if (params.client_id !== CLIENT_ID[mode]) {
    throw new OAuthError('invalid_client', `No such application: '${String(params.client_id)}'`)
  }
  const world = worldOf(api, PLATFORM, mode)
  if (world.store.get('account', account) === null || world.store.hidden('account', account).connected === false) {
    throw new OAuthError('invalid_client', `This application is not connected to stripe account ${account}`)
  }
  deauthorize(world, account)
  return { stripe_user_id: account }
}

function authenticate(request: Request, params: Json): Mode {
  const bearer = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
  const key = bearer ?? params.client_secret
  if (key === STRIPE_SECRET_KEY.test) return 'test'
  if (key === STRIPE_SECRET_KEY.live) return 'live'
  throw new StripeError({ status: 401, message: 'Invalid API Key provided.' })
}

/** Stripe takes the key also as a parameter; the SDK's types do not know it. */
function withoutSecret({ client_secret: _secret, ...params }: Json): Json {
  return params
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}
