/** What the clients know held against what is stored. Every list is empty when the product keeps its promises. Pure. */

import { createHash } from 'node:crypto'
import type { Answer } from './client.ts'
import type { Stored, StoredReceipt } from './disk.ts'
import type { Deed } from './deed.ts'
import type { Acked, Notes } from './notes.ts'
import { TIGHT_LIMIT, type World } from './world.ts'

export interface Verdict {
  /** Acknowledged, and not there. */
  readonly lost: readonly string[]
  /** Counted more often than asked. */
  readonly doubled: readonly string[]
  /** There, and nobody asked for it. */
  readonly phantom: readonly string[]
  /** Counters that are not the sum of their receipts, limits that were passed. */
  readonly wrong: readonly string[]
  /** Owed outside, and nothing will wake the object to deliver it. */
  readonly stuck: readonly string[]
}

export const BLAMELESS: Verdict = { lost: [], doubled: [], phantom: [], wrong: [], stuck: [] }

/** While a delivery is under way the alarm stands by for a minute; a little more for the clock's own pace. */
const LEASE_MS = 62_000

/** Two verdicts on different things as one. */
export const together = (one: Verdict, other: Verdict): Verdict => ({
  lost: [...one.lost, ...other.lost],
  doubled: [...one.doubled, ...other.doubled],
  phantom: [...one.phantom, ...other.phantom],
  wrong: [...one.wrong, ...other.wrong],
  stuck: [...one.stuck, ...other.stuck],
})

interface Projects {
  readonly main: Stored
  readonly vault: Stored
  readonly shop: Stored
}

export function judge(world: World, { main, vault, shop }: Projects, now: number): Verdict {
  const { notes } = world
  const stored = indexed(main, notes)
  return {
    lost: [...notes.acked.values()]
      .flatMap((acked) => lostOf(acked, stored))
      .concat(lostKeysAndGrants(world, main, vault)),
    doubled: doubledOf(notes, stored),
    phantom: phantomOf(world, main, vault).concat(phantomRemovals(main, stored)),
    wrong: [...wrongOf(main), ...passedOf(world, main), ...tornOf(notes, main), ...misnamed(notes, stored)],
    stuck: [main, vault, shop].flatMap((project) => stuckOf(project, now)),
  }
}

/** Which of the deeds in flight were carried out after all, as far as the store can tell. */
export function committed(notes: Notes, main: Stored): Deed[] {
  const stored = indexed(main, notes)
  return notes.inFlight().filter((deed) => {
    switch (deed.kind) {
      case 'track':
        return stored.replies.has(`secret:${deed.id}`)
      case 'batch':
        return stored.replies.has(`secret:${deed.id}#0`)
      case 'create':
        return stored.replies.has(`secret:${deed.id}`)
      case 'remove':
        return !stored.emails.has(deed.email)
      case 'reverse':
        return stored.receipts.get(deed.receipt)?.reversedAt !== null
      case 'grant':
        return main.customers.some(({ firstName }) => firstName === deed.id)
      case 'checkout':
        return main.checkouts.some(({ customerId }) => customerId === deed.customerId) && deed.tier === 'pro'
      default:
        return false
    }
  })
}

interface Indexed {
  readonly receipts: ReadonlyMap<string, StoredReceipt>
  readonly byDeed: ReadonlyMap<string, readonly StoredReceipt[]>
  readonly replies: ReadonlySet<string>
  readonly emails: ReadonlyMap<string, string>
  readonly sessions: ReadonlySet<string>
  /** Whose removal was asked for. */
  readonly leaving: ReadonlySet<string>
}

const receiptId = (receipt: StoredReceipt): string => `use_${receipt.id.toString(36)}`

