/** The resolver that the app asks over HTTPS. It knows the names it was taught: POST /sandbox/dns {name, addresses}. */

import { RECEIVERS_HOST } from './receivers/receivers.ts'

const TYPES: Record<string, { number: number; matches(address: string): boolean }> = {
  A: { number: 1, matches: (address) => !address.includes(':') },
  AAAA: { number: 28, matches: (address) => address.includes(':') },
}
const NO_SUCH_NAME = 3
/** Known from the start: an address on the public internet, which nobody ever calls. */
const RECEIVERS_ADDRESSES = ['93.184.215.14', '2606:2800:21f:cb07::1']

export function answerDns(request: Request, sql: SqlStorage): Response {
  const { pathname, searchParams } = new URL(request.url)
  const name = searchParams.get('name')
  const type = TYPES[searchParams.get('type') ?? '']
  const asksJson = request.headers.get('Accept') === 'application/dns-json'
  if (pathname !== '/dns-query' || name === null || type === undefined || !asksJson)
    return new Response('not a question of the JSON interface', { status: 400 })
  const addresses = name === RECEIVERS_HOST ? RECEIVERS_ADDRESSES : known(sql, name)
  if (addresses === null) return Response.json({ Status: NO_SUCH_NAME })
  const answer = addresses.filter(type.matches).map((data) => ({ name, type: type.number, TTL: 60, data }))
  return Response.json({ Status: 0, Answer: [{ name, type: 5, TTL: 60, data: `alias.${name}.` }, ...answer] })
}

/** Teaches a name, or another address of it; `null` when the request is about something else. */
export async function controlDns(request: Request, sql: SqlStorage): Promise<Response | null> {
  if (request.method !== 'POST' || new URL(request.url).pathname !== '/sandbox/dns') return null
  const { name, addresses } = await request.json<{ name: string; addresses: string[] }>()
  known(sql, name)
  sql.exec('INSERT OR REPLACE INTO names (name, addresses) VALUES (?, ?)', name, JSON.stringify(addresses))
  return Response.json({ name, addresses })
}

function known(sql: SqlStorage, name: string): string[] | null {
  sql.exec('CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY, addresses TEXT NOT NULL) STRICT')
  const [row] = sql.exec<{ addresses: string }>('SELECT addresses FROM names WHERE name = ?', name).toArray()
  return row === undefined ? null : (JSON.parse(row.addresses) as string[])
}
