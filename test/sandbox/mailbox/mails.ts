/** The mails that were sent, and the idempotency keys that were used for them. SQL only. */
import type { MailInput } from './readMail.ts'

export interface Mail extends MailInput {
  id: string
  sentAt: number
  idempotencyKey: string | null
}

const KEY_TTL_MS = 24 * 60 * 60 * 1000

export class Mails {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS mails (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        idempotency_key TEXT,
        sent_at INTEGER NOT NULL,
        body TEXT NOT NULL
      ) STRICT;
      CREATE INDEX IF NOT EXISTS mails_by_key ON mails (idempotency_key) WHERE idempotency_key IS NOT NULL;
    `)
  }

  keep(mail: MailInput, { idempotencyKey, now }: { idempotencyKey: string | null; now: number }): string {
    const id = crypto.randomUUID()
    this.#sql.exec(
      'INSERT INTO mails (id, idempotency_key, sent_at, body) VALUES (?, ?, ?, ?)',
      id,
      idempotencyKey,
      now,
      JSON.stringify(mail),
    )
    return id
  }

  /** What was sent under this key within a day. */
  byKey(key: string, now: number): Mail | null {
    const rows = this.#sql
      .exec<Row>(
        'SELECT * FROM mails WHERE idempotency_key = ? AND sent_at > ? ORDER BY seq DESC',
        key,
        now - KEY_TTL_MS,
      )
      .toArray()
    return rows[0] ? toMail(rows[0]) : null
  }

  /** Newest first; those to an address, when one is given. */
  list(address: string | null): Mail[] {
    const mails = this.#sql.exec<Row>('SELECT * FROM mails ORDER BY seq DESC').toArray().map(toMail)
    const wanted = address?.toLowerCase() ?? null
    return mails.filter(({ to, cc, bcc }) => wanted === null || [...to, ...cc, ...bcc].map(addressOf).includes(wanted))
  }

  clear(): void {
    this.#sql.exec('DELETE FROM mails')
  }
}

type Row = { id: string; idempotency_key: string | null; sent_at: number; body: string }

const toMail = ({ id, idempotency_key, sent_at, body }: Row): Mail => ({
  ...(JSON.parse(body) as MailInput),
  id,
  sentAt: sent_at,
  idempotencyKey: idempotency_key,
})

/** The bare address of `Name <a@b.co>`. */
function addressOf(text: string): string {
  return (/<([^<>]+)>$/.exec(text)?.[1] ?? text).toLowerCase()
}
