/** Does the app believe a webhook only when it is signed, whole and new? */

import { createHmac, randomBytes } from 'node:crypto'
import { Wrong } from '../command.ts'
import { right, wrong, type Finding } from './finding.ts'
import { send, type Answer, type Target } from './patient.ts'

const CHECK = 'webhook'
const TOO_OLD_S = 15 * 60

interface Letter {
  readonly body: string
  readonly headers: Record<string, string>
}

/** A `ping`, which means nothing to an app that hears it. */
function signed(secret: string, ageS = 0): Letter {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  if (key.length === 0) throw new Wrong('A webhook secret is whsec_ and base64.')
  const id = `doctor_${randomBytes(8).toString('hex')}`
  const at = String(Math.floor(Date.now() / 1000) - ageS)
  const body = JSON.stringify({ type: 'ping', timestamp: new Date().toISOString(), data: { endpointId: 'doctor' } })
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
  const headers = { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` }
  return { body, headers }
}

/** Sends one that is ours, if the secret is known, and several that are not. */
export async function onlyOursAreHeard(target: Target, secret: string | undefined): Promise<Finding> {
  const post = ({ body, headers }: Letter): Promise<Answer> =>
    send(target.url, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body })
  const stranger = signed(`whsec_${randomBytes(32).toString('base64')}`)
  const lies: [how: string, letter: Letter][] = [
    ['without a signature', { body: stranger.body, headers: {} }],
    ['signed by a stranger', stranger],
  ]
  if (secret !== undefined) {
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
        `A webhook of ours was answered ${heard.status}. Verify the raw body with DREAM_WEBHOOK_SECRET.`,
      )
  }
  for (const [how, letter] of lies)
    if ((await post(letter)).isServed)
      return wrong(CHECK, `A webhook ${how} was believed. Let verify() of @dream-api/sdk/webhooks judge it.`)
  const ours = secret === undefined ? 'Set DREAM_WEBHOOK_SECRET to see that ours are heard.' : 'Ours are heard.'
  return right(CHECK, `Refused: ${lies.map(([how]) => how).join(', ')}. ${ours}`)
}
