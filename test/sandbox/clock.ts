/**
 * The test clock of the app's sandbox build: every `Date` of this isolate runs `offset` ahead of the real one, and alarms
 * are set in real time. It exists in sandbox builds only; production code reads `Date.now()` and knows nothing of it.
 */

const RealDate = globalThis.Date
let offset = 0

export const realNow = (): number => RealDate.now()
export const currentOffset = (): number => offset

/** Moves this isolate's time. Never backwards: what was decided stays decided. */
export function setOffset(ms: number): void {
  offset = Math.max(offset, ms)
}

/** Alarms are kept by the platform in real time; the objects speak of the clock's. */
export function withRealAlarms(ctx: DurableObjectState): DurableObjectState {
  const setAlarm = ctx.storage.setAlarm.bind(ctx.storage)
  ctx.storage.setAlarm = async (at, options) => setAlarm(Math.max(Number(at) - offset, 0), options)
  return ctx
}

class ShiftedDate extends RealDate {
  constructor(...parts: unknown[]) {
    // A date made of nothing is now; any other is what its parts say.
    if (parts.length === 0) super(RealDate.now() + offset)
    else super(...(parts as [number]))
  }

  static override now(): number {
    return RealDate.now() + offset
  }
}

globalThis.Date = ShiftedDate as DateConstructor
