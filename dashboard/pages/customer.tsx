/** One customer: what they used, what they pay, and what can be done for them. */

import { createSignal, For, Show } from 'solid-js'
import { call } from '../api/call.ts'
import type { CustomerView, OrderView, TierView, UsageView } from '../api/views.ts'
import { Confirm, Field } from '../components/dialog.tsx'
import { FormDialog, Input, textOf } from '../components/form.tsx'
import { Happening, customerOf } from '../components/happening.tsx'
import { Calls } from '../components/calls.tsx'
import { CustomerActs } from '../components/customerActs.tsx'
import { Explain, Story } from '../components/story.tsx'
import { Choice } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Copy, Facts, Meter, Panel, Status, Time } from '../components/parts.tsx'
import { Empty, Loaded } from '../components/states.tsx'
import { count, money } from '../components/text.ts'
import { lastPart, navigate } from '../router.tsx'
import { clockNow } from '../state/now.ts'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

function Usage(props: { id: string }) {
  const project = useProject()
  const usage = createRead<UsageView>(() => project.path('/usage'), {
    key: 'meter',
    headers: { 'X-User-Id': props.id },
  })
  project.keepFresh(usage, ['usage', 'customer', 'subscription'])
  return (
    <Loaded read={usage} pick={(value) => Object.values(value.meters)}>
      {(meters) => (
        <ul class="stack">
          <For each={meters()} fallback={<li class="muted">This plan counts nothing.</li>}>
            {(meter) => (
              <li class="stack tight">
                <div class="row">
                  <strong class="spring">{meter.meter}</strong>
                  <Show when={!meter.allowed}>
                    <Badge tone="bad">Refused at the limit</Badge>
                  </Show>
                </div>
                <Meter wide used={meter.used} limit={meter.limit} />
                <p class="faint">
                  <Show when={meter.credits > 0}>{count(meter.credits)} bought on top · </Show>
                  <Show when={meter.resetsAt} fallback="Never begins anew">
                    {(at) => (
                      <>
                        Begins anew <Time at={at()} />
                      </>
                    )}
                  </Show>
                </p>
              </li>
            )}
          </For>
        </ul>
      )}
    </Loaded>
  )
}

function ChangePlan(props: { customer: CustomerView; close: () => void; changed: () => Promise<void> }) {
  const project = useProject()
  const tiers = createRead<{ tiers: readonly TierView[] }>(() => project.path('/tiers/all'), { key: 'slug' })
  const change = createAction(async (data: FormData) => {
    const plan = textOf(data, 'plan')
    await call('PATCH', project.path(`/customers/${encodeURIComponent(props.customer.id)}`), {
      body: { plan: plan === '' ? null : plan },
    })
    await props.changed()
    toast('Plan changed')
    props.close()
  })
  return (
    <FormDialog
      title="Change plan"
      act="Change plan"
      action={change}
      submit={(data) => void change.run(data)}
      close={props.close}
    >
      <p class="muted">
        A plan that you give costs them nothing. A subscription that they pay at Stripe is not touched and goes on.
      </p>
      <Field label="Plan given">
        {(field) => (
          <select {...field} class="select" name="plan">
            <option value="">None: what they bought, or the free tier</option>
            <For each={tiers.value()?.tiers.filter(({ archivedAt }) => archivedAt === null)}>
              {({ slug, displayName }) => (
                <option value={slug} selected={props.customer.grantedPlan === slug}>
                  {displayName}
                </option>
              )}
            </For>
          </select>
        )}
      </Field>
    </FormDialog>
  )
}

const DAY_MS = 86_400_000

