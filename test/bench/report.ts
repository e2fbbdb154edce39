/** What was measured, as a table, and held against the aims. Pure. */

import type { Measurement } from './measure.ts'
import type { Subject } from './subjects.ts'

/** All rounds of one subject, in order: those with many connections and those with one. */
export interface Rounds {
  readonly subject: Subject
  readonly many: readonly Measurement[]
  readonly one: readonly Measurement[]
}

export interface Verdict {
  readonly aim: string
  readonly value: number
  readonly met: boolean
}

const HEADINGS = [
  '',
  'requests/s',
  'best',
  'p50 ms',
  'p99 ms',
  'CPU µs',
  'a commit',
  '× floor',
  'p50 ms (1)',
  'p99 ms (1)',
  '× floor (1)',
]

export function toTable(all: readonly Rounds[]): string {
  const floor = requireRounds(all, 'naive')
  const rows = all.map(({ subject, many, one }) => [
    subject.title,
    number(median(many.map((round) => round.perSecond * subject.items))),
    number(Math.max(...many.map((round) => round.perSecond * subject.items))),
    fixed(median(many.map((round) => round.p50Ms))),
    fixed(median(many.map((round) => round.p99Ms))),
    number(median(many.map((round) => (round.cpuUs ?? Number.NaN) / subject.items))),
    fixed(median(many.map((round) => round.grouped ?? Number.NaN))),
    fixed(median(ratios(many, floor.many, perSecond)) * subject.items),
    fixed(median(one.map((round) => round.p50Ms))),
    fixed(median(one.map((round) => round.p99Ms))),
    subject.items === 1 ? fixed(median(ratios(one, floor.one, p50))) : '',
  ])
  return layOut([HEADINGS, ...rows])
}

/** Of what was measured. */
export function verdicts(all: readonly Rounds[]): Verdict[] {
  const rounds = (name: string) => all.find(({ subject }) => subject.name === name)
  const many = (name: string, other: string, what: (round: Measurement) => number) =>
    median(ratios(rounds(name)?.many ?? [], rounds(other)?.many ?? [], what))
  const one = (name: string) => median(ratios(rounds(name)?.one ?? [], rounds('naive')?.one ?? [], p50))
  return [
    atLeast('50 connections, secret key: ≥ 1.6 × the naive floor', many('secret', 'naive', perSecond), 1.6),
    atLeast('50 connections, customer token: ≥ 1.5 × the naive floor', many('token', 'naive', perSecond), 1.5),
    atMost('1 connection, secret key: ≤ 1.25 × the latency of the naive floor', one('secret'), 1.25),
    atMost('1 connection, customer token: ≤ 1.25 × the latency of the naive floor', one('token'), 1.25),
    atLeast('50 connections, secret key: > 20 × the original’s path', many('secret', 'original', perSecond), 20),
    ...(rounds('million') === undefined
      ? []
      : [atMost('1,000,000 customers: ≤ 1.3 × the CPU of 1,000', many('million', 'secret', cpu), 1.3)]),
  ].filter(({ value }) => !Number.isNaN(value))
}

export const toLine = ({ aim, value, met }: Verdict): string =>
  `${met ? 'met   ' : 'missed'}  ${fixed(value).padStart(6)}  ${aim}`

const perSecond = (round: Measurement) => round.perSecond
const p50 = (round: Measurement) => round.p50Ms
const cpu = (round: Measurement) => round.cpuUs ?? Number.NaN

const atLeast = (aim: string, value: number, least: number): Verdict => ({ aim, value, met: value >= least })
const atMost = (aim: string, value: number, most: number): Verdict => ({ aim, value, met: value <= most })

/** Each round against the same round of another subject: what slowed both of them down cancels out. */
const ratios = (
  rounds: readonly Measurement[],
  others: readonly Measurement[],
  what: (round: Measurement) => number,
): number[] => rounds.map((round, index) => what(round) / (others[index] ? what(others[index]) : Number.NaN))

function requireRounds(all: readonly Rounds[], name: string): Rounds {
  const found = all.find(({ subject }) => subject.name === name)
  if (found === undefined) throw new Error(`${name} was not measured`)
  return found
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

const number = (value: number) => (Number.isNaN(value) ? '–' : Math.round(value).toLocaleString('en'))
const fixed = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(2))

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')
  return rows.map(line).join('\n')
}
