/** Calls of this app's own server, with the token of whoever is signed in. The server asks dream-api what they may do. */

import { DreamAPIException, type DreamAPIError } from '@dream-api/sdk'
import { dream, whoIsIt } from './dream'

/** Throws what the server refuses in the same words as the API does. */
export async function askOwn<T>(path: string, body?: unknown): Promise<T> {
  await whoIsIt()
  const token = await dream.auth.getToken()
  const headers = {
    'Content-Type': 'application/json',
    ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
  }
  const asked = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await fetch(path, asked)
  const answer: unknown = await response.json()
  if (!response.ok) throw new DreamAPIException(answer as DreamAPIError, response.status)
  return answer as T
}
