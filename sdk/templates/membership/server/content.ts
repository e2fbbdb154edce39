/** Gives out what may be read: what is free to everybody, the rest to members. Their plan is asked of dream-api each time. */

import { DreamAPI } from '@dream-api/sdk'
import { withPlan } from '@dream-api/sdk/server'
import { PIECES } from './pieces'

/** The tiers whose customers may read everything, by their slugs in the dashboard. */
const OPENED_BY = ['member']

type Handler = (request: Request) => Promise<Response>

/** `GET /api/content` lists the pieces, `?id=` answers one. The publishable key is enough: the customer's token says who asks. */
export function makeContent(settings: { publishableKey: string; baseUrl: string | undefined }): Handler {
  const dream = new DreamAPI(settings)
  const forMembers = withPlan({ dream, plans: OPENED_BY }, piece)
  return async (request) => {
    const id = idOf(request)
    if (id === null) return answer({ pieces: PIECES.map(({ text: _, ...head }) => head) })
    return PIECES.some((piece) => piece.id === id && !piece.isFree) ? forMembers(request) : piece(request)
  }
}

function piece(request: Request): Response {
  const found = PIECES.find(({ id }) => id === idOf(request))
  if (found !== undefined) return answer({ piece: found })
  return answer({ error: 'not_found', code: 'not_found', message: 'There is nothing of that name.' }, 404)
}

const idOf = (request: Request): string | null => new URL(request.url).searchParams.get('id')

const answer = (body: unknown, status = 200): Response =>
  Response.json(body, { status, headers: { 'Cache-Control': 'private, no-store' } })
