/** Clerk, by the script of the instance's own host: nothing of it is in our bundle. People sign in on Clerk's own pages. */

import type { Auth } from './auth.ts'

/** What we use of the script. */
interface Clerk {
  load(): Promise<void>
  readonly session: { getToken(options?: { skipCache?: boolean }): Promise<string | null> } | null | undefined
  redirectToSignIn(options: { signInForceRedirectUrl: string; signUpForceRedirectUrl: string }): Promise<unknown>
  signOut(): Promise<void>
}

const SCRIPT = '/npm/@clerk/clerk-js@6/dist/clerk.headless.browser.js'

export class ClerkAuth implements Auth {
  readonly #publishableKey: string
  #clerk: Clerk | null = null

  constructor(publishableKey: string) {
    this.#publishableKey = publishableKey
  }

  async start(): Promise<boolean> {
    await loadScript(`https://${hostOf(this.#publishableKey)}${SCRIPT}`, this.#publishableKey)
    const { Clerk: clerk } = window as unknown as { Clerk?: Clerk }
    if (clerk === undefined) throw new Error('The sign-in could not be loaded.')
    await clerk.load()
    this.#clerk = clerk
    return clerk.session != null
  }

  async token({ fresh = false } = {}): Promise<string | null> {
    return (await this.#clerk?.session?.getToken({ skipCache: fresh })) ?? null
  }

  signIn(path: string): void {
    const back = new URL(path, location.origin).href
    void this.#clerk?.redirectToSignIn({ signInForceRedirectUrl: back, signUpForceRedirectUrl: back })
  }

  async signOut(): Promise<void> {
    await this.#clerk?.signOut()
  }
}

/** A publishable key is the host of its instance, in base64, with a dollar sign behind it. */
const hostOf = (publishableKey: string): string => atob(publishableKey.split('_')[2] ?? '').replace(/\$$/, '')

function loadScript(src: string, publishableKey: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = src
    script.crossOrigin = 'anonymous'
    script.dataset['clerkPublishableKey'] = publishableKey
    script.addEventListener('load', () => resolve())
    script.addEventListener('error', () => reject(new Error('The sign-in could not be loaded. Is Clerk blocked?')))
    document.head.append(script)
  })
}
