/**
 * The app as it runs in the sandbox: the production Worker and objects, with a clock that can be moved, the objects'
 * invariants checked after every commit, and the sandbox's pages under /sandbox. Production contains none of it.
 */

import './clock.ts'
import production, {
  Account as ProductionAccount,
  Connection,
  Feed,
  Person,
  Registry,
  Trial,
  Project as ProductionProject,
} from '../../worker/index.ts'
import type { Env } from '../../worker/env.ts'
import { acted, told } from './agenda.ts'
import { setOffset, virtualNow, withRealAlarms } from './clock.ts'
import { control } from './control.ts'

export { Connection, Feed, Person, Registry, Trial }

/** The sandbox as the app's sandbox build knows it. */
export interface SandboxService {
  fetch: Fetcher['fetch']
  clock(): Promise<number>
  nextDue(): Promise<number | null>
  advanceTo(at: number): Promise<void>
  settle(): Promise<number>
  isSeeded(): Promise<boolean>
  setSeeded(): Promise<void>
}

export interface SandboxEnv extends Env {
  readonly PROJECT: DurableObjectNamespace<Project>
  readonly ACCOUNT: DurableObjectNamespace<Account>
  readonly SANDBOX: SandboxService
}

const timedProject = ({ id }: DurableObjectState) => ({ kind: 'PROJECT', name: id.name ?? '' }) as const
const timedAccount = ({ id }: DurableObjectState) => ({ kind: 'ACCOUNT', name: id.name ?? '' }) as const

/** Checking everything after every commit is affordable while a project is small. */
const CHECKED_REVISIONS = 400

export class Project extends ProductionProject {
  constructor(ctx: DurableObjectState, env: SandboxEnv) {
    super(withRealAlarms(ctx), env)
  }

  /** Whatever moves a due moment ends here. */
  protected override arm(): void {
    super.arm()
    acted(timedProject(this.ctx))
  }

  protected override armBy(at: number): void {
    super.armBy(at)
    acted(timedProject(this.ctx))
  }

  protected override committed(revision: number): void {
    super.committed(revision)
    acted(timedProject(this.ctx))
    if (revision > CHECKED_REVISIONS && revision % 100 !== 0) return
    const violations = this.violations()
    if (violations.length > 0) throw new Error(`invariant broken at revision ${revision}: ${violations.join('; ')}`)
  }

  override async alarm(): Promise<void> {
    await loadClock(this.env as SandboxEnv)
    await super.alarm()
  }

  /** When the next timer or delivery is due; `null` when none is. */
  async peek(): Promise<number | null> {
    return told(timedProject(this.ctx), this.nextDue())
  }

  /** Rings and delivers everything due, waits for what is under way, and answers when the next is due. */
  async runDue(): Promise<number | null> {
    do {
      await this.alarm()
      await this.idle()
    } while ((this.nextDue() ?? Number.POSITIVE_INFINITY) <= this.now())
    return told(timedProject(this.ctx), this.nextDue())
  }

  async broken(): Promise<string[]> {
    return this.violations()
  }
}

export class Account extends ProductionAccount {
  constructor(ctx: DurableObjectState, env: SandboxEnv) {
    super(withRealAlarms(ctx), env)
  }

  /** Whatever moves a due moment ends here. */
  protected override arm(): void {
    super.arm()
    acted(timedAccount(this.ctx))
  }

  protected override armBy(at: number): void {
    super.armBy(at)
    acted(timedAccount(this.ctx))
  }

  protected override committed(revision: number): void {
    super.committed(revision)
    acted(timedAccount(this.ctx))
    const violations = this.violations()
    if (violations.length > 0) throw new Error(`invariant broken at revision ${revision}: ${violations.join('; ')}`)
  }

  override async alarm(): Promise<void> {
    await loadClock(this.env as SandboxEnv)
    await super.alarm()
  }

  async peek(): Promise<number | null> {
    return told(timedAccount(this.ctx), this.nextDue())
  }

  async runDue(): Promise<number | null> {
    do {
      await this.alarm()
      await this.idle()
    } while ((this.nextDue() ?? Number.POSITIVE_INFINITY) <= this.now())
    return told(timedAccount(this.ctx), this.nextDue())
  }

  async broken(): Promise<string[]> {
    return this.violations()
  }
}

/** The clock is the sandbox's; a fresh isolate asks for it before it serves anything. */
let loaded: Promise<void> | null = null
export function loadClock(env: SandboxEnv): Promise<void> {
  loaded ??= env.SANDBOX.clock().then(setOffset, (error: unknown) => {
    loaded = null
    throw error
  })
  return loaded
}

export const clockNow = virtualNow

export default {
  async fetch(request: Request, env: SandboxEnv): Promise<Response> {
    await loadClock(env)
    const { pathname, origin } = new URL(request.url)
    if (pathname === '/sandbox' || pathname.startsWith('/sandbox/')) {
      const api = (path: string, init?: RequestInit) => production.fetch(new Request(origin + path, init), env)
      return (await control(request, env, api)) ?? env.SANDBOX.fetch(request)
    }
    return production.fetch(request, env)
  },
}
