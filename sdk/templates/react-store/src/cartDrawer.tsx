/** The cart, in a drawer at the side. */

import type { Product, Variant } from '@dream-api/sdk'
import { useRef } from 'react'
import { useAction } from './action'
import { checkOut, putInCart, type Line } from './cart'
import { config } from './config'
import { Failure } from './parts'
import { findVariant, nameOf, priceOf } from './shop'
import { useCart, useShop } from './shopState'
import { money } from './words'

export function CartButton() {
  const dialog = useRef<HTMLDialogElement>(null)
  const { lines } = useCart()
  const count = lines.reduce((sum, { quantity }) => sum + quantity, 0)
  return (
    <>
      <button className="button" onClick={() => dialog.current?.showModal()}>
        {config.cart.open} <span className="badge">{count}</span>
      </button>
      <dialog className="drawer" ref={dialog} aria-labelledby="cart-title">
        <div className="row between">
          <h2 id="cart-title">{config.cart.title}</h2>
          <form method="dialog">
            <button className="button quiet">{config.shop.close}</button>
          </form>
        </div>
        {lines.length === 0 ? <p className="soft">{config.cart.empty}</p> : <Contents lines={lines} />}
      </dialog>
    </>
  )
}

function Contents({ lines }: { lines: readonly Line[] }) {
  const { products } = useShop()
  const { act, isBusy, error } = useAction(checkOut)
  const known = lines.flatMap(({ variantId, quantity }) => {
    const found = findVariant(products ?? [], variantId)
    return found === null ? [] : [{ ...found, quantity }]
  })
  const total = known.reduce((sum, { variant, quantity }) => sum + variant.price * quantity, 0)
  return (
    <>
      <ul className="stack lines">
        {known.map((item) => (
          <Item key={item.variant.id} {...item} />
        ))}
      </ul>
      <p className="row between">
        <span>{config.cart.total}</span>
        <strong>{money(total, known[0]?.variant.currency)}</strong>
      </p>
      <p className="small soft">{config.cart.note}</p>
      <Failure of={error} />
      <button className="button main big wide" aria-disabled={isBusy} onClick={() => void act()}>
        {isBusy ? config.cart.busy : config.cart.checkout}
      </button>
    </>
  )
}

function Item({ product, variant, quantity }: { product: Product; variant: Variant; quantity: number }) {
  const facts = [nameOf(variant), priceOf(variant)].filter((fact) => fact !== '')
  return (
    <li className="row between">
      <div>
        <strong>{product.name}</strong>
        <p className="small soft">{facts.join(' · ')}</p>
        {variant.soldOut && <p className="small bad">{config.shop.soldOut}</p>}
      </div>
      <div className="row">
        <input
          className="input amount"
          type="number"
          min={1}
          max={variant.available ?? 99}
          value={quantity}
          aria-label={`${config.cart.quantity}: ${product.name}`}
          onChange={(event) => putInCart(variant.id, event.target.valueAsNumber || 1)}
        />
        <button
          className="button quiet"
          aria-label={`${config.cart.remove}: ${product.name}`}
          onClick={() => putInCart(variant.id, 0)}
        >
          ✕
        </button>
      </div>
    </li>
  )
}
