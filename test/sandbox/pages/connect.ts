/** The page where a developer connects a Stripe account to the platform, or declines to. */
import { worldOf } from '../stripe/api.ts'
import { badInput } from '../stripe/controlInput.ts'
import { CLIENT_ID } from '../keys.ts'
import { PLATFORM } from '../stripe/events.ts'
import { grantCode } from '../stripe/oauth.ts'
import { html, page, redirect } from './html.ts'
import type { Mode } from '../stripe/types.ts'
import type { Visit } from './pages.ts'

/** How many accounts are offered to choose from. */
const OFFERED = 20

export function connectPage({ api, fields }: Visit): Response {
  const asked = readAsked(fields, api.origin)
  const known = worldOf(api, PLATFORM, asked.mode).store.find('account').toReversed().slice(0, OFFERED)
  const hidden = ['response_type', 'client_id', 'scope', 'state', 'redirect_uri'].map(
    (name) => html`<input type="hidden" name="${name}" value="${fields.get(name)}" />`,
  )
  const body = html`
    <h1>Connect a Stripe account</h1>
    <section>
      <p>dream-api asks to work with your account in ${asked.mode} mode.</p>
      <form method="post" action="/sandbox/connect/authorize">
        ${hidden}
        <label>
          Your account
          <input
            type="text"
            name="account"
            list="accounts"
            autocomplete="off"
            value="${fields.get('account')}"
            placeholder="acct_… (empty makes a new one)"
            pattern="acct_[A-Za-z0-9]{3,}"
          />
        </label>
        <datalist id="accounts">
          ${known.map(({ id, email }) => html`<option value="${id}">${email}</option>`)}
        </datalist>
        <button class="main" name="answer" value="connect">Connect</button>
        <button class="wide" name="answer" value="deny">Do not connect</button>
      </form>
    </section>
  `
  return page({ title: 'Connect a Stripe account', body })
}

/** Back to the platform: with a code, or with the refusal. */
export function answerConnect({ api, fields }: Visit): Response {
  const asked = readAsked(fields, api.origin)
  const back = new URL(asked.redirectUri)
  if (asked.state !== null) back.searchParams.set('state', asked.state)
  if (fields.get('answer') !== 'connect') {
    back.searchParams.set('error', 'access_denied')
    back.searchParams.set('error_description', 'The user denied your request')
    return redirect(back.href)
  }
  const account = fields.get('account')?.trim() || null
  if (account !== null && !/^acct_[A-Za-z0-9]{3,}$/.test(account)) throw badInput('"account" must look like acct_…')
  back.searchParams.set('scope', asked.scope)
  back.searchParams.set('code', grantCode(api, { mode: asked.mode, scope: asked.scope, account }))
  return redirect(back.href)
}

interface Asked {
  mode: Mode
  scope: string
  state: string | null
  redirectUri: string
}

function readAsked(fields: URLSearchParams, origin: string): Asked {
  const mode = (['test', 'live'] as const).find((known) => CLIENT_ID[known] === fields.get('client_id'))
  if (mode === undefined) throw badInput('No application matches the supplied client identifier')
  if (fields.get('response_type') !== 'code') throw badInput('"response_type" must be code')
  const scope = fields.get('scope') ?? 'read_only'
  if (scope !== 'read_write' && scope !== 'read_only') throw badInput('"scope" must be read_write or read_only')
  const redirectUri = fields.get('redirect_uri') ?? ''
  if (!isRegistered(redirectUri, origin)) {
    throw badInput('Invalid redirect URI: it must be an address of the app itself, or of localhost')
  }
  return { mode, scope, state: fields.get('state'), redirectUri }
}

function isRegistered(uri: string, origin: string): boolean {
  if (!URL.canParse(uri)) return false
  const { protocol, hostname, origin: own } = new URL(uri)
  return /^https?:$/.test(protocol) && (own === new URL(origin).origin || hostname === 'localhost')
}