/** What this customer alone may use, over the plan. */
function OwnLimits(props: { customer: CustomerView; close: () => void; changed: () => Promise<void> }) {
  const project = useProject()
  const tiers = createRead<{ tiers: readonly TierView[] }>(() => project.path('/tiers/all'), { key: 'slug' })
  const meters = () => [...new Set((tiers.value()?.tiers ?? []).flatMap(({ limits }) => Object.keys(limits)))]
  const [problem, setProblem] = createSignal<{ meter: string; text: string } | null>(null)
  const change = createAction(async (data: FormData) => {
    setProblem(null)
    const days = Number(textOf(data, 'days'))
    const until = days > 0 ? clockNow() + days * DAY_MS : null
    const limits: Record<string, { limit: number | null; until: number | null }> = {}
    for (const meter of meters()) {
      const text = textOf(data, `limit.${meter}`)
      if (data.get(`free.${meter}`) !== null) limits[meter] = { limit: null, until }
      else if (/^\d{1,12}$/.test(text)) limits[meter] = { limit: Number(text), until }
      else if (text !== '') return void setProblem({ meter, text: 'must be a whole number' })
    }
    await call('PATCH', project.path(`/customers/${encodeURIComponent(props.customer.id)}`), {
      body: { limits: Object.keys(limits).length === 0 ? null : limits },
    })
    await props.changed()
    toast('Limits changed')
    props.close()
  })
  return (
    <FormDialog
      title="Limits of this customer"
      act="Change limits"
      action={change}
      submit={(data) => void change.run(data)}
      close={props.close}
    >
      <p class="muted">In the place of the plan’s, counted in the plan’s periods. Left empty, the plan’s hold.</p>
      <For each={meters()} fallback={<Empty>No tier has a meter yet.</Empty>}>
        {(meter) => {
          const own = () => props.customer.limits?.[meter]
          return (
            <div class="stack tight">
              <Input
                label={meter}
                name={`limit.${meter}`}
                problem={problem()?.meter === meter ? problem()?.text : undefined}
                value={String(own()?.limit ?? '')}
              />
              <label class="row">
                <input type="checkbox" name={`free.${meter}`} checked={own() !== undefined && own()?.limit === null} />
                No limit of {meter}
              </label>
            </div>
          )
        }}
      </For>
      <Field label="For how long">
        {(field) => (
          <select {...field} class="select" name="days">
            <option value="0">Until it is changed</option>
            <option value="1">A day</option>
            <option value="7">A week</option>
            <option value="30">30 days</option>
          </select>
        )}
      </Field>
    </FormDialog>
  )
}

