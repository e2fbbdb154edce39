/** What a sandbox does in one step that at Stripe takes a person: agreeing to connect an account. */

import { call } from '../api/call.ts'

/** Goes the whole way of connecting an account in test mode: to the stand-in's page, agreeing there, and back. */
export async function connectSandbox(): Promise<void> {
  const path = '/account/connections/test'
  const { url } = await call<{ url: string }>('POST', `${path}/start`, { body: { via: 'oauth' } })
  const asked = new URL(url)
  const account = `acct_${crypto.randomUUID().replaceAll('-', '').slice(0, 16)}`
  const body = new URLSearchParams([...asked.searchParams, ['account', account], ['answer', 'connect']])
  // It leads back to a page of ours, which is asked for as a browser would.
  const agreed = await fetch(asked.pathname, { method: 'POST', body, headers: { Accept: 'text/html' } })
  const back = new URL(agreed.url).searchParams
  await call('POST', `${path}/finish`, { body: { state: back.get('state'), code: back.get('code') } })
}
