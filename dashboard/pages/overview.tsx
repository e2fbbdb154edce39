/** A project at a glance: its figures, what happens now, and what still wants doing. All of it moves by itself. */

import { createMemo, For, Match, Show, Switch } from 'solid-js'
import { createAction, createRead } from '../state/read.ts'
import { call } from '../api/call.ts'
import type { DashboardView } from '../api/views.ts'
import { CustomersOverTime, RevenueOverTime, UsedOverTime } from '../components/charts.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Figure, Meter, Panel, Time } from '../components/parts.tsx'
import { Snippet } from '../components/snippet.tsx'
import { Steps } from '../components/steps.tsx'
import { Empty, Failed, Loaded, Loading } from '../components/states.tsx'
import { count, money, plural } from '../components/text.ts'
import { Happening } from '../components/happening.tsx'
import { projectNamed } from '../state/projects.ts'
import { useProject } from '../state/project.tsx'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

function Figures(props: { of: DashboardView }) {
  const { page, projectId } = useProject()
  const metrics = () => props.of.metrics
  const isStore = () => projectNamed(projectId)?.type === 'store'
  return (
    <div class="panel figures" data-testid="figures">
      <Show
        when={isStore()}
        fallback={
          <>
            <Figure name="MRR">{money(metrics().mrr, 'usd')}</Figure>
            <Figure
              name="Active subscriptions"
              href={page('/customers')}
              note={metrics().trialingSubs > 0 ? `${count(metrics().trialingSubs)} on trial` : undefined}
            >
              {count(metrics().activeSubs)}
            </Figure>
            <Figure name="Canceling">{count(metrics().cancelingSubs)}</Figure>
            <Figure name="Usage this period" href={page('/activity')}>
              {count(metrics().usageThisPeriod)}
            </Figure>
          </>
        }
      >
        <Figure name="Revenue" href={page('/orders')}>
          {money(metrics().storeTotalRevenue, 'usd')}
        </Figure>
        <Figure name="Orders" href={page('/orders')}>
          {count(metrics().storeSalesCount)}
        </Figure>
        <Figure name="Average order">{money(Math.round(props.of.avgOrderValue), 'usd')}</Figure>
        <Figure name="Low stock" href={page('/products')}>
          {count(metrics().lowStockProducts)}
        </Figure>
      </Show>
    </div>
  )
}

function Attention(props: { of: DashboardView }) {
  const { page } = useProject()
  const near = () =>
    props.of.customers.filter(({ usage, limit }) => typeof limit === 'number' && limit > 0 && usage >= limit * 0.8)
  const late = () => props.of.customers.filter(({ status }) => status === 'past_due')
  const isQuiet = () =>
    near().length === 0 && late().length === 0 && props.of.owedToBuyers.length === 0 && props.of.stuck === 0
  return (
    <Switch>
      <Match when={isQuiet()}>
        <p class="muted">Nothing waits for you.</p>
      </Match>
      <Match when={true}>
        <ul class="list">
          <For each={props.of.owedToBuyers}>
            {({ orderId, number }) => (
              <li>
                <Badge tone="bad">Refund</Badge>
                <a class="link" href={page(`/orders/${orderId}`)}>
                  No. {number}
                </a>
                paid and not fillable
              </li>
            )}
          </For>
          <Show when={props.of.stuck}>
            {(amount) => (
              <li>
                <Badge tone="warn">Stuck</Badge>
                {plural(amount(), 'delivery', 'deliveries')} tried again every hour
              </li>
            )}
          </Show>
          <For each={late()}>
            {({ id, email }) => (
              <li>
                <Badge tone="bad">Past due</Badge>
                <a class="link" href={page(`/customers/${encodeURIComponent(id)}`)}>
                  {email ?? id}
                </a>
              </li>
            )}
          </For>
          <For each={near().slice(0, 8)}>
            {(customer) => (
              <li>
                <a class="link spring truncate" href={page(`/customers/${encodeURIComponent(customer.id)}`)}>
                  {customer.email ?? customer.id}
                </a>
                <Meter used={customer.usage} limit={customer.limit} />
              </li>
            )}
          </For>
        </ul>
      </Match>
    </Switch>
  )
}

export default function Overview() {
  const project = useProject()
  const figures = createRead<DashboardView>(() => project.path('/dashboard'))
  project.keepFresh(figures, ['usage', 'customer', 'subscription', 'order', 'variant', 'product', 'project'])
  const known = () => projectNamed(project.projectId)
  const hasEvents = () => {
    const { usageThisPeriod = 0, activeSubs = 0, storeSalesCount = 0 } = figures.value()?.metrics ?? {}
    return usageThisPeriod + activeSubs + storeSalesCount > 0 || project.heard.length > 0
  }
  const send = createAction(async () => {
    await call('POST', project.path('/data'), { body: {}, headers: { 'X-User-Id': 'test_user' } })
    toast('Counted one call of test_user')
  })
  /** Whoever has begun looks at what happens, whoever has not at how to begin; nothing changes places while they look. */
  const hadEvents = createMemo((had: boolean | undefined) => had ?? (figures.value() && hasEvents()))
  const Joining = () => (
    <div class="columns">
      <Panel title={hasEvents() ? 'Put it into your app' : 'Get to the first event'}>
        <Show when={known()?.publishableKeys[project.mode]} fallback={<Loading />}>
          {(key) => <Snippet publishableKey={key()} />}
        </Show>
      </Panel>
      <Panel title="First steps">
        <Steps of={figures.value()!} />
      </Panel>
    </div>
  )
  const Now = () => (
    <div class="columns">
      <Panel title="Happening now">
        <Show
          when={project.heard.length > 0}
          fallback={
            <Empty>
              <span class="waiting">●</span> Waiting for the next event. It appears here by itself.
            </Empty>
          }
        >
          <Happening of={project.heard.slice(0, 12)} />
        </Show>
      </Panel>
      <Panel title="Needs attention">
        <Attention of={figures.value()!} />
      </Panel>
    </div>
  )
  return (
    <Page
      title={known()?.name ?? 'Overview'}
      about={
        <Show when={figures.at()}>
          {(at) => (
            <>
              As of <Time at={at()} />
            </>
          )}
        </Show>
      }
      actions={
        <Show when={project.mode === 'test' && mayDevelop() && known()?.type === 'saas'}>
          <Button busy={send.isBusy()} onClick={() => void send.run()}>
            Send test event
          </Button>
        </Show>
      }
    >
      <Show when={send.error()}>{(error) => <Failed error={error()} />}</Show>
      <Loaded read={figures} pick={(value) => value} rows={4}>
        {(value) => (
          <>
            <Figures of={value()} />
            <Show when={hasEvents()}>
              <Switch fallback={<UsedOverTime days={30} />}>
                <Match when={known()?.type === 'store'}>
                  <RevenueOverTime days={30} />
                </Match>
                <Match when={known()?.type === 'membership'}>
                  <CustomersOverTime days={30} />
                </Match>
              </Switch>
            </Show>
            <Show
              when={hadEvents()}
              fallback={
                <>
                  <Joining />
                  <Now />
                </>
              }
            >
              <Now />
              <Joining />
            </Show>
          </>
        )}
      </Loaded>
    </Page>
  )
}
