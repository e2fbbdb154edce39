/** What a command of the command line is, and how it speaks. */

/** Where a command runs: what it reads and to whom it speaks. */
export interface Shell {
  /** One line for whoever reads. */
  say(line: string): void
  /** Where it was called. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Command {
  /** One line for the list of commands. */
  readonly does: string
  /** Everything that can be said to it. */
  readonly help: string
  /** Answers the exit code: 0 is well, 1 is not. Throws `Wrong` for what was said wrongly. */
  run(words: readonly string[], shell: Shell): Promise<number>
}

/** A mistake of the caller, told without a stack: exit code 2. */
export class Wrong extends Error {}
