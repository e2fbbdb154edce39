/** Looks names up over HTTPS, because a Worker has no resolver of its own: where a name points decides whether it is called. */

import { isPublic } from './address.ts'

const RESOLVER = 'https://cloudflare-dns.com/dns-query'
const LOOKUP_TIMEOUT_MS = 3_000
const ADDRESS_TYPES = [
  { name: 'A', number: 1 },
  { name: 'AAAA', number: 28 },
] as const

/** Does every address of this name belong to the public internet? `unknown`: it has none, or nobody could say. */
export async function placeOf(name: string): Promise<'public' | 'private' | 'unknown'> {
  const answers = await Promise.all(ADDRESS_TYPES.map((type) => lookUp(name, type)))
  if (answers.includes(null)) return 'unknown'
  const addresses = answers.flatMap((answer) => answer ?? [])
  if (addresses.length === 0) return 'unknown'
  return addresses.every(isPublic) ? 'public' : 'private'
}

async function lookUp(name: string, type: (typeof ADDRESS_TYPES)[number]): Promise<string[] | null> {
  try {
    const response = await fetch(`${RESOLVER}?name=${encodeURIComponent(name)}&type=${type.name}`, {
      headers: { Accept: 'application/dns-json' },
      signal: AbortSignal.timeout(LOOKUP_TIMEOUT_MS),
    })
    if (!response.ok) return null
    const { Answer: records = [] } = await response.json<{ Answer?: { type: number; data: string }[] }>()
    return records.filter((record) => record.type === type.number).map(({ data }) => data)
  } catch {
    return null // the resolver is away, or said what is no answer: nobody could say
  }
}
