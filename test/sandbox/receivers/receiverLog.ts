/** What the receivers were sent, and how they are to answer next. SQL only. */

export interface Fault {
  status: number
  /** How many calls are still answered so. */
  times: number
  delayMs: number
  location: string | null
}

export interface Received {
  at: number
  method: string
  url: string
  headers: Record<string, string>
  body: string
  /** What was answered. */
  status: number
}

export class ReceiverLog {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS received (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        receiver TEXT NOT NULL,
        call TEXT NOT NULL
      ) STRICT;
      CREATE INDEX IF NOT EXISTS received_by_receiver ON received (receiver, seq);
      CREATE TABLE IF NOT EXISTS receiver_plans (receiver TEXT PRIMARY KEY, fault TEXT NOT NULL) STRICT;
    `)
  }

  write(receiver: string, call: Received): void {
    this.#sql.exec('INSERT INTO received (receiver, call) VALUES (?, ?)', receiver, JSON.stringify(call))
  }

  /** Oldest first: the order of arrival is what a test asks about. */
  read(receiver: string): Received[] {
    return this.#sql
      .exec<{ call: string }>('SELECT call FROM received WHERE receiver = ? ORDER BY seq', receiver)
      .toArray()
      .map(({ call }) => JSON.parse(call) as Received)
  }

  plan(receiver: string): Fault | null {
    const rows = this.#sql
      .exec<{ fault: string }>('SELECT fault FROM receiver_plans WHERE receiver = ?', receiver)
      .toArray()
    return rows[0] ? (JSON.parse(rows[0].fault) as Fault) : null
  }

  setPlan(receiver: string, fault: Fault): Fault {
    this.#sql.exec('INSERT OR REPLACE INTO receiver_plans VALUES (?, ?)', receiver, JSON.stringify(fault))
    return fault
  }

  /** The fault that strikes this call, counted down; null when all is well. */
  strike(receiver: string): Fault | null {
    const fault = this.plan(receiver)
    if (fault === null) return null
    if (fault.times > 1) this.setPlan(receiver, { ...fault, times: fault.times - 1 })
    else this.#sql.exec('DELETE FROM receiver_plans WHERE receiver = ?', receiver)
    return fault
  }

  forget(receiver: string): void {
    this.#sql.exec('DELETE FROM received WHERE receiver = ?', receiver)
    this.#sql.exec('DELETE FROM receiver_plans WHERE receiver = ?', receiver)
  }
}
