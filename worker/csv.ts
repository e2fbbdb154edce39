/** Rows as CSV that no spreadsheet mistakes for a formula. */

import { NO_PAGE } from './http.ts'

const FORMULA = /^\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

/** A cell: quoted when it must be, and made text when a spreadsheet would run it. */
function cell(value: string | number): string {
  const text = typeof value === 'number' ? String(value) : FORMULA.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export const csvLine = (values: readonly (string | number)[]): string => values.map(cell).join(',')

export function toCsv(
  columns: readonly string[],
  rows: readonly Record<string, string | number>[],
  file: { name: string; nextCursor: string | null },
): Response {
  const lines = [columns.join(','), ...rows.map((row) => csvLine(columns.map((column) => row[column] ?? '')))]
  return new Response(`${lines.join('\r\n')}\r\n`, {
    headers: {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="${file.name}.csv"`,
      'Cache-Control': 'no-store',
      ...NO_PAGE,
      ...(file.nextCursor === null ? {} : { 'X-Next-Cursor': file.nextCursor }),
    },
  })
}
