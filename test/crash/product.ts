/** The running product as its killer sees it: started on a folder, killed with SIGKILL, started on the same folder. */

import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onFreePort } from '../support/port.ts'
import { buildWorkers } from '../support/server.ts'
import { Client } from './client.ts'

const root = new URL('../../', import.meta.url).pathname
const NODE = join(root, 'node_modules/.bin/node')
const START_TIMEOUT_MS = 60_000
const GONE_TIMEOUT_MS = 20_000

interface Running {
  readonly child: ChildProcess
  readonly client: Client
  /** workerd first: it must not have time to tidy up because its parent died. */
  readonly pids: readonly number[]
}

export class Product {
  readonly #folder: string
  /** Chosen at the first start and kept: who was killed is found again where it was. */
  #port: number | null = null
  #running: Running | null = null

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** `app` is the entry of the app Worker: the sandbox build of the product, or a copy with a fault built in. */
  static async build(app = 'test/sandbox/app.ts'): Promise<Product> {
    const folder = await mkdtemp(join(tmpdir(), 'dream-api-crash-'))
    const [appText, sandboxText] = await buildWorkers(join(root, app))
    await writeFile(join(folder, 'app.js'), appText)
    await writeFile(join(folder, 'sandbox.js'), sandboxText)
    return new Product(folder)
  }

  get stateDir(): string {
    return join(this.#folder, 'state')
  }

  get client(): Client {
    return this.#require().client
  }

  async start(): Promise<void> {
    if (this.#port !== null) return this.#startOn(this.#port)
    this.#port = await onFreePort((port) => this.#startOn(port).then(() => port))
  }

  async #startOn(port: number): Promise<void> {
    const files = [join(this.#folder, 'app.js'), join(this.#folder, 'sandbox.js')]
    const script = join(root, 'test/crash/server.ts')
    const child = spawn(NODE, [script, String(port), this.stateDir, ...files], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    createInterface({ input: child.stderr! }).on('line', (line) => console.error(line))
    try {
      const { node, workerd } = await ready(child)
      if (workerd.length === 0) throw new Error('the product runs without a workerd')
      this.#running = { child, client: new Client(port), pids: [...workerd, node] }
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
  }

  /** kill -9 of workerd, then of its parent; resolves when both are gone. */
  async kill(): Promise<void> {
    const { pids, client } = this.#require()
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await this.#gone(pids)
    client.close()
    this.#running = null
  }

  /** A clean end: everything under way is finished first. */
  async stop(): Promise<void> {
    const { child, pids, client } = this.#require()
    client.close()
    child.kill('SIGTERM')
    await this.#gone(pids)
    this.#running = null
  }

  /** Ends what still runs and forgets the folder. */
  async discard(): Promise<void> {
    if (this.#running !== null) await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #require(): Running {
    if (this.#running === null) throw new Error('the product is not running')
    return this.#running
  }

  async #gone(pids: readonly number[]): Promise<void> {
    const deadline = Date.now() + GONE_TIMEOUT_MS
    while (pids.some(isAlive)) {
      if (Date.now() > deadline) throw new Error(`processes ${pids.join(', ')} do not end`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

/** A zombie that nobody has waited for yet holds no file and no port any more. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function ready(child: ChildProcess): Promise<{ node: number; workerd: number[] }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the product does not start')), START_TIMEOUT_MS)
    const end = () => clearTimeout(timer)
    child.once('exit', (code) => (end(), reject(new Error(`the product ended with ${code} before it was ready`))))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('READY ') && !line.startsWith('FAILED ')) return console.log(line)
      end()
      if (line.startsWith('FAILED ')) return reject(new Error(line))
      resolve(JSON.parse(line.slice('READY '.length)) as { node: number; workerd: number[] })
    })
  })
}
