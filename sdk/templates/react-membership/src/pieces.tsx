/** The pieces side by side, each with whatever the page wants to do with it. */

import type { ReactNode } from 'react'
import { config } from './config'
import { listPieces, type Head } from './library'
import { Failure, Waiting } from './parts'
import { useRead } from './read'

export function Pieces({ action }: { action?: (piece: Head) => ReactNode }) {
  const { value: pieces, error } = useRead(listPieces)
  const { free, members, minutes: min } = config.inside
  if (error !== null) return <Failure of={error} />
  if (pieces === null) return <Waiting />
  return (
    <ul className="grid">
      {pieces.map((piece) => (
        <li key={piece.id} className="panel stack plan">
          <p className="row between small">
            <span className="badge">{piece.isFree ? free : members}</span>
            <span className="soft">
              {piece.minutes} {min}
            </span>
          </p>
          <h3>{piece.title}</h3>
          <p className="soft">{piece.line}</p>
          {action?.(piece)}
        </li>
      ))}
    </ul>
  )
}
