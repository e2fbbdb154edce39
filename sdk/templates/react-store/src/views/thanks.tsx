/** Where a buyer comes back to after the payment. What has become of the order is told by its own page, not by this one. */

import { useEffect, useState } from 'react'
import { Bar } from '../bar'
import { emptyCart, lastOrder, type Placed } from '../cart'
import { config } from '../config'
import { Link } from '../link'
import { Page } from '../parts'

export function Thanks() {
  const [order, setOrder] = useState<Placed | null>(null)
  useEffect(() => {
    setOrder(lastOrder())
    emptyCart()
  }, [])
  const { title, line, order: see, back } = config.thanks
  return (
    <Page bar={<Bar />}>
      <div className="narrow band stack wide">
        <h1>{title}</h1>
        <p className="lead">{line}</p>
        <div className="row">
          {order !== null && (
            <a className="button main" href={order.url}>
              {see} {order.number}
            </a>
          )}
          <Link className="button" to="/">
            {back}
          </Link>
        </div>
      </div>
    </Page>
  )
}
