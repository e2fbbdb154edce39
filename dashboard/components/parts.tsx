/** The small things every screen is made of. */

import { createSignal, createUniqueId, For, Show, type JSX } from 'solid-js'
import { isOffline } from '../state/network.ts'
import { now } from '../state/now.ts'
import { Icon, type IconName } from './icon.tsx'
import { count, exact, limitText, relative, sentence } from './text.ts'

export type Tone = 'ok' | 'warn' | 'bad' | 'accent' | 'none'

export function Button(
  props: {
    tone?: 'primary' | 'bad' | 'plain'
    small?: boolean
    busy?: boolean
    icon?: IconName
    label?: string
  } & Pick<JSX.ButtonHTMLAttributes<HTMLButtonElement>, 'type' | 'onClick' | 'disabled' | 'children' | 'autofocus'>,
) {
  return (
    <button
      type={props.type ?? 'button'}
      class="button"
      data-tone={props.tone}
      data-size={props.small ? 'small' : undefined}
      data-icon={props.children === undefined ? '' : undefined}
      disabled={props.disabled || props.busy || (isOffline() && (props.type === 'submit' || props.tone !== undefined))}
      aria-busy={props.busy}
      aria-label={props.label}
      title={props.label}
      autofocus={props.autofocus}
      onClick={props.onClick}
    >
      <Show when={props.icon}>{(name) => <Icon name={name()} />}</Show>
      {props.children}
    </button>
  )
}

export const Badge = (props: { tone?: Tone; children: JSX.Element }) => (
  <span class="badge" data-tone={props.tone}>
    {props.children}
  </span>
)

const TONES: Readonly<Record<string, Tone>> = {
  active: 'ok',
  trialing: 'accent',
  past_due: 'bad',
  unpaid: 'bad',
  canceling: 'warn',
  paid: 'ok',
  fulfilled: 'ok',
  pending: 'warn',
  processing: 'accent',
  unfillable: 'bad',
  disputed: 'bad',
  failed: 'bad',
  delivered: 'ok',
  applied: 'ok',
  done: 'ok',
  ending: 'warn',
}

/** A state is a word in a colour, never a colour alone. */
export const Status = (props: { of: string }) => <Badge tone={TONES[props.of] ?? 'none'}>{sentence(props.of)}</Badge>

export const Time = (props: { at: number | null | undefined; none?: string }) => (
  <Show when={props.at} fallback={<span class="faint">{props.none ?? 'Never'}</span>}>
    {(at) => (
      <time dateTime={new Date(at()).toISOString()} title={exact(at())}>
        {relative(at(), now())}
      </time>
    )}
  </Show>
)

export function Meter(props: { used: number; limit: number | 'unlimited' | null; wide?: boolean }) {
  const share = () => (typeof props.limit === 'number' && props.limit > 0 ? props.used / props.limit : 0)
  const tone = (): Tone => (share() >= 1 ? 'bad' : share() >= 0.8 ? 'warn' : 'none')
  return (
    <span class="meter" data-wide={props.wide ? '' : undefined}>
      <span class="bar" aria-hidden="true">
        <span data-tone={tone()} style={{ width: `${Math.min(100, share() * 100)}%` }} />
      </span>
      <span class="tabular">
        {count(props.used)} / {limitText(props.limit)}
      </span>
    </span>
  )
}

export async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text)
}

/** Says that it was copied where the eye is. */
export function createCopied() {
  const [isCopied, setCopied] = createSignal(false)
  const copy = async (text: string) => {
    await copyText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 1_500)
  }
  return { isCopied, copy }
}

const shortened = (text: string): string => (text.length > 28 ? `${text.slice(0, 16)}…${text.slice(-8)}` : text)

/** An id or key: short to look at, whole when copied. */
export function Copy(props: { text: string; whole?: boolean }) {
  const { isCopied, copy } = createCopied()
  return (
    <button type="button" class="copy" title={`Copy ${props.text}`} onClick={() => void copy(props.text)}>
      <span>{props.whole ? props.text : shortened(props.text)}</span>
      <Icon name={isCopied() ? 'check' : 'copy'} />
      <span class="visually-hidden" role="status">
        {isCopied() ? 'Copied' : ''}
      </span>
    </button>
  )
}

export function Code(props: { text: string; label: string }) {
  const { isCopied, copy } = createCopied()
  return (
    <div class="code">
      {/* It scrolls sideways, so the keyboard must reach it. */}
      <pre tabindex="0" role="region" aria-label={props.label}>
        {props.text}
      </pre>
      <Button
        small
        icon={isCopied() ? 'check' : 'copy'}
        label={`Copy ${props.label}`}
        onClick={() => void copy(props.text)}
      />
    </div>
  )
}

export function Panel(props: {
  title?: string
  actions?: JSX.Element
  tone?: 'bad'
  flush?: boolean
  children: JSX.Element
}) {
  return (
    <section class="panel" data-tone={props.tone} aria-label={props.title}>
      <Show when={props.title}>
        <header>
          <h2>{props.title}</h2>
          {props.actions}
        </header>
      </Show>
      <Show when={!props.flush} fallback={props.children}>
        <div class="body">{props.children}</div>
      </Show>
    </section>
  )
}

export const Figure = (props: { name: string; children: JSX.Element; href?: string; note?: JSX.Element }) => (
  <div>
    <p class="name">
      <Show when={props.href} fallback={props.name}>
        {(href) => (
          <a class="link" href={href()}>
            {props.name}
          </a>
        )}
      </Show>
    </p>
    <p class="figure">{props.children}</p>
    <Show when={props.note}>
      <p class="faint">{props.note}</p>
    </Show>
  </div>
)

export function Tabs<T extends string>(props: {
  label: string
  options: readonly { readonly id: T; readonly name: string }[]
  chosen: T
  choose: (id: T) => void
}) {
  return (
    <div class="tabs" role="tablist" aria-label={props.label}>
      <For each={props.options}>
        {({ id, name }) => (
          <button type="button" role="tab" aria-selected={props.chosen === id} onClick={() => props.choose(id)}>
            {name}
          </button>
        )}
      </For>
    </div>
  )
}

/** Names and their values. */
export const Facts = (props: { of: readonly (readonly [string, JSX.Element])[] }) => (
  <dl class="facts">
    <For each={props.of}>
      {([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      )}
    </For>
  </dl>
)

export function Sparkline(props: { values: readonly number[]; label: string }) {
  const id = createUniqueId()
  const line = () => {
    const top = Math.max(1, ...props.values)
    const step = 600 / Math.max(1, props.values.length - 1)
    const points = props.values.map((value, index) => `${index * step},${178 - (value / top) * 170}`)
    return `M0,180 L${points.join(' L')} L600,180 Z`
  }
  return (
    <svg class="chart" viewBox="0 0 600 180" preserveAspectRatio="none" role="img" aria-labelledby={id}>
      <title id={id}>{props.label}</title>
      <path d={line()} />
    </svg>
  )
}
