/** What the account pays us, and what it comes to this month. */

import { Show } from 'solid-js'
import { call } from '../api/call.ts'
import type { BillingView, InvoiceView } from '../api/views.ts'
import { Table } from '../components/list.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Facts, Figure, Meter, Panel, Sparkline, Status, Time } from '../components/parts.tsx'
import { Failed, Loaded } from '../components/states.tsx'
import { count, day, money, plural, sentence } from '../components/text.ts'
import { createAction, createRead } from '../state/read.ts'
import { isOwner } from '../state/session.ts'

export default function Billing() {
  const billing = createRead<BillingView>(() => '/account/billing', { key: 'day' })
  const invoices = createRead<{ invoices: readonly InvoiceView[] }>(() => '/account/billing/invoices')
  const go = createAction(async (where: 'checkout' | 'portal') => {
    location.assign((await call<{ url: string }>('POST', `/account/billing/${where}`)).url)
  })
  const runs = () => ['trialing', 'active', 'past_due'].includes(billing.value()?.subscription?.status ?? '')
  return (
    <Page
      title="Billing"
      about="Projects are made and tried for nothing. Going live takes the subscription."
      actions={
        <Show when={isOwner() && billing.value()}>
          <Show
            when={billing.value()?.subscription !== null}
            fallback={
              <Button tone="primary" busy={go.isBusy()} onClick={() => void go.run('checkout')}>
                {billing.value()?.trialAvailable ? 'Start the trial' : 'Subscribe'}
              </Button>
            }
          >
            <Show when={!runs()}>
              <Button tone="primary" busy={go.isBusy()} onClick={() => void go.run('checkout')}>
                Subscribe again
              </Button>
            </Show>
            <Button busy={go.isBusy()} onClick={() => void go.run('portal')}>
              Card and invoices
            </Button>
          </Show>
        </Show>
      }
    >
      <Show when={go.error()}>{(error) => <Failed error={error()} />}</Show>
      <Loaded read={billing} pick={(value) => value} rows={5}>
        {(value) => (
          <>
            <div class="panel figures">
              <Figure name="Subscription">
                {value().subscription === null ? 'None' : sentence(value().subscription!.status)}
              </Figure>
              <Figure
                name="This month comes to"
                note={
                  runs()
                    ? `${money(value().estimate.monthly, 'usd')} and ${money(value().estimate.overage, 'usd')} for customers`
                    : 'Once you subscribe'
                }
              >
                {money(value().estimate.total, value().estimate.currency)}
              </Figure>
              <Figure
                name="Live customers"
                note={value().counted === null ? 'Counted once a day' : `Counted ${value().counted!.day}`}
              >
                {count(value().counted?.customers ?? 0)}
              </Figure>
            </div>
            <Show when={value().ended}>
              {(ended) => (
                <p class="note" data-tone="bad">
                  The subscription ended {day(ended().endedAt)}. The API answers until {day(ended().blockedAt)};
                  everything is deleted for good on {day(ended().deleteAt)}. Paying again restores everything at once.
                </p>
              )}
            </Show>
            <Panel title="Included customers">
              <div class="stack">
                <Meter wide used={value().counted?.customers ?? 0} limit={value().estimate.includedCustomers} />
                <p class="muted">
                  {money(value().estimate.monthly, 'usd')} a month with {count(value().estimate.includedCustomers)} live
                  customers, $0.03 for each further one. Test mode and guests of a shop are free.
                </p>
                <Show when={value().estimate.furtherCustomers > 0}>
                  <p>
                    {plural(value().estimate.furtherCustomers, 'further customer')}:{' '}
                    {money(value().estimate.overage, value().estimate.currency)} this month.
                  </p>
                </Show>
                <Show when={value().days.length > 1}>
                  <Sparkline
                    values={value()
                      .days.map(({ customers }) => customers)
                      .toReversed()}
                    label="Live customers by day"
                  />
                </Show>
              </div>
            </Panel>
            <Show when={value().subscription}>
              {(one) => (
                <Panel title="Subscription">
                  <Facts
                    of={[
                      ['Status', <Status of={one().status} />],
                      ['Trial ends', <Time at={one().trialEnd} none="No trial" />],
                      ['Period ends', <Time at={one().currentPeriodEnd} none="Unknown" />],
                      ['Ends', <Time at={one().cancelAt} none="Goes on" />],
                    ]}
                  />
                </Panel>
              )}
            </Show>
          </>
        )}
      </Loaded>
      <Panel title="Invoices" flush>
        <Loaded read={invoices} pick={(value) => value.invoices}>
          {(list) => (
            <Table
              rows={list()}
              empty="No invoice yet."
              columns={[
                { name: 'Invoice', cell: (row) => row.number ?? row.id },
                { name: 'Status', cell: (row) => <Badge>{sentence(row.status ?? 'draft')}</Badge> },
                { name: 'Amount', isNumber: true, cell: (row) => money(row.total, row.currency) },
                { name: 'Made', cell: (row) => <Time at={row.createdAt} /> },
                {
                  name: '',
                  cell: (row) => (
                    <Show when={row.url}>
                      {(url) => (
                        <a class="link" href={url()} target="_blank" rel="noreferrer">
                          Open
                        </a>
                      )}
                    </Show>
                  ),
                },
              ]}
            />
          )}
        </Loaded>
      </Panel>
    </Page>
  )
}
