/** The examples as one program for Node, for a Worker and for a page; it keeps what of the client they have called. */

import * as account from '../../sdk/account.ts'
import * as admin from '../../sdk/admin.ts'
import * as config from '../../sdk/config.ts'
import * as index from '../../sdk/index.ts'
import * as react from '../../sdk/react.ts'
import * as server from '../../sdk/server.ts'
import * as solid from '../../sdk/solid.ts'
import * as webhooks from '../../sdk/webhooks.ts'
import { worldOf, type Facts, type Side, type World } from './exampleWorld.ts'

/** What an example ended with, if not well. */
export interface Failure {
  readonly reason: string | null
  readonly message: string
}

export interface Runner {
  run(name: string, side: Side, facts: Facts): Promise<Failure | null>
  called(): readonly string[]
  /** As a Worker: `POST` runs an example, `GET` answers what was called. */
  fetch(request: Request): Promise<Response>
}

// oxlint-disable-next-line typescript/no-explicit-any -- whatever a function takes is passed on as it is
type Act = (...given: any[]) => unknown

const called = new Set<string>()

/** The same function, which is written down when it is called. */
export function recorded<F extends Act>(name: string, act: F): F {
  return function (this: unknown, ...given: unknown[]) {
    called.add(name)
    return act.apply(this, given)
  } as F
}

export const isClass = (value: unknown): value is { name: string; prototype: object } =>
  typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))

/** The methods that a class has itself, its static ones too. */
export const methodsOf = (one: { prototype: object }): (readonly [of: object, name: string, act: Act])[] =>
  [one.prototype, one].flatMap((of) =>
    Object.entries(Object.getOwnPropertyDescriptors(of)).flatMap(([name, { value }]) =>
      typeof value === 'function' && name !== 'constructor' ? [[of, name, value as Act] as const] : [],
    ),
  )

function record(entries: readonly object[]): void {
  const classes = new Set(entries.flatMap((entry) => Object.values(entry).filter(isClass)))
  for (const one of classes)
    for (const [of, name, act] of methodsOf(one))
      Object.defineProperty(of, name, { value: recorded(`${one.name}.${name}`, act) })
}

export function runnerOf(examples: Readonly<Record<string, (world: World) => Promise<void>>>): Runner {
  record([account, admin, config, index, react, server, solid, webhooks])
  const run: Runner['run'] = async (name, side, facts) => {
    try {
      await examples[name]!(worldOf(facts, side))
      return null
    } catch (error) {
      const { reason = null, message = String(error) } = error as Partial<Failure>
      return { reason, message }
    }
  }
  return {
    run,
    called: () => [...called],
    fetch: async (request) => {
      if (request.method === 'GET') return Response.json([...called])
      const { name, facts } = await request.json<{ name: string; facts: Facts }>()
      return Response.json(await run(name, 'server', facts))
    },
  }
}
