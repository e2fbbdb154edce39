/** Where a webhook may go: by name, over https, on port 443, to the public internet. Pure; names are looked up elsewhere. */

export type Target =
  | {
      readonly ok: true
      readonly url: URL
      /** The name to look up; `null` for this machine. */ readonly name: string | null
    }
  | { readonly ok: false; readonly problem: string }

const wrong = (problem: string): Target => ({ ok: false, problem })

/** Names that mean a machine nearby, whatever a resolver says of them. */
const NEARBY = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|arpa|onion)$/

/**
 * Judges an address as it was typed. `new URL` has turned every spelling of a number into one before it is judged:
 * `2130706433`, `0x7f.1` and `127.1` are all `127.0.0.1` here.
 */
export function toTarget(text: string, loopback: 'allowed' | undefined): Target {
  if (!URL.canParse(text)) return wrong('The url is not an absolute address.')
  const url = new URL(text)
  const name = url.hostname.replace(/\.$/, '')
  if (url.username !== '' || url.password !== '') return wrong('The url must not carry a name or a password.')
  if (loopback === 'allowed' && isThisMachine(name) && /^https?:$/.test(url.protocol))
    return { ok: true, url, name: null }
  if (url.protocol !== 'https:') return wrong('The url must begin with https://.')
  if (url.port !== '') return wrong('The url must be on port 443.')
  if (name.startsWith('[') || /^[\d.]+$/.test(name)) return wrong('The url must name its host, not a number.')
  if (!name.includes('.') || NEARBY.test(name)) return wrong(`The host ${name} is not on the public internet.`)
  return { ok: true, url, name }
}

const isThisMachine = (name: string): boolean =>
  name === 'localhost' || name === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(name)

/** Ranges that are nobody's on the public internet, as `[first bits, how many of them]`. RFC 6890 and its registry. */
const NOT_PUBLIC_V4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

/** Of what is handed out of 2000::/3, the parts that lead somewhere else: Teredo, 6to4, benchmarks, documentation. */
const NOT_PUBLIC_V6: readonly (readonly [network: string, bits: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

/** Is this address, as a resolver writes it, somebody's on the public internet? What cannot be read is not. */
export function isPublic(address: string): boolean {
  if (address.includes(':')) {
    const bits = bitsOfV6(address)
    return bits !== null && bits.startsWith('001') && !NOT_PUBLIC_V6.some((range) => within(bits, range, bitsOfV6))
  }
  const bits = bitsOfV4(address)
  return bits !== null && !NOT_PUBLIC_V4.some((range) => within(bits, range, bitsOfV4))
}

function within(
  bits: string,
  [network, count]: readonly [string, number],
  bitsOf: (text: string) => string | null,
): boolean {
  return bits.slice(0, count) === bitsOf(network)?.slice(0, count)
}

function bitsOfV4(text: string): string | null {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return null
  const parts = text.split('.').map(Number)
  return parts.some((part) => part > 255) ? null : parts.map((part) => toBits(part, 8)).join('')
}

function bitsOfV6(text: string): string | null {
  if (!URL.canParse(`http://[${text}]`)) return null
  const [front = '', back] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const [first, last] = [groups(front), groups(back ?? '')]
  const zeros = back === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => '0')
  return [...first, ...zeros, ...last].map((group) => toBits(Number.parseInt(group, 16), 16)).join('')
}

const toBits = (number: number, length: number): string => number.toString(2).padStart(length, '0')
