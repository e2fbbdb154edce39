/** Everything on sale. */

import { Bar } from '../bar'
import { config } from '../config'
import { Failure, Page, Waiting } from '../parts'
import { ProductCard } from '../productCard'
import { useShop } from '../shopState'

export function Shop() {
  const { eyebrow, title, line } = config.hero
  return (
    <Page bar={<Bar />}>
      <section className="band">
        <div className="wrap stack">
          <p className="eyebrow">{eyebrow}</p>
          <h1>{title}</h1>
          <p className="lead">{line}</p>
        </div>
      </section>
      <section className="band tinted">
        <div className="wrap stack wide">
          <h2>{config.shop.title}</h2>
          <Products />
        </div>
      </section>
    </Page>
  )
}

function Products() {
  const { products, error } = useShop()
  if (error !== null) return <Failure of={error} />
  if (products === null) return <Waiting />
  if (products.length === 0) return <p className="soft">{config.shop.empty}</p>
  return (
    <ul className="grid shelf">
      {products.map((product) => (
        <ProductCard key={product.id} product={product} />
      ))}
    </ul>
  )
}
