/** What is sold by subscription. Before a change is made, the server says whom it touches. */

import { createSignal, For, Show } from 'solid-js'
import { unwrap } from 'solid-js/store'
import { INTERVALS, type Interval, type MeterLimit, type Price } from '../../sdk/schema/catalog.ts'
import { DEFAULT_METER } from '../../sdk/schema/usage.ts'
import { call } from '../api/call.ts'
import type { ImpactView, TierView } from '../api/views.ts'
import { Conflict, differences } from '../components/conflict.tsx'
import { Confirm, Field } from '../components/dialog.tsx'
import { FormDialog, Input, textOf } from '../components/form.tsx'
import { Page } from '../components/page.tsx'
import { Badge, Button, Facts, Panel } from '../components/parts.tsx'
import { Empty, Loaded } from '../components/states.tsx'
import { count, fromMinor, limitText, money, plural, toMinor } from '../components/text.ts'
import { useProject } from '../state/project.tsx'
import { createAction, createRead } from '../state/read.ts'
import { mayDevelop } from '../state/session.ts'
import { toast } from '../state/toasts.ts'

const onSale = (tier: TierView): readonly Price[] =>
  tier.prices
    .filter((price) => price.onSale)
    .map(({ interval, unitAmount, currency }) => ({ interval, unitAmount, currency }))