function indexed(main: Stored, notes: Notes): Indexed {
  return {
    receipts: new Map(main.receipts.map((receipt) => [receiptId(receipt), receipt])),
    byDeed: Map.groupBy(main.receipts, ({ deed }) => deed ?? ''),
    replies: main.replies,
    emails: new Map(main.customers.map(({ email, id }) => [email ?? '', id])),
    leaving: new Set(notes.sentOf('remove').map(({ customerId }) => customerId)),
    sessions: new Set(main.checkouts.map(({ id, sessionId }) => `${id} ${sessionId}`)),
  }
}

function lostOf({ deed, answer }: Acked, stored: Indexed): string[] {
  const { body } = answer
  switch (deed.kind) {
    case 'track':
    case 'batch':
      return usesOf(deed, answer)
        .filter((use) => !isStored(use, stored))
        .map((use) => `use ${use.deed}`)
    case 'reverse':
      return stored.receipts.get(deed.receipt)?.reversedAt == null ? [`reversal of ${deed.receipt}`] : []
    case 'create': {
      const { id } = body['customer'] as { id: string }
      if (stored.leaving.has(id)) return stored.replies.has(`secret:${deed.id}`) ? [] : [`reply to ${deed.id}`]
      return stored.emails.get(deed.email) === id ? [] : [`customer ${deed.email}`]
    }
    case 'remove':
      return stored.emails.has(deed.email) ? [`removal of ${deed.email}`] : []
    case 'checkout': {
      if (stored.leaving.has(deed.customerId)) return [] // an erasure forgets what was bought
      const { checkoutId, sessionId } = body as { checkoutId: string | null; sessionId: string | null }
      return checkoutId === null || stored.sessions.has(`${checkoutId} ${sessionId}`) ? [] : [`checkout ${checkoutId}`]
    }
    default:
      return []
  }
}

/** Each use of a deed as its receipt names it, with the id that was answered; `null` when it was refused. */
function usesOf(deed: Deed, { status, body }: Answer): { deed: string; id: string | null }[] {
  if (deed.kind === 'track') return [{ deed: deed.id, id: status === 200 ? String(body['id']) : null }]
  if (deed.kind !== 'batch') return []
  const results = body['results'] as { id?: string }[]
  return results.map(({ id = null }, index) => ({ deed: `${deed.id}#${index}`, id }))
}

/** A counted use has its receipt; a refused one has only its reply. */
function isStored({ deed, id }: { deed: string; id: string | null }, stored: Indexed): boolean {
  return id === null ? stored.replies.has(`secret:${deed}`) : stored.byDeed.has(deed)
}

