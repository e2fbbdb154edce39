/** Everything that a project has stored, for taking it elsewhere: read as it arrives, never held as a whole. */

import type { CallOptions, DreamClient } from './client.ts'
import { failed } from './error.ts'
import type { ExportTable } from './schema/export.ts'

export interface ExportRow {
  table: ExportTable
  row: Readonly<Record<string, unknown>>
}

type Line = ({ type: 'row' } & ExportRow) | { type: 'export' | 'end' }

export class ExportAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Walks every row of every table, or of one. Throws `invalid_answer` at the end of an export that was cut off.
   *
   * @example
   * ```ts
   * for await (const { table, row } of admin.exports.rows()) console.log(table, Object.keys(row).length)
   * ```
   */
  async *rows(input: { table?: ExportTable } = {}, options?: CallOptions): AsyncGenerator<ExportRow, void> {
    const response = await this.#client.get<Response>('/api/export', { ...options, query: input, raw: true })
    let isWhole = false
    for await (const text of linesOf(response)) {
      const line = JSON.parse(text) as Line
      if (line.type === 'row') yield { table: line.table, row: line.row }
      isWhole = line.type === 'end'
    }
    if (!isWhole) throw failed('invalid_answer', 'The export was cut off.', response.status)
  }

  /**
   * Gives one table as CSV, for reading on as it arrives: `text()` for all of it at once.
   *
   * @example
   * ```ts
   * const file = await admin.exports.csv('customers')
   * console.log((await file.text()).split('\n')[0])
   * ```
   */
  csv(table: ExportTable, options?: CallOptions): Promise<Response> {
    return this.#client.get('/api/export', { ...options, query: { table, format: 'csv' }, raw: true })
  }
}

async function* linesOf({ body }: Response): AsyncGenerator<string, void> {
  if (body === null) return
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      const lines = (rest + decoder.decode(value, { stream: !done })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line !== '') yield line
      if (done) break
    }
    if (rest !== '') yield rest
  } finally {
    await reader.cancel()
  }
}
