/**
 * Stands in for Clerk's browser script: what our sign-in pages use of it, over the sandbox's own sign-in page. What it does
 * not have, Clerk may have; what it has, Clerk has under the same name.
 */
import { CLERK } from '../keys.ts'

const instances = Object.fromEntries(Object.entries(CLERK).map(([name, { publishableKey }]) => [publishableKey, name]))

const SCRIPT = `
(() => {
  const instance = ${JSON.stringify(instances)}[document.currentScript.dataset.clerkPublishableKey]
  if (instance === undefined) throw new Error('Clerk: the publishable key is of no instance')
  const KEY = 'sandbox_clerk_session_' + instance
  const post = async (path, body = {}) => {
    const response = await fetch('/sandbox/clerk/' + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    return response.ok ? response.json() : null
  }
  const claimsOf = (token) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))))
  const tokenOf = async (id) => (await post('sessions/' + id + '/token'))?.token ?? null

  async function takeTicket() {
    const url = new URL(location.href)
    const ticket = url.searchParams.get('ticket')
    if (ticket === null) return
    url.searchParams.delete('ticket')
    history.replaceState(null, '', url)
    const answer = await post('tickets', { ticket })
    if (answer !== null) localStorage.setItem(KEY, answer.sessionId)
  }

  const signIn = (_, { forceRedirectUrl }) => {
    const query = new URLSearchParams({ instance, redirect_url: forceRedirectUrl })
    location.replace('/sandbox/clerk/sign-in?' + query)
  }

  window.Clerk = {
    user: undefined,
    session: undefined,
    async load() {
      await takeTicket()
      const id = localStorage.getItem(KEY)
      const token = id === null ? null : await tokenOf(id)
      if (token === null) localStorage.removeItem(KEY)
      const claims = token === null ? null : claimsOf(token)
      this.session = claims && { id, getToken: () => tokenOf(id) }
      this.user = claims && { id: claims.sub, primaryEmailAddress: { emailAddress: claims.email } }
    },
    mountSignIn: signIn,
    mountSignUp: signIn,
    mountUserProfile(node) {
      const text = document.createElement('p')
      text.textContent = 'Signed in as ' + this.user.primaryEmailAddress.emailAddress
      const button = document.createElement('button')
      button.textContent = 'Sign out'
      button.addEventListener('click', () => this.signOut({ redirectUrl: location.href }))
      node.append(text, button)
    },
    async signOut({ redirectUrl } = {}) {
      await post('sessions/' + localStorage.getItem(KEY) + '/end')
      localStorage.removeItem(KEY)
      if (redirectUrl !== undefined) location.assign(redirectUrl)
    },
  }
})()
`

export const serveClerkScript = (): Response =>
  new Response(SCRIPT, { headers: { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'no-store' } })
