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
  const say = (text, waits = false) => { at('now').textContent = text; at('now').className = waits ? 'waits' : '' }
  const go = (path) => location.replace(path + location.search)
  function back() {
    const url = new URL(named('redirect'))
    url.searchParams.set('__dream_state', named('state') ?? '')
    location.replace(url)
  }
  const fail = (text) => { show('panel'); show('wrong', text) }

  async function arrive(join) {
    say(visit === 'refresh' ? 'Waiting for your payment to arrive…' : 'Signing you in…', true)
    const awaiting = visit === 'refresh' ? { from: named('from') } : undefined
    const body = { pk: named('pk'), redirect: named('redirect'), state: named('state'), codeChallenge: named('code_challenge'),
      token: await Clerk.session.getToken(), join, awaiting }
    const response = await fetch('/signin', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    const answer = await response.json()
    if (response.ok) return answer.location === null ? ask() : location.replace(answer.location)
    say('')
    fail(answer.message)
  }

  function showWho() {
    const address = Clerk.user.primaryEmailAddress?.emailAddress ?? 'somebody without an address'
    const name = document.createElement('strong')
    name.textContent = address
    at('who').replaceChildren('You are signed in as', name)
    show('panel')
    show('who')
  }

  function ask() {
    showWho()
    show('note')
    say('Continue with this account?')
    show('join')
    show('other')
    at('join').focus()
  }

  // Any page may lead here: only the person signs themselves out.
  function offerToLeave() {
    showWho()
    say('Sign out on this device?')
    show('leave')
    show('back')
  }

  const safely = (act) => act().catch(() => { say(''); at('join').disabled = at('leave').disabled = false; fail('That did not work. Load this page again.') })
  at('join').addEventListener('click', () => { at('join').disabled = true; safely(() => arrive(true)) })
  const leave = () => Clerk.signOut({ redirectUrl: location.href }) // and here again, as nobody
  at('other').addEventListener('click', () => safely(leave))
  at('leave').addEventListener('click', () => { at('leave').disabled = true; safely(leave) })

  await safely(async () => {
    await Clerk.load({ ui: { ClerkUI: window.__internal_ClerkUICtor }, telemetry: false })
    at('back').href = named('redirect')
    if (visit === 'signout') return Clerk.user ? offerToLeave() : location.replace(named('redirect'))
    if (visit === 'account') {
      if (!Clerk.user) return go('/signin')
      show('back')
      return Clerk.mountUserProfile(at('clerk'), { routing: 'hash' })
    }
    // Whoever bought may be somebody else than who is signed in here, or nobody any more: then their own session must do.
    if (visit === 'refresh' && (named('customer') ?? Clerk.user?.id) !== Clerk.user?.id) return back()
    if (Clerk.user) return arrive(false)
    if (visit === 'refresh') return go('/signin')
    const urls = { signInUrl: '/signin' + location.search, signUpUrl: '/signup' + location.search, routing: 'hash', forceRedirectUrl: location.href }
    if (visit === 'signup') Clerk.mountSignUp(at('clerk'), { ...urls, signInForceRedirectUrl: location.href })
    else Clerk.mountSignIn(at('clerk'), { ...urls, signUpForceRedirectUrl: location.href })
  })
})()
`
