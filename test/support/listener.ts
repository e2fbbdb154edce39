/** A listener of the live feed. */

import type { Body } from './app.ts'

/** Everything a socket says, one message at a time. */
export class Listener {
  readonly socket: WebSocket
  readonly #heard: Body[] = []
  #waiting: ((message: Body) => void) | null = null

  constructor(url: string) {
    this.socket = new WebSocket(url)
    this.socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data)) as Body
      if (this.#waiting === null) this.#heard.push(message)
      else this.#waiting(message)
      this.#waiting = null
    })
  }

  next(): Promise<Body> {
    const message = this.#heard.shift()
    return message === undefined ? new Promise((resolve) => (this.#waiting = resolve)) : Promise.resolve(message)
  }

  /** The first change that fits; messages before it are passed over. */
  async change(fits: (change: Body) => boolean): Promise<Body> {
    for (;;) {
      const found = ((await this.next()).changes as Body[] | undefined)?.find(fits)
      if (found !== undefined) return found
    }
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  closed(): Promise<number> {
    return new Promise((resolve) => this.socket.addEventListener('close', ({ code }) => resolve(code)))
  }
}
