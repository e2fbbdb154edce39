/** The pieces side by side, each with whatever the page wants to do with it. */

import type { ReactNode } from 'react'
import { config } from './config'
import { listPieces, type Head } from './library'
import { Failure, Waiting } from './parts'
import { useRead } from './read'

interface Cards {
  /** Of the cards' headings: one below what stands above the cards. */
  heading: 'h2' | 'h3'
  /** What a card ends with. */
  action?: (piece: Head) => ReactNode
}

export function Pieces({ heading: Heading, action }: Cards) {
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
          <Heading className="small-title">{piece.title}</Heading>
          <p className="soft">{piece.line}</p>
          {action?.(piece)}
        </li>
      ))}
    </ul>
  )
}
