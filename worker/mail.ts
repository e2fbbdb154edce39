/** Mails to members, through the provider's HTTP API (https://resend.com/docs/api-reference/emails/send-email). */

import type { DeliveryFailure } from '../objects/actor.ts'
import type { Delivery } from '../objects/outbox.ts'
import type { Env } from './env.ts'

const ENDPOINT = 'https://api.resend.com/emails'
const TIMEOUT_MS = 10_000

/** What an account owes a mail for. */
export type Mail = {
  readonly mail: 'invitation'
  readonly to: string
  readonly by: string
  readonly name: string
  readonly code: string
  readonly platformId: string
}

/** Sends a mail once: the debt's own name is the provider's idempotency key. Without a provider there is nobody to send it. */
export async function sendMail(delivery: Delivery, env: Env): Promise<DeliveryFailure | null> {
  const { EMAIL_API_KEY, EMAIL_FROM } = env
  if (EMAIL_API_KEY === undefined || EMAIL_FROM === undefined) return null
  const mail = JSON.parse(delivery.payload) as Mail
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      Authorization: `Bearer ${EMAIL_API_KEY}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': `${delivery.key}/${delivery.owedAt}`,
    },
    body: JSON.stringify({ from: EMAIL_FROM, to: [mail.to], ...toText(mail, env.DASHBOARD_URL) }),
  })
  await response.body?.cancel()
  return response.ok ? null : { reason: `the mail provider answered ${response.status}` }
}

/** Subject and text. Plain text only: nothing in it can be markup. Pure. */
export function toText(mail: Mail, dashboard: string): { subject: string; text: string } {
  switch (mail.mail) {
    case 'invitation':
      return {
        subject: `${mail.by} invites you to ${mail.name} on dream-api`,
        text: [
          `${mail.by} invites you to work on ${mail.name} on dream-api.`,
          `Accept within seven days:`,
          `${dashboard}/accept?account=${mail.platformId}&code=${mail.code}`,
          `If you do not know ${mail.by}, ignore this mail.`,
        ].join('\n\n'),
      }
  }
}
