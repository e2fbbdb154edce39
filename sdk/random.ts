/** Texts that nobody else makes. */

/** 128 random bits. A runtime so old that it has no `crypto` gets a text that is unique, though not secret. */
export function randomText(): string {
  const bytes = new Uint8Array(16)
  const { crypto } = globalThis as { crypto?: Crypto }
  if (crypto) crypto.getRandomValues(bytes)
  else bytes.forEach((_, at) => (bytes[at] = Math.random() * 256))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
