/** What a Stripe route receives and answers. */
import { invalid } from './error.ts'
import { Params } from './params.ts'
import type { Page } from './store.ts'
import type { Json } from './types.ts'
import type { World } from './world.ts'

export interface Call {
  world: World
  params: Params
  /** The ids in the path, in order. */
  ids: string[]
  path: string
}

export interface Answer {
  status: number
  body: unknown
}

/** A route answers an object (200), or a refusal whose effects must stay: `Answer`. */
export type Route = (call: Call) => object | Answer

export function id(call: Call, index = 0): string {
  return call.ids[index] ?? ''
}

export function list<T>(call: Call, { data, hasMore }: { data: T[]; hasMore: boolean }) {
  return { object: 'list' as const, data, has_more: hasMore, url: call.path }
}

/** The page a list call asks for. */
export function pageOf(params: Params): Page {
  const startingAfter = params.string('starting_after')
  const endingBefore = params.string('ending_before')
  if (startingAfter !== undefined && endingBefore !== undefined) {
    throw invalid('You may only specify one of these parameters: ending_before, starting_after.')
  }
  return { limit: params.int('limit', { min: 1, max: 100 }) ?? 10, startingAfter, endingBefore }
}

/** The `created` filter: a moment, or a range. */
export function createdFilter(params: Params): (object: { created: number }) => boolean {
  if (!params.has('created')) return () => true
  if (typeof params.raw.created === 'string') {
    const exact = params.int('created')
    return ({ created }) => created === exact
  }
  const range = params.object('created')
  const bounds = {
    gt: range?.int('gt') ?? -Infinity,
    gte: range?.int('gte') ?? -Infinity,
    lt: range?.int('lt') ?? Infinity,
    lte: range?.int('lte') ?? Infinity,
  }
  return ({ created }) => created > bounds.gt && created >= bounds.gte && created < bounds.lt && created <= bounds.lte
}

/** Leaves out what was not given, so that a patch changes only what the caller named. */
export function given<T extends Json>(patch: T): Partial<T> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as Partial<T>
}

export function absoluteUrl(url: string | null | undefined, param: string) {
  if (url === undefined || url === null) return
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw invalid('Not a valid URL', param, 'url_invalid')
  }
}
