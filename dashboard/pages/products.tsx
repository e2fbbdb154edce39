/** What a shop sells: products, their variants, and what is on the shelf. */

import { createSignal, For, Show } from 'solid-js'
import { call } from '../api/call.ts'
import type { Page as Paged, ProductView, VariantView } from '../api/views.ts'
import { Confirm } from '../components/dialog.tsx'
import { FormDialog, Input, textOf } from '../components/form.tsx'
import { Images } from '../components/images.tsx'
import { listQuery, Search, Table } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Panel } from '../components/parts.tsx'
import { Empty, Loaded } from '../components/states.tsx'
import { count, money, toMinor } from '../components/text.ts'
import { query } from '../router.tsx'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

const LOW = 5

function Stock(props: { variant: VariantView }) {
  return (
    <Show when={props.variant.available !== null} fallback={<span class="faint">No limit</span>}>
      <span class="row">
        <span class="tabular">{count(props.variant.available ?? 0)} left</span>
        <Show when={props.variant.soldOut}>
          <Badge tone="bad">Sold out</Badge>
        </Show>
        <Show when={!props.variant.soldOut && (props.variant.available ?? 0) <= LOW}>
          <Badge tone="warn">Low</Badge>
        </Show>
      </span>
    </Show>
  )
}

const titleOf = ({ options, sku }: VariantView): string =>
  Object.values(options).join(' · ') || sku || 'The only variant'

export default function Products() {
  const project = useProject()
  const products = createRead<Paged & { products: readonly ProductView[] }>(() =>
    project.path(`/products${listQuery(['search', 'cursor'])}`),
  )
  project.keepFresh(products, ['product', 'variant'])
  const [isAdding, setAdding] = createSignal(false)
  const [stock, setStock] = createSignal<VariantView | null>(null)
  const [pictured, setPictured] = createSignal<string | null>(null)
  const [archiving, setArchiving] = createSignal<ProductView | null>(null)
  const [problem, setProblem] = createSignal<string>()
  const add = createAction(async (data: FormData) => {
    const unitAmount = toMinor(textOf(data, 'price'), 'usd')
    setProblem(unitAmount === null ? 'must be an amount like 19.50' : undefined)
    if (unitAmount === null) return
    const left = textOf(data, 'stock')
    const variant = { prices: [{ unitAmount, currency: 'usd' }], stock: left === '' ? null : Number(left) }
    await call('POST', project.path('/products'), {
      body: { name: textOf(data, 'name'), description: textOf(data, 'description'), variants: [variant] },
    })
    setAdding(false)
    toast('Product added')
    await products.refresh()
  })
  const move = createAction(async (variant: VariantView, data: FormData) => {
    const reason = textOf(data, 'reason')
    const body = { delta: Number(textOf(data, 'delta')), ...(reason === '' ? {} : { reason }) }
    await call('POST', project.path(`/variants/${variant.id}/stock`), { body })
    setStock(null)
    toast('Stock changed')
    await products.refresh()
  })
  const archive = createAction(async (product: ProductView) => {
    await call('PATCH', project.path(`/products/${product.id}`), { body: { archived: true } })
    setArchiving(null)
    toast(`${product.name} is not sold any more`)
    await products.refresh()
  })
  return (
    <Page
      title="Products"
      actions={
        <>
          <Search label="Search products" name="search" />
          <Show when={mayDevelop()}>
            <Button tone="primary" onClick={() => setAdding(true)}>
              New product
            </Button>
          </Show>
        </>
      }
    >
      <Loaded read={products} pick={(value) => value.products} rows={8}>
        {(list) => (
          <For
            each={list()}
            fallback={
              <Panel>
                <Empty>{query('search') === '' ? 'Nothing is sold yet.' : 'No product goes by this name.'}</Empty>
              </Panel>
            }
          >
            {(product) => (
              <section class="panel" aria-label={product.name}>
                <header>
                  <Show when={product.imageUrl}>
                    {(url) => <img class="picture" src={url()} alt="" loading="lazy" width="32" height="32" />}
                  </Show>
                  <h2>{product.name}</h2>
                  <Show when={product.grant}>
                    {(grant) => (
                      <Badge tone="accent">
                        +{count(grant().quantity)} {grant().meter}
                      </Badge>
                    )}
                  </Show>
                  <Show when={product.archived}>
                    <Badge>Not sold</Badge>
                  </Show>
                  <Show when={mayDevelop() && !product.archived}>
                    <Button small onClick={() => setPictured(product.id)}>
                      Images
                    </Button>
                    <Button small onClick={() => setArchiving(product)}>
                      Archive
                    </Button>
                  </Show>
                </header>
                <Table
                  rows={product.variants}
                  empty="No variants"
                  columns={[
                    { name: 'Variant', cell: titleOf },
                    { name: 'SKU', cell: (row) => <span class="mono">{row.sku ?? ''}</span> },
                    {
                      name: 'Price',
                      isNumber: true,
                      cell: (row) => row.prices.map((price) => money(price.unitAmount, price.currency)).join(' · '),
                    },
                    { name: 'On the shelf', cell: (row) => <Stock variant={row} /> },
                    {
                      name: '',
                      isNumber: true,
                      cell: (row) => (
                        <Show when={mayDevelop() && row.available !== null}>
                          <Button small onClick={() => setStock(row)}>
                            Change stock
                          </Button>
                        </Show>
                      ),
                    },
                  ]}
                />
              </section>
            )}
          </For>
        )}
      </Loaded>
      <Show when={isAdding()}>
        <FormDialog
          title="New product"
          act="Add product"
          action={add}
          fields={['name', 'description']}
          submit={(data) => void add.run(data)}
          close={() => setAdding(false)}
        >
          <Input label="Name" name="name" required error={add.error()} />
          <Input label="Description" name="description" error={add.error()} />
          <div class="fields">
            <Input label="Price in USD" name="price" money required problem={problem()} error={add.error()} />
            <Input label="Stock" name="stock" type="number" hint="Empty: no limit." error={add.error()} />
          </div>
        </FormDialog>
      </Show>
      <Show when={stock()}>
        {(variant) => (
          <FormDialog
            title={`Stock of ${titleOf(variant())}`}
            act="Change stock"
            action={move}
            fields={['delta', 'reason']}
            submit={(data) => void move.run(variant(), data)}
            close={() => setStock(null)}
          >
            <p class="muted">{count(variant().available ?? 0)} left now. What is sold meanwhile is not lost by this.</p>
            <div class="fields">
              <Input
                label="More or fewer"
                name="delta"
                type="number"
                required
                hint="12 came in: 12. Two broke: -2."
                error={move.error()}
              />
              <Input label="Why" name="reason" hint="For the stock's own history." error={move.error()} />
            </div>
          </FormDialog>
        )}
      </Show>
      <Show when={products.value()?.products.find(({ id }) => id === pictured())}>
        {(product) => <Images product={product()} changed={products.refresh} close={() => setPictured(null)} />}
      </Show>
      <Show when={archiving()}>
        {(product) => (
          <Confirm
            title={`Stop selling ${product().name}?`}
            act="Stop selling it"
            isBusy={archive.isBusy()}
            error={archive.error()}
            run={() => void archive.run(product())}
            close={() => setArchiving(null)}
          >
            <p class="muted">It leaves the shop at once. Orders and holds that are open go on.</p>
          </Confirm>
        )}
      </Show>
    </Page>
  )
}
