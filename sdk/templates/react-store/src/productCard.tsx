/** One product in the grid, and all about it in a dialog. */

import type { Product, Variant } from '@dream-api/sdk'
import { useId, useRef, useState } from 'react'
import { putInCart, quantityOf } from './cart'
import { config } from './config'
import { nameOf, priceOf } from './shop'
import { useCart } from './shopState'

export function ProductCard({ product }: { product: Product }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useId()
  const { details, close } = config.shop
  return (
    <li className="product stack">
      <Picture product={product} />
      <div className="row between">
        <h3>{product.name}</h3>
        <button className="button quiet small" onClick={() => dialog.current?.showModal()}>
          {details}
          <span className="sr">: {product.name}</span>
        </button>
      </div>
      <Choice product={product} />
      <dialog className="sheet" ref={dialog} aria-labelledby={title}>
        <div className="split">
          <Picture product={product} />
          <div className="stack">
            <h2 id={title}>{product.name}</h2>
            <p className="soft">{product.description}</p>
            <ul className="ticks">
              {(product.features ?? []).map((feature) => (
                <li key={feature}>{feature}</li>
              ))}
            </ul>
            <Choice product={product} />
            <form method="dialog">
              <button className="button quiet">{close}</button>
            </form>
          </div>
        </div>
      </dialog>
    </li>
  )
}

/** Which variant, and into the cart with it. */
function Choice({ product: { name, variants } }: { product: Product }) {
  const [chosenId, setChosen] = useState('')
  const chosen = variants.find(({ id }) => id === chosenId) ?? variants.find(({ soldOut }) => !soldOut) ?? variants[0]
  if (chosen === undefined) return null
  return (
    <>
      <p className="row between">
        <strong>{priceOf(chosen)}</strong>
        <Stock variant={chosen} />
      </p>
      {variants.length > 1 && (
        <select
          className="input"
          aria-label={name}
          value={chosen.id}
          onChange={(event) => setChosen(event.target.value)}
        >
          {variants.map((variant) => (
            <option key={variant.id} value={variant.id}>
              {nameOf(variant)}
              {variant.soldOut ? ` (${config.shop.soldOut})` : ''}
            </option>
          ))}
        </select>
      )}
      <AddButton name={name} variant={chosen} />
    </>
  )
}

function AddButton({ name, variant }: { name: string; variant: Variant }) {
  const inCart = quantityOf(useCart(), variant.id)
  const { soldOut, add, added } = config.shop
  return (
    <button
      className="button main wide"
      disabled={variant.soldOut || inCart >= (variant.available ?? 99)}
      onClick={() => putInCart(variant.id, inCart + 1)}
    >
      {variant.soldOut ? soldOut : inCart > 0 ? `${added} (${inCart})` : add}
      <span className="sr">: {name}</span>
    </button>
  )
}

function Stock({ variant: { available } }: { variant: Variant }) {
  const { few, fewFrom } = config.shop
  if (available === null || available === 0 || available > fewFrom) return null
  return (
    <span className="small soft">
      {available} {few}
    </span>
  )
}

function Picture({ product: { name, imageUrl } }: { product: Product }) {
  if (imageUrl) return <img className="picture" src={imageUrl} alt="" width={480} height={480} loading="lazy" />
  return (
    <div className="picture none" aria-hidden="true">
      {name.slice(0, 1)}
    </div>
  )
}
