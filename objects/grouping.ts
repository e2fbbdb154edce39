/** Uses over time beside each other: which groups are shown, and what becomes of the others. Pure. */

import type { Counted } from './hours.ts'

/** More lines than these nobody tells apart. */
const SERIES_MAX = 6
/** So many are named in the table below. */
const GROUPS_MAX = 100

export type GroupedUse = Counted & { readonly group: string }

/** All of one group: in calls and in what they asked for. */
export interface Group {
  readonly group: string
  readonly used: number
  readonly calls: number
}

/** The points of those who used most, and of the others together as `null`; and all of them in a list, most first. */
export function grouped(uses: readonly GroupedUse[]): {
  points: (Counted & { group: string | null })[]
  groups: Group[]
} {
  const sums = new Map<string, { used: number; calls: number }>()
  for (const { group, used, calls } of uses) {
    const sum = sums.get(group) ?? { used: 0, calls: 0 }
    sums.set(group, { used: sum.used + used, calls: sum.calls + calls })
  }
  const groups = [...sums]
    .map(([group, sum]) => ({ group, ...sum }))
    .toSorted((a, b) => b.used - a.used || (a.group < b.group ? -1 : 1))
  const shown = new Set(groups.slice(0, SERIES_MAX).map(({ group }) => group))
  const others = new Map<string, Counted & { group: null }>()
  const points: (Counted & { group: string | null })[] = []
  for (const use of uses) {
    if (shown.has(use.group)) {
      points.push(use)
      continue
    }
    const key = `${use.at} ${use.meter}`
    const { used, calls } = others.get(key) ?? { used: 0, calls: 0 }
    others.set(key, { at: use.at, meter: use.meter, group: null, used: used + use.used, calls: calls + use.calls })
  }
  return { points: [...points, ...others.values()], groups: groups.slice(0, GROUPS_MAX) }
}
