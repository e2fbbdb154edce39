/** Texts that nobody else makes. */

/** 128 random bits. A runtime so old that it has no `crypto` gets a text that is unique, though not secret. */
export function randomText(): string {
  const bytes = new Uint8Array(16)
  if (typeof crypto === 'undefined') bytes.forEach((_, at) => (bytes[at] = Math.random() * 256))
  else crypto.getRandomValues(bytes)
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
