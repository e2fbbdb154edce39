/** What is known to have happened to a customer, and why their next use would be served or refused. */

import { createSignal, For, Show } from 'solid-js'
import type { EntryView, ExplanationView } from '../api/views.ts'
import { query } from '../router.tsx'
import { useProject } from '../state/project.tsx'
import { createRead } from '../state/read.ts'
import { Badge, Button, Time, type Tone } from './parts.tsx'
import { Empty, Loaded } from './states.tsx'
import { count, limitText, money, sentence } from './text.ts'

/** What is called otherwise than its word. */
const NAMES: Readonly<Record<string, string>> = {
  joined: 'Signed up',
  'usage.80': '80 % used',
  'usage.100': 'All used',
  'usage.refused': 'Limit hit',
  event: 'Stripe said',
}

const TONES: Readonly<Record<string, Tone>> = {
  'checkout.complete': 'ok',
  'checkout.failed': 'bad',
  'payment.failed': 'bad',
  'subscription.created': 'ok',
  'subscription.renewed': 'ok',
  'subscription.canceled': 'warn',
  'subscription.ended': 'bad',
  'order.paid': 'ok',
  'order.disputed': 'bad',
  'usage.80': 'warn',
  'usage.100': 'bad',
  'usage.refused': 'bad',
}

function aboutOf({ what, detail }: EntryView): string {
  const { tier, unitAmount, total, currency, number, reason, type, used, limit, meter } = detail
  if (what === 'event') return [type, reason].filter((part) => part != null).join(' · ')
  if (what.startsWith('usage.')) return `${count(Number(used))} of ${count(Number(limit))} ${meter} · ${tier}`
  const amount = unitAmount ?? total
  const price = typeof amount === 'number' && typeof currency === 'string' ? money(amount, currency) : ''
  return [number === undefined ? '' : `No. ${number}`, tier ?? '', price, reason ?? '']
    .filter((part) => part !== '')
    .join(' · ')
}

/** What Stripe said of it all is shown when it is asked for. */
const isAsked = ({ what }: EntryView): boolean => query('story') === 'all' || what !== 'event'

/** Where more of it is told. */
function pageOf({ what, link }: EntryView): string | null {
  if (link === null) return null
  if (what.startsWith('order.')) return `/orders/${link}`
  return what === 'event' ? `/activity?tab=stripe&event=${encodeURIComponent(link)}` : null
}

export function Story(props: { id: string }) {
  const project = useProject()
  const read = createRead<{ entries: readonly EntryView[] }>(
    () => project.path(`/customers/${encodeURIComponent(props.id)}/timeline`),
    { key: 'at' },
  )
  project.keepFresh(read, ['customer', 'subscription', 'order', 'event', 'usage'])
  return (
    <Loaded read={read} pick={(value) => value.entries}>
      {(entries) => (
        <ul class="list">
          <For each={entries().filter(isAsked)} fallback={<Empty>Nothing yet.</Empty>}>
            {(entry) => (
              <li>
                <Badge tone={TONES[entry.what] ?? 'none'}>
                  {NAMES[entry.what] ?? sentence(entry.what.replace('.', ' '))}
                </Badge>
                <span class="spring truncate">
                  <Show when={pageOf(entry)} fallback={aboutOf(entry)}>
                    {(page) => (
                      <a class="link" href={project.page(page())}>
                        {aboutOf(entry)}
                      </a>
                    )}
                  </Show>
                </span>
                <Time at={entry.at} />
              </li>
            )}
          </For>
        </ul>
      )}
    </Loaded>
  )
}

const WHY: Readonly<Record<string, (of: ExplanationView) => string>> = {
  limit_reached: ({ usage, limitFrom }) =>
    `${count(usage.used)} of ${limitText(usage.limit)} ${usage.meter} are used, and ${count(usage.credits)} bought are left. The limit is ${
      limitFrom === 'customer'
        ? 'their own'
        : limitFrom === 'plan'
          ? `that of the plan ${usage.plan}`
          : 'none: the plan does not include this meter'
    }.`,
  subscription_expired: () => 'Your own subscription to us has ended, and with it the service of live projects.',
  unknown_meter: ({ usage }) => `No tier has the meter ${usage.meter}.`,
}

/** Asked of the server when it is pressed: the same decision that a call would meet, without counting. */
export function Explain(props: { id: string }) {
  const project = useProject()
  const [isAsked, setAsked] = createSignal(false)
  const read = createRead<ExplanationView>(() =>
    isAsked() ? project.path(`/customers/${encodeURIComponent(props.id)}/explain`) : null,
  )
  project.keepFresh(read, ['usage', 'customer', 'subscription', 'tier'])
  return (
    <Show
      when={isAsked()}
      fallback={
        <div class="row">
          <Button small onClick={() => setAsked(true)}>
            Explain the next call
          </Button>
        </div>
      }
    >
      <Loaded read={read} pick={(value) => value} rows={1}>
        {(answer) => (
          <div class="note" data-tone={answer().allowed ? 'ok' : 'bad'} role="status">
            <p>
              <strong>{answer().allowed ? 'The next call would be served.' : `Refused: ${answer().reason}.`}</strong>{' '}
              {answer().reason === null
                ? `${limitText(answer().usage.remaining)} ${answer().usage.meter} are left.`
                : WHY[answer().reason!]?.(answer())}
            </p>
            <Show when={answer().upgrade}>{(tier) => <p>The tier {tier()} would allow it.</p>}</Show>
            <p>At revision {count(answer().revision)} of the project</p>
          </div>
        )}
      </Loaded>
    </Show>
  )
}
