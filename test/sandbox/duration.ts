/** `"31d"`, `"90m"`, `"1d12h"`: spans as a person writes them, in ms. */

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

export function parseDuration(text: string): number | null {
  const parts = [...text.matchAll(/(\d+)(ms|[smhdw])/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text.replaceAll(' ', '')) return null
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 1), 0)
}
