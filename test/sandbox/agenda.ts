/**
 * When each account and project is due next, told by itself. One that did nothing since it told is not asked again: with
 * many objects, asking all of them at every step is most of what moving the clock costs.
 */

export interface Timed {
  readonly kind: 'PROJECT' | 'ACCOUNT'
  readonly name: string
}

const known = new Map<string, Timed>()
const unasked = new Map<string, Timed>()
const due = new Map<string, number>()

const nameOf = ({ kind, name }: Timed): string => `${kind}/${name}`

/** Makes an object known, if it is not yet: it has timers, and nobody knows when. */
export function meet(object: Timed): void {
  if (!known.has(nameOf(object))) acted(object)
}

/** What an object told may be true no more. Called by the object, in the turn in which it writes. */
export function acted(object: Timed): void {
  known.set(nameOf(object), object)
  unasked.set(nameOf(object), object)
}

/** An object tells when it is due next, in the turn in which it looks; `null` is never. */
export function told(object: Timed, at: number | null): number | null {
  unasked.delete(nameOf(object))
  if (at === null) due.delete(nameOf(object))
  else due.set(nameOf(object), at)
  return at
}

export const everyone = (): Timed[] => [...known.values()]

/** Those who acted since they told. */
export const toAsk = (): Timed[] => [...unasked.values()]

/** Those who have something to do by then, whoever is known longest first. */
export const dueBy = (moment: number): Timed[] =>
  everyone().filter((object) => (due.get(nameOf(object)) ?? Number.POSITIVE_INFINITY) <= moment)

/** The first moment at which anybody is due. */
export const firstDue = (): number => Math.min(Number.POSITIVE_INFINITY, ...due.values())
