/** A shell for the command line's tests: a folder of its own, and what was said. */

import type { Shell } from '../../sdk/cli/command.ts'

export function aShell(facts: Partial<Shell> = {}): Shell & { said(): string } {
  const lines: string[] = []
  return { folder: '/', env: {}, say: (line) => void lines.push(line), said: () => lines.join('\n'), ...facts }
}