/** Counted, but under another id than the one that was answered: nobody could take it back. */
function misnamed({ acked }: Notes, { byDeed }: Indexed): string[] {
  return [...acked.values()]
    .flatMap(({ deed, answer }) => usesOf(deed, answer))
    .filter(({ deed, id }) => id !== null && byDeed.get(deed)?.every((receipt) => receiptId(receipt) !== id))
    .map(({ deed, id }) => `${deed} was answered ${id}`)
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex')

function lostKeysAndGrants(world: World, main: Stored, vault: Stored): string[] {
  const keys = [main, vault].flatMap(({ projectId, keyHashes }) =>
    world.keysOf(projectId).filter((key) => !keyHashes.has(hashOf(key))),
  )
  const grants = Map.groupBy(world.notes.sentOf('grant'), ({ customerId }) => customerId)
  const undone = [...grants].filter(([customerId, deeds]) => {
    const lastAcked = deeds.findLastIndex(({ id }) => world.notes.acked.has(id))
    const applied = main.customers.find(({ id }) => id === customerId)?.firstName ?? null
    return lastAcked !== -1 && deeds.findIndex(({ id }) => id === applied) < lastAcked
  })
  return [...keys.map((key) => `key …${key.slice(-4)}`), ...undone.map(([customerId]) => `grant of ${customerId}`)]
}

/** One receipt for each use that was answered or is in flight, none for one that was refused. */
function doubledOf(notes: Notes, { byDeed }: Indexed): string[] {
  return [...byDeed].flatMap(([deed, receipts]) => {
    const answer = notes.answerOf(deed)
    const allowed = answer !== null && answer.status !== 200 ? 0 : 1
    return receipts.length > allowed ? [`${deed} is counted ${receipts.length} times`] : []
  })
}

function phantomOf({ notes }: World, main: Stored, vault: Stored): string[] {
  const emails = new Set(notes.sentOf('create').map(({ email }) => email))
  const reversed = new Set(notes.sentOf('reverse').map(({ receipt }) => receipt))
  const buyers = new Set(notes.sentOf('checkout').map(({ customerId }) => customerId))
  // A rotation carries no key: one that is repeated makes another secret.
  const projects = [main, vault].filter(({ projectId, keyHashes }) => {
    const rotations = notes.sentOf('rotate').filter(({ project }) => project === projectId)
    return keyHashes.size > 1 + rotations.reduce((sum, { id }) => sum + (notes.tries.get(id) ?? 0), 0)
  })
  return [
    ...main.receipts
      .filter(({ deed }) => !notes.sent.has(String(deed).split('#')[0]!))
      .map(({ id }) => `receipt ${id}`),
    ...main.receipts
      .filter((receipt) => receipt.reversedAt !== null && !reversed.has(receiptId(receipt)))
      .map(({ id }) => `reversal of ${id}`),
    ...main.customers
      .filter(({ email }) => email !== null && !emails.has(email))
      .map(({ email }) => `customer ${email}`),
    ...main.checkouts.filter(({ customerId }) => !buyers.has(customerId)).map(({ id }) => `checkout ${id}`),
    ...projects.map(({ projectId }) => `a key of ${projectId}`),
  ]
}

function wrongOf({ usage, receipts }: Stored): string[] {
  const counterOf = (row: { customerId: string; meter: string; periodStart: number }) =>
    `${row.customerId}/${row.meter}/${row.periodStart}`
  const sums = new Map<string, number>()
  for (const receipt of receipts.filter(({ reversedAt }) => reversedAt === null))
    sums.set(counterOf(receipt), (sums.get(counterOf(receipt)) ?? 0) + receipt.quantity)
  const counters = new Map(usage.map((row) => [counterOf(row), row.used]))
  const names = new Set([...sums.keys(), ...counters.keys()])
  const differing = [...names].filter((name) => (sums.get(name) ?? 0) !== (counters.get(name) ?? 0))
  return differing.map((name) => `${name} is ${counters.get(name)}, its receipts say ${sums.get(name)}`)
}

function passedOf({ tight }: World, { usage }: Stored): string[] {
  const passed = usage.filter(({ customerId, used }) => customerId === tight && used > TIGHT_LIMIT)
  return passed.map(({ used }) => `the limit of ${TIGHT_LIMIT} was passed: ${used}`)
}

function phantomRemovals({ customers }: Stored, { leaving }: Indexed): string[] {
  const gone = customers.filter(({ origin, email }) => origin === 'clerk' && email === null)
  return gone.filter(({ id }) => !leaving.has(id)).map(({ id }) => `removal of ${id}`)
}

/** A batch is one decision: all of its uses are answered, or none. */
function tornOf(notes: Notes, { replies }: Stored): string[] {
  return notes.sentOf('batch').flatMap(({ id, uses }) => {
    const answered = uses.filter((_, index) => replies.has(`secret:${id}#${index}`)).length
    return answered === 0 || answered === uses.length ? [] : [`${answered} of ${uses.length} uses of batch ${id}`]
  })
}

/** An object that owes something must have an alarm that comes in time. */
function stuckOf({ projectId, owed, dueAt, alarmAt }: Stored, now: number): string[] {
  if (dueAt === null || (alarmAt !== null && alarmAt <= Math.max(dueAt, now) + LEASE_MS)) return []
  const late = alarmAt === null ? 'never' : `${alarmAt - now} ms from now`
  return [`${projectId} owes ${owed.map(({ kind }) => kind).join(', ') || 'a timer'} and wakes ${late}`]
}
