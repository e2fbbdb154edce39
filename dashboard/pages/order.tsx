/** One order: what was bought, how it stands, and sending it, giving money back or ending it. */

import { createSignal, For, Show } from 'solid-js'
import { call } from '../api/call.ts'
import type { OrderView } from '../api/views.ts'
import { Confirm } from '../components/dialog.tsx'
import { FormDialog, Input, textOf } from '../components/form.tsx'
import { Table } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Button, Copy, Facts, Panel, Status, Time } from '../components/parts.tsx'
import { Failed, Loaded } from '../components/states.tsx'
import { fromMinor, money, sentence, toMinor } from '../components/text.ts'
import { lastPart } from '../router.tsx'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

const TIMES = ['created', 'processing', 'paid', 'fulfilled', 'refunded', 'disputed', 'ended'] as const

function Refund(props: { order: OrderView; path: string; close: () => void; done: () => Promise<void> }) {
  const left = () => props.order.amounts.total - props.order.amounts.refunded - props.order.amounts.lost
  const [problem, setProblem] = createSignal<string>()
  const idempotencyKey = crypto.randomUUID()
  const refund = createAction(async (data: FormData) => {
    const amount = toMinor(textOf(data, 'amount'), props.order.currency)
    setProblem(amount === null ? `must be an amount like ${fromMinor(left(), props.order.currency)}` : undefined)
    if (amount === null) return
    const isAll = amount === left()
    const body = { ...(isAll ? {} : { amount }), restock: data.get('restock') === 'on' }
    await call('POST', `${props.path}/refund`, { body, idempotencyKey })
    await props.done()
    toast('The money is on its way back')
    props.close()
  })
  return (
    <FormDialog
      title={`Refund order No. ${props.order.number}`}
      act="Refund"
      action={refund}
      fields={['amount']}
      submit={(data) => void refund.run(data)}
      close={props.close}
    >
      <Input
        label={`Amount in ${props.order.currency.toUpperCase()}`}
        name="amount"
        money
        required
        value={fromMinor(left(), props.order.currency)}
        hint={`At most ${money(left(), props.order.currency)} is left of what was paid.`}
        problem={problem()}
        error={refund.error()}
      />
      <label class="check">
        <input type="checkbox" name="restock" />
        Put the units back on the shelf
      </label>
    </FormDialog>
  )
}

