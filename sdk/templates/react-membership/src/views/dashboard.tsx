/** What there is to read, for whoever is signed in; a wall before what is for members. */

import { useCustomer } from '@dream-api/sdk/react'
import { useState } from 'react'
import { SignedIn } from '../account'
import { useAction } from '../action'
import { Bar } from '../bar'
import { config } from '../config'
import { dream } from '../dream'
import { isForMembers, readPiece, type Piece } from '../library'
import { Failure, Page } from '../parts'
import { Pieces } from '../pieces'
import { buy, listPlans } from '../plans'

export function Dashboard() {
  return (
    <Page bar={<Bar />}>
      <div className="wrap band tight stack wide">
        <h1>{config.library.title}</h1>
        <SignedIn to="/dashboard">
          <Shelf />
        </SignedIn>
      </div>
    </Page>
  )
}

function Shelf() {
  const { customer } = useCustomer(dream)
  const [piece, setPiece] = useState<Piece | null>(null)
  const open = useAction(async (id: string) => {
    setPiece(null)
    setPiece(await readPiece(id))
  })
  const { welcome, read } = config.library
  // Only what is said here depends on the page's plan. What may be read, the server decides.
  const isMember = customer !== null && customer.plan !== 'free'
  return (
    <div className="stack wide">
      {isMember && <p className="notice">{welcome}</p>}
      {isForMembers(open.error) ? <Wall /> : <Failure of={open.error} />}
      {piece !== null && <Text piece={piece} />}
      <Pieces
        heading="h2"
        action={({ id, title }) => (
          <button className="button" aria-disabled={open.isBusy} onClick={() => void open.act(id)}>
            {read}
            <span className="sr">: {title}</span>
          </button>
        )}
      />
    </div>
  )
}

/** Whoever pressed at the end of a long list sees what came of it. */
const intoView = (element: HTMLElement | null): void => element?.scrollIntoView({ block: 'nearest' })

const Text = ({ piece: { title, text } }: { piece: Piece }) => (
  <article className="panel stack" aria-live="polite" ref={intoView}>
    <h2>{title}</h2>
    {text.map((paragraph) => (
      <p key={paragraph}>{paragraph}</p>
    ))}
  </article>
)

/** The way to the checkout of the first plan that costs something. */
function Wall() {
  const { act, isBusy, error } = useAction(async () => {
    const plan = (await listPlans()).find(({ price }) => price > 0)
    if (plan !== undefined) await buy(plan)
  })
  const { wall, wallLine, join } = config.library
  return (
    <section className="notice stack" role="status" ref={intoView}>
      <div className="row between">
        <div>
          <strong>{wall}</strong>
          <p className="soft">{wallLine}</p>
        </div>
        <button className="button main" aria-disabled={isBusy} onClick={() => void act()}>
          {join}
        </button>
      </div>
      <Failure of={error} />
    </section>
  )
}
