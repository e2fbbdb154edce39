/**
 * SQLite as the objects use it: every statement is read to its end, because an unread RETURNING cursor makes the
 * commit fail and resets the object (workerd #959). It knows no table.
 */

export type Row = Record<string, SqlStorageValue>
type Bound = string | number | null

export class Store {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  /** Runs a statement for its effect; answers how many rows it wrote, index rows included. */
  run(sql: string, ...bound: Bound[]): number {
    const cursor = this.#storage.sql.exec(sql, ...bound)
    cursor.toArray()
    return cursor.rowsWritten
  }

  all<T extends Row>(sql: string, ...bound: Bound[]): T[] {
    return this.#storage.sql.exec<T>(sql, ...bound).toArray()
  }

  /** The only row. Throws when there is none: the caller asserts that it exists. */
  one<T extends Row>(sql: string, ...bound: Bound[]): T {
    return this.#storage.sql.exec<T>(sql, ...bound).one()
  }

  maybe<T extends Row>(sql: string, ...bound: Bound[]): T | null {
    return this.#storage.sql.exec<T>(sql, ...bound).toArray()[0] ?? null
  }

  /** How many rows there are, in all tables. */
  rowCount(): number {
    const tables = this.all<{ name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'",
    )
    const counts = tables.map(({ name }) => this.one<{ n: number }>(`SELECT count(*) AS n FROM "${name}"`).n)
    return counts.reduce((total, n) => total + n, 0)
  }

  /** Raises a column by the same number wherever it is: in all tables that have one of this name. */
  raise(column: string, by: number): void {
    const tables = this.all<{ name: string }>(
      `SELECT t.name FROM pragma_table_list t, pragma_table_info(t.name) c
       WHERE t.type = 'table' AND t.name NOT GLOB '_cf_*' AND t.name NOT GLOB 'sqlite_*' AND c.name = ?`,
      column,
    )
    for (const { name } of tables) this.run(`UPDATE "${name}" SET "${column}" = "${column}" + ?`, by)
  }

  get sizeBytes(): number {
    return this.#storage.sql.databaseSize
  }
}

/** SQLite knows no boolean; STRICT tables refuse JavaScript's. */
export const bit = (value: boolean): 0 | 1 => (value ? 1 : 0)
