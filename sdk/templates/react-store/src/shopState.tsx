/** The shop and the cart, for every part of a page. */

import type { Product } from '@dream-api/sdk'
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
import { EMPTY, onCart, readCart, type Cart } from './cart'
import { watchShop } from './shop'

interface Shop {
  /** `null` until it is there. */
  readonly products: readonly Product[] | null
  readonly error: unknown
}

const Context = createContext<Shop>({ products: null, error: null })

export const useShop = (): Shop => useContext(Context)

export const useCart = (): Cart => useSyncExternalStore(onCart, readCart, () => EMPTY)

export function ShopProvider({ children }: { children: ReactNode }) {
  const [shop, setShop] = useState<Shop>({ products: null, error: null })
  useEffect(
    () =>
      watchShop(
        (products) => setShop({ products, error: null }),
        (error) => setShop({ products: null, error }),
      ),
    [],
  )
  return <Context value={shop}>{children}</Context>
}
