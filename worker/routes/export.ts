/** Everything that a project has stored, streamed: JSON lines of all tables, or one table as CSV. */

import type { ExportPage, ExportPlace } from '../../objects/exporting.ts'
import { EXPORT_TABLES, EXPORT_VERSION, ExportQuery, type ExportTable } from '../../sdk/schema/export.ts'
import { csvLine } from '../csv.ts'
import { need, NO_PAGE, parseQuery } from '../http.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'

/**
 * Answers a page only when the reader has taken the one before. The last line of JSON counts what was written, and is not
 * there when something was cut off.
 */
export async function whole({ url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { table, format } = parseQuery(url, ExportQuery)
  const read = async (of: ExportTable, after: ExportPlace | null) =>
    need(await projectAt(env, address).exportPage(caller, of, after))
  const tables = table === undefined ? EXPORT_TABLES : [table]
  const pages = pagesOf(tables, read)
  const first = await pages.next() // a refusal is an answer of its own, not a file that ends early
  const about = { projectId: address.projectId, mode: address.mode, tables }
  const text = format === 'csv' ? csvOf(first, pages) : linesOf(about, first, pages)
  const name = [address.projectId, address.mode, ...(table === undefined ? [] : [table])].join('-')
  return new Response(streamOf(text), {
    headers: {
      'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
      'Content-Disposition': `attachment; filename="${name}.${format}"`,
      'Cache-Control': 'no-store',
      ...NO_PAGE,
    },
  })
}

type Read = (table: ExportTable, after: ExportPlace | null) => Promise<ExportPage>
interface TablePage extends ExportPage {
  readonly table: ExportTable
}
type Pages = AsyncGenerator<TablePage, void>
type First = IteratorResult<TablePage, void>

async function* pagesOf(tables: readonly ExportTable[], read: Read): Pages {
  for (const table of tables) {
    let after: ExportPlace | null = null
    do {
      const page: ExportPage = await read(table, after)
      yield { ...page, table }
      after = page.next
    } while (after !== null)
  }
}

async function* withFirst(first: First, pages: Pages): Pages {
  if (first.done !== true) yield first.value
  yield* pages
}

async function* linesOf(about: object, first: First, pages: Pages): AsyncGenerator<string> {
  const line = (value: unknown) => `${JSON.stringify(value)}\n`
  yield line({ type: 'export', of: 'dream-api', version: EXPORT_VERSION, ...about, at: Date.now() })
  const counts: Record<string, number> = {}
  for await (const { table, rows } of withFirst(first, pages)) {
    counts[table] = (counts[table] ?? 0) + rows.length
    if (rows.length > 0) yield rows.map((row) => line({ type: 'row', table, row })).join('')
  }
  yield line({ type: 'end', counts })
}

async function* csvOf(first: First, pages: Pages): AsyncGenerator<string> {
  if (first.done === true) return
  const { columns } = first.value
  yield `${columns.join(',')}\r\n`
  for await (const { rows } of withFirst(first, pages))
    yield rows.map((row) => `${csvLine(columns.map((column) => cellOf(row[column])))}\r\n`).join('')
}

const cellOf = (value: unknown): string | number =>
  typeof value === 'number' || typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value)

/** What is written next is made when it is asked for, so that no more than a page is ever held. */
function streamOf(text: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await text.next()
        if (done === true) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      async cancel() {
        await text.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
