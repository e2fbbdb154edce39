/** The sandbox Worker: hands everything to the one object that holds the sandbox's state. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { NETWORK_FAULT } from './sandbox.ts'
import type { SandboxEnv } from './sandbox.ts'

export { Sandbox } from './sandbox.ts'

export default class SandboxEntrypoint extends WorkerEntrypoint<SandboxEnv> {
  /** Answers the app's outgoing calls (by their real hosts) and the pages and controls under /sandbox. */
  override async fetch(request: Request): Promise<Response> {
    if (isElsewhereHere(request, this.env.ORIGIN)) return fetch(request) // a webhook to another server of this machine
    const response = await this.#sandbox().fetch(request)
    if (response.headers.has(NETWORK_FAULT)) throw new Error('Network connection lost.')
    return response
  }

  /** The offset in ms: virtual now is Date.now() plus this. */
  clock(): Promise<number> {
    return this.#sandbox().clock()
  }

  /** Virtual time of the earliest thing due, or null. */
  nextDue(): Promise<number | null> {
    return this.#sandbox().nextDue()
  }

  /** Sets virtual now to `moment`, never backwards, and runs what falls due on the way, deliveries included. */
  advanceTo(moment: number): Promise<void> {
    return this.#sandbox().advanceTo(moment)
  }

  /** Performs all webhook deliveries due now; answers how many were tried. */
  settle(): Promise<number> {
    return this.#sandbox().settle()
  }

  /** Whether the demo was ever made here. */
  isSeeded(): Promise<boolean> {
    return this.#sandbox().isSeeded()
  }

  setSeeded(): Promise<void> {
    return this.#sandbox().setSeeded()
  }

  #sandbox() {
    return this.env.SANDBOX.getByName('sandbox')
  }
}

function isElsewhereHere(request: Request, origin: string): boolean {
  const url = new URL(request.url)
  return url.port !== new URL(origin).port && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
}