export default function Customer() {
  const project = useProject()
  const id = lastPart()
  const path = project.path(`/customers/${encodeURIComponent(id)}`)
  const read = createRead<{ customer: CustomerView }>(() => path)
  const email = () => read.value()?.customer.email ?? null
  const orders = createRead<{ orders: readonly OrderView[] }>(() =>
    email() === null ? null : project.path(`/orders?email=${encodeURIComponent(email()!)}&limit=10`),
  )
  project.keepFresh(read, ['customer', 'subscription'])
  project.keepFresh(orders, ['order'])
  const [open, setOpen] = createSignal<'plan' | 'limits' | 'remove' | null>(null)
  const heard = () => project.heard.filter((change) => customerOf(change) === id).slice(0, 12)
  const remove = createAction(async () => {
    await call('DELETE', path)
    toast('Customer removed')
    navigate(project.page('/customers'))
  })
  return (
    <Page
      title={email() ?? id}
      about={<Copy text={id} />}
      actions={
        <Show when={mayDevelop() && read.value()}>
          <Button onClick={() => setOpen('plan')}>Change plan</Button>
          <Button onClick={() => setOpen('limits')}>Limits</Button>
          <Button tone="bad" onClick={() => setOpen('remove')}>
            Remove
          </Button>
        </Show>
      }
    >
      <Loaded read={read} pick={(value) => value.customer} rows={6}>
        {(customer) => (
          <div class="columns">
            <div class="stack">
              <Panel title="Happening now">
                <Show
                  when={heard().length > 0}
                  fallback={<Empty>Nothing since this page was opened. What happens appears here by itself.</Empty>}
                >
                  <Happening of={heard()} />
                </Show>
              </Panel>
              <Panel
                title="What they did"
                actions={<Choice label="What" name="story" none="Without events" options={[['all', 'Everything']]} />}
              >
                <Story id={id} />
              </Panel>
              <Panel title="Orders">
                <Loaded read={orders} pick={(value) => value.orders}>
                  {(list) => (
                    <ul class="list">
                      <For each={list()} fallback={<li class="muted">No orders.</li>}>
                        {(order) => (
                          <li>
                            <a class="link" href={project.page(`/orders/${order.id}`)}>
                              No. {order.number}
                            </a>
                            <Status of={order.status} />
                            <span class="spring" />
                            <span class="tabular">{money(order.amounts.total, order.currency)}</span>
                            <Time at={order.times['created']} />
                          </li>
                        )}
                      </For>
                    </ul>
                  )}
                </Loaded>
                <Show when={email() === null}>
                  <Empty>Orders are found by e-mail, and this customer has none.</Empty>
                </Show>
              </Panel>
              <h2>Calls of the last seven days</h2>
              <Calls customerId={id} />
            </div>
            <div class="stack">
              <Panel title="Usage">
                <div class="stack">
                  <Usage id={id} />
                  <Explain id={id} />
                </div>
              </Panel>
              <Panel title="Subscription">
                <For
                  each={customer().subscriptions}
                  fallback={<Empty>Pays nothing. They can buy a plan through your app at any time.</Empty>}
                >
                  {(one) => (
                    <Facts
                      of={[
                        ['Status', <Status of={one.status} />],
                        ['Plan', one.tier],
                        ['Price', `${money(one.unitAmount, one.currency)} a ${one.interval}`],
                        ['Period ends', <Time at={one.currentPeriodEnd} />],
                        ...(one.cancelAt === null ? [] : ([['Ends', <Time at={one.cancelAt} />]] as const)),
                        ['At Stripe', <Copy text={one.id} />],
                      ]}
                    />
                  )}
                </For>
              </Panel>
              <Panel title="Who it is">
                <Facts
                  of={[
                    ['Plan', <Badge>{customer().plan}</Badge>],
                    ...Object.entries(customer().limits ?? {}).map(
                      ([meter, { limit, until }]) =>
                        [
                          `${meter}, own limit`,
                          <>
                            {limit === null ? 'No limit' : count(limit)}
                            <Show when={until}>
                              {(at) => (
                                <>
                                  {' '}
                                  until <Time at={at()} />
                                </>
                              )}
                            </Show>
                          </>,
                        ] as const,
                    ),
                    ['Given', customer().grantedPlan ?? <span class="faint">Nothing</span>],
                    [
                      'Name',
                      [customer().firstName, customer().lastName].filter((part) => part !== null).join(' ') || (
                        <span class="faint">Unknown</span>
                      ),
                    ],
                    ['Since', <Time at={customer().createdAt} />],
                  ]}
                />
              </Panel>
              <Show when={mayDevelop()}>
                <CustomerActs id={id} />
              </Show>
            </div>
            <Show when={open() === 'plan'}>
              <ChangePlan customer={customer()} changed={read.refresh} close={() => setOpen(null)} />
            </Show>
            <Show when={open() === 'limits'}>
              <OwnLimits customer={customer()} changed={read.refresh} close={() => setOpen(null)} />
            </Show>
          </div>
        )}
      </Loaded>
      <Show when={open() === 'remove'}>
        <Confirm
          title={`Remove ${email() ?? id}?`}
          act={`Remove ${email() ?? id}`}
          isBusy={remove.isBusy()}
          error={remove.error()}
          run={() => void remove.run()}
          close={() => setOpen(null)}
        >
          <p class="muted">
            Their subscription is ended at Stripe now, open payment pages are closed, and they are forgotten here.
            Orders stay.
          </p>
        </Confirm>
      </Show>
    </Page>
  )
}