export default function Order() {
  const project = useProject()
  const path = project.path(`/orders/${encodeURIComponent(lastPart())}`)
  const read = createRead<{ order: OrderView }>(() => path)
  project.keepFresh(read, ['order'])
  const [open, setOpen] = createSignal<'refund' | 'fulfil' | 'cancel' | null>(null)
  const order = () => read.value()?.order
  const isPaid = () => ['paid', 'fulfilled', 'partially_refunded', 'disputed'].includes(order()?.status ?? '')
  const fulfil = createAction(async (data: FormData) => {
    const given = ['trackingNumber', 'carrier'].flatMap((name) =>
      textOf(data, name) === '' ? [] : [[name, textOf(data, name)]],
    )
    await call('POST', `${path}/fulfill`, { body: Object.fromEntries(given) as object })
    await read.refresh()
    toast('Marked as sent')
    setOpen(null)
  })
  const giveBack = createAction(async () => {
    await call('POST', `${path}/refund`, { body: {} })
    await read.refresh()
    toast('The money is on its way back')
  })
  /** Paid after the last unit was sold. */
  const unfilled = () => (order()?.status === 'unfillable' ? order()!.amounts : null)
  const isOwed = () => (unfilled()?.refunded ?? 0) < (unfilled()?.total ?? 0)
  const cancel = createAction(async () => {
    await call('POST', `${path}/cancel`)
    await read.refresh()
    toast('Order canceled, its stock is free again')
    setOpen(null)
  })
  return (
    <Page
      title={order() ? `Order No. ${order()!.number}` : 'Order'}
      about={<Show when={order()}>{(one) => <Status of={one().status} />}</Show>}
      actions={
        <Show when={mayDevelop()}>
          <Show when={order()?.status === 'pending'}>
            <Button tone="bad" onClick={() => setOpen('cancel')}>
              Cancel order
            </Button>
          </Show>
          <Show when={isPaid()}>
            <Button onClick={() => setOpen('refund')}>Refund</Button>
          </Show>
          <Show when={isOwed()}>
            <Button tone="primary" busy={giveBack.isBusy()} onClick={() => void giveBack.run()}>
              Refund now
            </Button>
          </Show>
          <Show when={isPaid() && order()?.times['fulfilled'] === null}>
            <Button tone="primary" onClick={() => setOpen('fulfil')}>
              Mark as sent
            </Button>
          </Show>
        </Show>
      }
    >
      <Show when={unfilled()}>
        <p class="note" data-tone={isOwed() ? 'bad' : undefined} role="status">
          It was paid after the last unit was sold, so nothing is sent.{' '}
          {isOwed() ? 'The money goes back by itself, as soon as Stripe takes it.' : 'All of the money went back.'}
        </p>
      </Show>
      <Show when={giveBack.error()}>{(error) => <Failed error={error()} />}</Show>
      <Loaded read={read} pick={(value) => value.order} rows={6}>
        {(one) => (
          <div class="columns">
            <div class="stack">
              <Panel title="Bought" flush>
                <Table
                  rows={one().lines}
                  empty="Nothing"
                  columns={[
                    { name: 'Item', cell: (line) => [line.name, ...Object.values(line.options)].join(' · ') },
                    { name: 'SKU', cell: (line) => <span class="mono">{line.sku ?? ''}</span> },
                    { name: 'Each', isNumber: true, cell: (line) => money(line.unitAmount, one().currency) },
                    {
                      name: 'Quantity',
                      isNumber: true,
                      cell: (line) =>
                        line.refundedQuantity > 0
                          ? `${line.quantity} (${line.refundedQuantity} refunded)`
                          : `× ${line.quantity}`,
                    },
                  ]}
                />
              </Panel>
              <Panel title="Refunds">
                <ul class="list">
                  <For each={one().refunds} fallback={<li class="muted">None.</li>}>
                    {(refund) => (
                      <li>
                        <Status of={refund.state} />
                        <span class="spring">{refund.restocked ? 'put back on the shelf' : ''}</span>
                        <span class="tabular">{money(refund.amount, one().currency)}</span>
                        <Time at={refund.createdAt} />
                      </li>
                    )}
                  </For>
                </ul>
              </Panel>
            </div>
            <div class="stack">
              <Panel title="Amounts">
                <Facts
                  of={(['subtotal', 'discount', 'tax', 'shipping', 'total', 'refunded', 'lost'] as const)
                    .filter((name) => one().amounts[name] !== 0 || name === 'total')
                    .map((name) => [
                      sentence(name),
                      <span class="tabular">{money(one().amounts[name], one().currency)}</span>,
                    ])}
                />
              </Panel>
              <Panel title="Buyer">
                <Facts
                  of={[
                    ['E-mail', <bdi>{one().customer.email ?? 'Unknown'}</bdi>],
                    ['Name', one().customer.name ?? 'Unknown'],
                    ['Their page', <Copy text={one().orderUrl} />],
                    ['Tracking', one().tracking.number ?? 'None'],
                    ['Payment', one().paymentIntent === null ? 'None' : <Copy text={one().paymentIntent!} />],
                  ]}
                />
              </Panel>
              <Panel title="Times">
                <Facts
                  of={TIMES.filter((name) => one().times[name] != null).map((name) => [
                    sentence(name),
                    <Time at={one().times[name]} />,
                  ])}
                />
              </Panel>
            </div>
            <Show when={open() === 'refund'}>
              <Refund order={one()} path={path} done={read.refresh} close={() => setOpen(null)} />
            </Show>
          </div>
        )}
      </Loaded>
      <Show when={open() === 'fulfil'}>
        <FormDialog
          title="Mark as sent"
          act="Mark as sent"
          action={fulfil}
          fields={['trackingNumber', 'carrier']}
          submit={(data) => void fulfil.run(data)}
          close={() => setOpen(null)}
        >
          <Input label="Tracking number" name="trackingNumber" hint="May be left out." error={fulfil.error()} />
          <Input label="Carrier" name="carrier" hint="May be left out." error={fulfil.error()} />
        </FormDialog>
      </Show>
      <Show when={open() === 'cancel'}>
        <Confirm
          title="Cancel this order?"
          act="Cancel the order"
          isBusy={cancel.isBusy()}
          error={cancel.error()}
          run={() => void cancel.run()}
          close={() => setOpen(null)}
        >
          <p class="muted">
            Its payment page is closed and its stock is free again. If it was paid in this moment, it stays paid.
          </p>
        </Confirm>
      </Show>
    </Page>
  )
}
