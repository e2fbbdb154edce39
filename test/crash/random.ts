/** Numbers from a seed, so that a run's choices can be made again; the machine's timing cannot. */

export class Random {
  readonly seed: number
  #state: number

  constructor(seed: number) {
    this.seed = seed
    this.#state = seed >>> 0
  }

  /** From `from` up to and including `to`. */
  between(from: number, to: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    const unit = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    return from + Math.floor(unit * (to - from + 1))
  }

  of<T>(items: readonly T[]): T {
    return items[this.between(0, items.length - 1)]!
  }

  /** So many of them, each once, in a new order. */
  some<T>(items: readonly T[], count: number): T[] {
    const pool = [...items]
    const picked: T[] = []
    while (picked.length < count && pool.length > 0) {
      const at = this.between(0, pool.length - 1)
      picked.push(pool[at]!)
      pool[at] = pool.at(-1)!
      pool.pop()
    }
    return picked
  }
}