/** What a form says about a tier; a problem by field when it cannot be meant. */
function readTier(data: FormData, before: TierView | null) {
  const problems: Record<string, string> = {}
  const known = before === null ? [] : onSale(before)
  const prices = INTERVALS.flatMap((interval): Price[] => {
    const text = textOf(data, interval)
    const currency = known.find((price) => price.interval === interval)?.currency ?? known[0]?.currency ?? 'usd'
    if (text === '') return []
    const unitAmount = toMinor(text, currency)
    if (unitAmount === null) problems[interval] = 'must be an amount like 19 or 19.50'
    return unitAmount === null ? [] : [{ interval, unitAmount, currency }]
  })
  // Prices in further currencies are not in the form and stay as they are.
  const others = known.filter(
    (price, index) => known.findIndex(({ interval }) => interval === price.interval) !== index,
  )
  const entries = Object.entries(before?.limits ?? { [DEFAULT_METER]: { limit: null, period: 'subscription' } })
  const limits = Object.fromEntries(
    (entries as [string, MeterLimit][]).map(([meter, limit]) => {
      const text = textOf(data, `limit ${meter}`).replaceAll(/[\s,.']/g, '')
      const isFree = data.get(`free ${meter}`) === 'on'
      if (!isFree && !/^\d{1,15}$/.test(text)) problems[`limit ${meter}`] = 'must be a whole number, or no limit'
      return [meter, { ...limit, limit: isFree ? null : Number(text) }]
    }),
  )
  const trial = textOf(data, 'trialDays')
  return {
    problems,
    patch: {
      displayName: textOf(data, 'displayName'),
      description: textOf(data, 'description'),
      features: textOf(data, 'features')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
      popular: data.get('popular') === 'on',
      trialDays: trial === '' ? null : Number(trial),
      prices: [...prices, ...others],
      limits,
    },
  }
}

const INTERVAL_NAMES: Readonly<Record<Interval, string>> = { month: 'Price a month', year: 'Price a year' }

function Impact(props: { of: ImpactView }) {
  const moved = () => props.of.prices.filter((price) => price.subscribers > 0 && price.becomes !== price.unitAmount)
  return (
    <div class="note" data-tone={moved().length > 0 || props.of.overLimit.count > 0 ? 'warn' : undefined}>
      <Show when={props.of.subscribers === 0}>
        <p>Nobody pays this tier yet. The next buyer sees it as it is now.</p>
      </Show>
      <For each={moved()}>
        {(price) => (
          <p>
            {plural(price.subscribers, 'subscriber')} at {money(price.unitAmount, price.currency)} a {price.interval}{' '}
            would pay {money(price.becomes, price.currency)} if they are moved.
          </p>
        )}
      </For>
      <Show when={props.of.subscribers > 0 && moved().length === 0}>
        <p>{plural(props.of.subscribers, 'subscriber')}: what they pay stays as it is.</p>
      </Show>
      <For each={props.of.monthly.filter(({ before, after }) => before !== after)}>
        {({ currency, before, after }) => (
          <p>
            A month: {money(before, currency)} now, {money(after, currency)} when all are moved.
          </p>
        )}
      </For>
      <Show when={props.of.overLimit.count > 0}>
        <p>{plural(props.of.overLimit.count, 'customer')} used more than the new limit and would be refused at once.</p>
      </Show>
    </div>
  )
}

/** The fields of one version that another does not have so. */
const changedIn = <P extends object>(patch: P, from: P): Partial<P> =>
  Object.fromEntries(
    Object.entries(patch).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify((from as Record<string, unknown>)[name]),
    ),
  ) as Partial<P>

/** A tier in words, to be compared. */
const inWords = (tier: TierView): Record<string, string> => ({
  Name: tier.displayName,
  Description: tier.description,
  Features: tier.features.join(', '),
  Popular: tier.popular ? 'Yes' : 'No',
  Trial: tier.trialDays === null ? 'None' : plural(tier.trialDays, 'day'),
  Prices: onSale(tier)
    .map((price) => `${money(price.unitAmount, price.currency)} a ${price.interval}`)
    .join(', '),
  Limits: Object.entries(tier.limits)
    .map(([meter, { limit, period }]) => `${meter} ${limitText(limit)} by ${period}`)
    .join(', '),
})

/** The tier is as it was when it was opened: what moves meanwhile must not move the form. */
function Editor(props: { tier: TierView | null; close: () => void; saved: () => Promise<void> }) {
  const project = useProject()
  const [problems, setProblems] = createSignal<Readonly<Record<string, string>>>({})
  const [impact, setImpact] = createSignal<ImpactView | null>(null)
  const [revision, setRevision] = createSignal(props.tier?.revision)
  let opened: ReturnType<typeof readTier>['patch'] | null = null
  const path = (rest = '') => project.path(`/tiers/${encodeURIComponent(props.tier?.slug ?? '')}${rest}`)
  const save = createAction(async (data: FormData) => {
    const { problems: found, patch } = readTier(data, props.tier)
    setProblems(found)
    if (Object.keys(found).length > 0) return
    const changed = opened === null ? patch : changedIn(patch, opened)
    if (props.tier === null)
      await call('POST', project.path('/tiers'), { body: { slug: textOf(data, 'slug'), ...patch } })
    else if (impact() === null) {
      const { prices, limits } = changed
      setImpact((await call<{ impact: ImpactView }>('POST', path('/preview'), { body: { prices, limits } })).impact)
      return
    } else {
      const subscribers = data.get('migrate') === 'on' ? 'migrate' : 'keep'
      await call('PATCH', path(), { body: { ...changed, subscribers, ifRevision: revision() } })
    }
    await props.saved()
    toast('Tier saved')
    props.close()
  })
  const conflict = () => {
    const error = save.error()
    if (error?.code !== 'tier_changed' || props.tier === null) return null
    const tier = error.detail['tier'] as TierView
    return { tier, differences: differences(inWords(props.tier), inWords(tier)) }
  }
  function goOn(theirs: TierView): void {
    setRevision(theirs.revision)
    setImpact(null)
    save.forget()
  }
  const priceOf = (interval: Interval): string => {
    const price = props.tier === null ? undefined : onSale(props.tier).find((one) => one.interval === interval)
    return price === undefined ? '' : fromMinor(price.unitAmount, price.currency)
  }
  const currency = () => (props.tier && onSale(props.tier)[0]?.currency) || 'usd'
  const limits = () =>
    Object.entries(props.tier?.limits ?? ({ [DEFAULT_METER]: { limit: 1000, period: 'subscription' } } as const))
  return (
    <FormDialog
      title={props.tier === null ? 'New tier' : `Edit ${props.tier.displayName}`}
      act={props.tier === null ? 'Add tier' : impact() === null ? 'See whom it touches' : 'Save the change'}
      action={save}
      fields={['displayName', 'slug', 'description', 'features', 'trialDays']}
      wide
      submit={(data) => void save.run(data)}
      close={props.close}
      opened={(data) => {
        opened = readTier(data, props.tier).patch
      }}
      notice={
        <Show when={conflict()}>
          {(theirs) => (
            <Conflict error={save.error()!} theirs={theirs().differences} goOn={() => goOn(theirs().tier)} />
          )}
        </Show>
      }
    >
      {/* What was looked at must be what is saved: a change after the preview asks for another. */}
      <div class="stack" onInput={(event) => event.target.id !== 'migrate' && setImpact(null)}>
        <div class="fields">
          <Input label="Name" name="displayName" required value={props.tier?.displayName ?? ''} error={save.error()} />
          <Show when={props.tier === null}>
            <Input label="Slug" name="slug" required hint="Your code says it; it never changes." error={save.error()} />
          </Show>
        </div>
        <Input label="Description" name="description" value={props.tier?.description ?? ''} error={save.error()} />
        <div class="fields">
          <For each={INTERVALS}>
            {(interval) => (
              <Input
                label={`${INTERVAL_NAMES[interval]} (${currency().toUpperCase()})`}
                name={interval}
                money
                value={priceOf(interval)}
                hint={interval === 'month' ? '0 is free.' : 'Empty: not sold by the year.'}
                problem={problems()[interval]}
              />
            )}
          </For>
          <Input
            label="Days of trial"
            name="trialDays"
            type="number"
            value={String(props.tier?.trialDays ?? '')}
            hint="Empty: none."
            error={save.error()}
          />
        </div>
        <For each={limits()}>
          {([meter, { limit, period }]) => (
            <div class="fields">
              <Input
                label={`Limit of ${meter}, by ${period}`}
                name={`limit ${meter}`}
                value={limit === null ? '' : String(limit)}
                problem={problems()[`limit ${meter}`]}
              />
              <label class="check">
                <input type="checkbox" name={`free ${meter}`} checked={limit === null} />
                No limit
              </label>
            </div>
          )}
        </For>
        <Field label="Features" hint="One a line.">
          {(field) => (
            <textarea {...field} class="input" name="features">
              {(props.tier?.features ?? []).join('\n')}
            </textarea>
          )}
        </Field>
        <label class="check">
          <input type="checkbox" name="popular" checked={props.tier?.popular ?? false} />
          Shown as the popular one
        </label>
        <Show when={impact()}>
          {(touched) => (
            <>
              <Impact of={touched()} />
              <Show when={touched().subscribers > 0}>
                <label class="check">
                  <input type="checkbox" id="migrate" name="migrate" />
                  Move subscribers to the new price with their next invoice
                </label>
              </Show>
            </>
          )}
        </Show>
      </div>
    </FormDialog>
  )
}

export default function Tiers() {
  const project = useProject()
  const tiers = createRead<{ tiers: readonly TierView[] }>(() => project.path('/tiers/all'), { key: 'slug' })
  project.keepFresh(tiers, ['tier', 'subscription'])
  const [editing, setEditing] = createSignal<TierView | 'new' | null>(null)
  const [archiving, setArchiving] = createSignal<TierView | null>(null)
  const setArchived = createAction(async (tier: TierView, isArchived: boolean) => {
    await call('POST', project.path(`/tiers/${encodeURIComponent(tier.slug)}/${isArchived ? 'archive' : 'restore'}`))
    setArchiving(null)
    toast(isArchived ? `${tier.displayName} is not sold any more` : `${tier.displayName} is on sale again`)
    await tiers.refresh()
  })
  const edited = () => {
    const one = editing()
    return one === 'new' ? null : one
  }
  return (
    <Page
      title="Tiers"
      about="The lowest first, as your customers see them."
      actions={
        <Show when={mayDevelop()}>
          <Button tone="primary" onClick={() => setEditing('new')}>
            New tier
          </Button>
        </Show>
      }
    >
      <Loaded read={tiers} pick={(value) => value.tiers} rows={8}>
        {(list) => (
          <div class="cards">
            <For
              each={list()}
              fallback={
                <Panel>
                  <Empty>No tier yet. A free one and one that is paid are a good beginning.</Empty>
                </Panel>
              }
            >
              {(tier) => (
                <Panel
                  title={tier.displayName}
                  actions={
                    <>
                      <Show when={tier.isDefault}>
                        <Badge>Default</Badge>
                      </Show>
                      <Show when={tier.popular}>
                        <Badge tone="accent">Popular</Badge>
                      </Show>
                      <Show when={tier.archivedAt !== null}>
                        <Badge>Not sold</Badge>
                      </Show>
                    </>
                  }
                >
                  <div class="stack">
                    <p class="figure">
                      {onSale(tier)[0] ? money(onSale(tier)[0]!.unitAmount, onSale(tier)[0]!.currency) : 'No price'}
                    </p>
                    <Facts
                      of={[
                        ['Slug', <span class="mono">{tier.slug}</span>],
                        [
                          'Prices',
                          onSale(tier)
                            .map((price) => `${money(price.unitAmount, price.currency)} a ${price.interval}`)
                            .join(', '),
                        ],
                        ...Object.entries(tier.limits).map(
                          ([meter, { limit, period }]) => [meter, `${limitText(limit)} · ${period}`] as const,
                        ),
                        ['Trial', tier.trialDays === null ? 'None' : plural(tier.trialDays, 'day')],
                        ['Subscribers', count(tier.subscribers)],
                      ]}
                    />
                    <Show when={mayDevelop()}>
                      <div class="row">
                        <Button small onClick={() => setEditing(structuredClone(unwrap(tier)))}>
                          Edit
                        </Button>
                        <Show
                          when={tier.archivedAt === null}
                          fallback={
                            <Button small onClick={() => void setArchived.run(tier, false)}>
                              Sell again
                            </Button>
                          }
                        >
                          <Show when={!tier.isDefault}>
                            <Button small onClick={() => setArchiving(tier)}>
                              Archive
                            </Button>
                          </Show>
                        </Show>
                      </div>
                    </Show>
                  </div>
                </Panel>
              )}
            </For>
          </div>
        )}
      </Loaded>
      <Show when={editing() !== null}>
        <Editor tier={edited()} saved={tiers.refresh} close={() => setEditing(null)} />
      </Show>
      <Show when={archiving()}>
        {(tier) => (
          <Confirm
            title={`Stop selling ${tier().displayName}?`}
            act="Stop selling it"
            isBusy={setArchived.isBusy()}
            error={setArchived.error()}
            run={() => void setArchived.run(tier(), true)}
            close={() => setArchiving(null)}
          >
            <p class="muted">
              {plural(tier().subscribers, 'subscriber')} stay on it and go on paying. It can be sold again.
            </p>
          </Confirm>
        )}
      </Show>
    </Page>
  )
}
