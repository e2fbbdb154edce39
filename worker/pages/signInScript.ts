/**
 * What the sign-in pages do in the browser: let the identity provider sign the person in, ask them whether they want to
 * become a customer, and go where the server says. It writes text only as text.
 */

export const SIGN_IN_SCRIPT = `
(async () => {
  const { visit } = document.body.dataset
  const query = new URLSearchParams(location.search)
  const named = (name) => query.get(name) ?? undefined
  const at = (id) => document.getElementById(id)
  const show = (id, text) => { if (text !== undefined) at(id).textContent = text; at(id).hidden = false }
  const say = (text) => { at('now').textContent = text }
  const go = (path) => location.replace(path + location.search)
  const fail = (text) => { show('panel'); show('wrong', text) }

  async function arrive(join) {
    say(visit === 'refresh' ? 'Waiting for your payment to arrive…' : 'Signing you in…')
    const awaiting = visit === 'refresh' ? { from: named('from') } : undefined
    const body = { pk: named('pk'), redirect: named('redirect'), state: named('state'), codeChallenge: named('code_challenge'),
      token: await Clerk.session.getToken(), join, awaiting }
    const response = await fetch('/signin', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    const answer = await response.json()
    if (response.ok) return location.replace(answer.location)
    say('')
    if (answer.code === 'not_a_customer' && !join) return ask()
    fail(answer.message)
  }

  function ask() {
    const address = Clerk.user.primaryEmailAddress?.emailAddress ?? 'somebody without an address'
    show('panel')
    show('who', 'You are signed in as ' + address + '. They will know your address.')
    show('join')
    show('other')
    at('join').focus()
  }

  const safely = (act) => act().catch(() => { say(''); fail('That did not work. Load this page again.') })
  at('join').addEventListener('click', () => { at('join').disabled = true; safely(() => arrive(true)) })
  at('other').addEventListener('click', () => safely(() => Clerk.signOut({ redirectUrl: location.href })))

  await safely(async () => {
    await Clerk.load()
    if (visit === 'account') {
      if (!Clerk.user) return go('/signin')
      at('back').href = named('redirect')
      show('back')
      return Clerk.mountUserProfile(at('clerk'), { routing: 'hash' })
    }
    if (Clerk.user) return arrive(false)
    if (visit === 'refresh') return go('/signin')
    const urls = { signInUrl: '/signin' + location.search, signUpUrl: '/signup' + location.search, routing: 'hash', forceRedirectUrl: location.href }
    if (visit === 'signup') Clerk.mountSignUp(at('clerk'), { ...urls, signInForceRedirectUrl: location.href })
    else Clerk.mountSignIn(at('clerk'), { ...urls, signUpForceRedirectUrl: location.href })
  })
})()
`
