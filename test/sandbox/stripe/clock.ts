/** The sandbox's time: real time plus an offset that outlives restarts and never shrinks. */

export class Clock {
  readonly #sql: SqlStorage
  #offset: number

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec('CREATE TABLE IF NOT EXISTS sandbox_clock (id INTEGER PRIMARY KEY, offset_ms INTEGER NOT NULL) STRICT')
    sql.exec('INSERT OR IGNORE INTO sandbox_clock VALUES (1, 0)')
    this.#offset = sql.exec<{ offset_ms: number }>('SELECT offset_ms FROM sandbox_clock').one().offset_ms
  }

  get offset(): number {
    return this.#offset
  }

  now(): number {
    return Date.now() + this.#offset
  }

  /** Moves to a later moment; an earlier one is ignored. */
  moveTo(moment: number) {
    if (moment <= this.now()) return
    this.#offset = Math.ceil(moment - Date.now())
    this.#sql.exec('UPDATE sandbox_clock SET offset_ms = ?', this.#offset)
  }
}
