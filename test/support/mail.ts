/** What people find in their mail. */

import type { App } from './app.ts'

/** The code in the newest mail to somebody. */
export async function codeMailedTo(app: App, email: string): Promise<string> {
  await app.settle()
  const mails = await app.ok('GET', `/sandbox/mailbox?to=${encodeURIComponent(email)}`, {
    headers: { Accept: 'application/json' },
  })
  return /code=([0-9a-z]{32})/.exec(JSON.stringify(mails))![1]!
}
