/** Where a call comes from, as far as it can be counted: Cloudflare alone says so, never the caller. */
export function placeOf(request: Request): string | null {
  const address = request.headers.get('CF-Connecting-IP')
  return address === null ? null : networkOf(address)
}

/** One line of the newer kind has 2⁶⁴ addresses, and may use another for each call: its network counts as one place. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail = ''] = address.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === '' ? [] : tail.split(':')
  const between = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  return [...first, ...between, ...last].slice(0, 4).join(':')
}
