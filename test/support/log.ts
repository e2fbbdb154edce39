/** What the running Workers say, as workerd passes it on. */

interface Line {
  readonly level: string
  readonly message: string
}

/**
 * Shows a line, but for workerd's own remarks on alarms that were moved while they rang, or were found overdue after a kill.
 * Both are as they should be, and look like errors.
 */
export function showLine({ level, message }: Line): void {
  if (message.includes('NOSENTRY SQLite alarm')) return
  if (level === 'error' || level === 'warn') console.error(message)
  else console.log(message)
}
