/**
 * The test clock of the app's sandbox build: every `Date` of this isolate runs `offset` ahead of the real one, and alarms
 * are set in real time. It exists in sandbox builds only; production code reads `Date.now()` and knows nothing of it.
 */

const RealDate = globalThis.Date
let offset = 0
/** Where this isolate's time stands still; `null` while it runs. */
let held: number | null = null

export const realNow = (): number => RealDate.now()
export const currentOffset = (): number => offset

/** Moves this isolate's time. Never backwards: what was decided stays decided. */
export function setOffset(ms: number): void {
  offset = Math.max(offset, ms)
}

/** What time it is here. */
export const virtualNow = (): number => held ?? RealDate.now() + offset

/** Has this isolate's time stand still at a moment, or run again. Alarms and waiting go on in real time. */
export function holdAt(moment: number | null): void {
  held = moment
}

export const isHeld = (): boolean => held !== null

/** Alarms are kept by the platform in real time; the objects speak of the clock's. */
export function withRealAlarms(ctx: DurableObjectState): DurableObjectState {
  const setAlarm = ctx.storage.setAlarm.bind(ctx.storage)
  ctx.storage.setAlarm = async (at, options) => setAlarm(Math.max(Number(at) - offset, 0), options)
  return ctx
}

class ShiftedDate extends RealDate {
  constructor(...parts: unknown[]) {
    // A date made of nothing is now; any other is what its parts say.
    if (parts.length === 0) super(virtualNow())
    else super(...(parts as [number]))
  }

  static override now(): number {
    return virtualNow()
  }
}

globalThis.Date = ShiftedDate as DateConstructor
