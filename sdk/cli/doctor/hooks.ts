/** Does the app believe a webhook only when it is signed, whole and new? */

import { createHmac, randomBytes } from 'node:crypto'
import { right, wrong, type Finding } from './finding.ts'
import { send, type Answer, type Target } from './patient.ts'

const CHECK = 'webhook'
const TOO_OLD_S = 15 * 60

interface Letter {
  readonly body: string
  readonly headers: Record<string, string>
}

const SECRET = /^(?:whsec_)?[\w+/-]+={0,2}$/
const keyOf = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64')

/** A `ping`, which means nothing to an app that hears it. */
function signed(secret: string, ageS = 0): Letter {
  const key = keyOf(secret)
  const id = `doctor_${randomBytes(8).toString('hex')}`
  const at = String(Math.floor(Date.now() / 1000) - ageS)
  const body = JSON.stringify({ type: 'ping', timestamp: new Date().toISOString(), data: { endpointId: 'doctor' } })
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
  const headers = { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` }
  return { body, headers }
}

/** Sends one that is ours, if the secret is known, and several that are not. */
export async function onlyOursAreHeard(target: Target, secret: string | undefined): Promise<Finding> {
  if (secret && !SECRET.test(secret))
    return wrong(
      CHECK,
      'DREAM_WEBHOOK_SECRET is not a webhook secret: whsec_ and base64, as POST /api/webhook-endpoints answered it.',
    )
  const post = ({ body, headers }: Letter): Promise<Answer> =>
    send(target.url, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body })
  const stranger = signed(`whsec_${randomBytes(32).toString('base64')}`)
  const lies: [how: string, letter: Letter][] = [
    ['without a signature', { body: stranger.body, headers: {} }],
    ['signed by a stranger', stranger],
  ]
  if (secret) {
    const ours = signed(secret)
    const changed = ours.body.replace('"ping"', '"order.paid"')
    lies.push(
      ['changed on its way', { ...ours, body: changed }],
      ['signed a quarter of an hour ago', signed(secret, TOO_OLD_S)],
    )
    const heard = await post(ours)
    if (!heard.isServed)
      return wrong(
        CHECK,
        `A webhook of ours was answered ${heard.says}. Verify the raw body, and run the app with the same DREAM_WEBHOOK_SECRET as the doctor.`,
      )
  }
  for (const [how, letter] of lies)
    if ((await post(letter)).isServed)
      return wrong(CHECK, `A webhook ${how} was believed. Let verify() of @dream-api/sdk/webhooks judge it.`)
  const refused = `Refused: ${lies.map(([how]) => how).join(', ')}.`
  return secret
    ? right(CHECK, `${refused} What is signed with DREAM_WEBHOOK_SECRET is heard.`)
    : wrong(CHECK, `${refused} Set DREAM_WEBHOOK_SECRET: without it nobody knows what becomes of ours, changed or old.`)
}
