/** The page where a person signs in: one press for the demo, or any e-mail address. No password: nothing here is secret. */
import { html, page, redirect } from '../pages/html.ts'
import type { ClerkInstance } from '../keys.ts'
import { ClerkRefusal } from './refusal.ts'
import { DEMO_EMAIL } from './signIn.ts'
import type { ClerkSignIn } from './signIn.ts'

const PATH = '/sandbox/clerk/sign-in'

/** Answers the page and its form; null when the path is another. */
export async function serveSignIn(
  signIn: ClerkSignIn,
  request: Request,
  readInstance: (value: unknown) => ClerkInstance,
): Promise<Response | null> {
  const url = new URL(request.url)
  if (url.pathname !== PATH || !['GET', 'POST'].includes(request.method)) return null
  const fields = request.method === 'GET' ? url.searchParams : new URLSearchParams(await request.text())
  try {
    const instance = readInstance(fields.get('instance') ?? 'developer')
    const back = signIn.readRedirect(fields.get('redirect_url'))
    if (request.method === 'GET') return show({ instance, back, problem: null })
    const email = fields.get('as') === 'demo' ? DEMO_EMAIL : (fields.get('email')?.trim() ?? '')
    return answer(signIn, { instance, back, email })
  } catch (error) {
    if (!(error instanceof ClerkRefusal)) throw error
    return page({
      title: 'That did not work',
      status: error.status,
      body: html`<h1>That did not work</h1>
        <section><p>${error.message}</p></section>`,
    })
  }
}

function answer(signIn: ClerkSignIn, asked: { instance: ClerkInstance; back: URL; email: string }): Response {
  const { instance, back, email } = asked
  try {
    return redirect(signIn.signIn(instance, email, back).href)
  } catch (error) {
    if (!(error instanceof ClerkRefusal)) throw error
    return show({ instance, back, problem: error.message })
  }
}

interface Shown {
  instance: ClerkInstance
  back: URL
  problem: string | null
}

function show({ instance, back, problem }: Shown): Response {
  const hidden = html`<input type="hidden" name="instance" value="${instance}" />
    <input type="hidden" name="redirect_url" value="${back.href}" />`
  const body = html`<h1>Sign in</h1>
    ${problem !== null && html`<p class="bad" role="alert">${problem}</p>`}
    <section>
      <form method="post" action="${PATH}">
        ${hidden}
        <button class="main" name="as" value="demo">
          Continue as demo ${instance === 'developer' ? 'developer' : 'user'}
        </button>
      </form>
    </section>
    <section>
      <form method="post" action="${PATH}">
        ${hidden}
        <label>
          Your e-mail
          <input type="email" name="email" autocomplete="email" required />
        </label>
        <button class="wide" name="as" value="email">Continue with this address</button>
      </form>
    </section>`
  return page({ title: 'Sign in', body, status: problem === null ? 200 : 422 })
}
