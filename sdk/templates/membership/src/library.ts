/** What there is to read, as the server gives it out. */

import { DreamAPIException, type DreamAPIError } from '@dream-api/sdk'
import type { Piece } from '../server/pieces'
import { dream, whoIsIt } from './dream'

export type { Piece }
export type Head = Omit<Piece, 'text'>

export async function listPieces(): Promise<readonly Head[]> {
  const { pieces } = await ask<{ pieces: readonly Head[] }>('/api/content')
  return pieces
}

/** Throws with status 401 or 402 when it is for members, and this is none. */
export async function readPiece(id: string): Promise<Piece> {
  const { piece } = await ask<{ piece: Piece }>(`/api/content?id=${encodeURIComponent(id)}`)
  return piece
}

export const isForMembers = (error: unknown): boolean =>
  error instanceof DreamAPIException && (error.status === 401 || error.status === 402)

async function ask<T>(path: string): Promise<T> {
  await whoIsIt()
  const token = await dream.auth.getToken()
  const response = await fetch(path, token === null ? {} : { headers: { Authorization: `Bearer ${token}` } })
  const body: unknown = await response.json()
  if (!response.ok) throw new DreamAPIException(body as DreamAPIError, response.status)
  return body as T
}
