/** What there is to read, as the server gives it out. */

import { DreamAPIException } from '@dream-api/sdk'
import type { Piece } from '../server/pieces'
import { askOwn } from './own'

export type { Piece }
export type Head = Omit<Piece, 'text'>

export async function listPieces(): Promise<readonly Head[]> {
  const { pieces } = await askOwn<{ pieces: readonly Head[] }>('/api/content')
  return pieces
}

/** Throws with status 401 or 402 when it is for members, and this is none. */
export async function readPiece(id: string): Promise<Piece> {
  const { piece } = await askOwn<{ piece: Piece }>(`/api/content?id=${encodeURIComponent(id)}`)
  return piece
}

export const isForMembers = (error: unknown): boolean =>
  error instanceof DreamAPIException && (error.status === 401 || error.status === 402)
