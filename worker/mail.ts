/** Mails to members, through the provider's HTTP API (https://resend.com/docs/api-reference/emails/send-email). */

import type { DeliveryFailure } from '../objects/actor.ts'
import type { Delivery } from '../objects/outbox.ts'
import type { Lifetime, Notice } from '../objects/lifetime.ts'
import type { Env } from './env.ts'

const ENDPOINT = 'https://api.resend.com/emails'
const TIMEOUT_MS = 10_000

/** What an account owes a mail for. */
export type Mail =
  | {
      readonly mail: 'invitation'
      readonly to: string
      readonly by: string
      readonly name: string
      readonly code: string
      readonly platformId: string
    }
  | ({ readonly mail: Notice; readonly to: string; readonly name: string } & Lifetime)

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
      'User-Agent': 'dream-api',
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
    case 'ended':
      return notice(dashboard, `The subscription of ${mail.name} has ended`, [
        `Your apps go on working until ${dayOf(mail.blockedAt)}. The dashboard is open for billing and export.`,
        `From ${dayOf(mail.blockedAt)} on every API call is refused, and on ${dayOf(mail.deleteAt)} all data is deleted.`,
      ])
    case 'block_tomorrow':
      return notice(dashboard, `The API of ${mail.name} stops tomorrow`, [
        `The subscription has ended. From ${dayOf(mail.blockedAt)} on every API call is refused.`,
      ])
    case 'blocked':
      return notice(dashboard, `The API of ${mail.name} has stopped`, [
        `The subscription has ended, and every API call is refused from now on.`,
        `Renewing brings everything back at once, until all data is deleted on ${dayOf(mail.deleteAt)}.`,
      ])
    case 'deletion_in_7_days':
      return notice(dashboard, `All data of ${mail.name} will be deleted on ${dayOf(mail.deleteAt)}`, [
        `The subscription has ended. On ${dayOf(mail.deleteAt)} all projects and their data are deleted for good.`,
        `Export what you need before, or renew to keep everything.`,
      ])
  }
}

function notice(dashboard: string, subject: string, paragraphs: readonly string[]) {
  return { subject, text: [...paragraphs, `Renew or export: ${dashboard}/billing`].join('\n\n') }
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
