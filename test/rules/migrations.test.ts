/** The reports' schema: files that a deployment has run. */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const folder = new URL('../../worker/migrations/', import.meta.url).pathname

/** The text of each file as it was released. Append a file, never edit one; a new one is added here when it is released. */
const RELEASED: Readonly<Record<string, string>> = {
  '0001_mirrors.sql': 'cea6ea7c665fe3d0',
  '0002_store.sql': '7ba097ef74916ba6',
  '0003_disputes.sql': 'e7d0a2b393d77975',
  '0004_accounts.sql': 'a99ebc3cbdfd6102',
  '0005_recurring.sql': '26751cae39e0e4aa',
  '0006_days.sql': 'b1798ed95a9e5492',
  '0007_people.sql': '0d57d8676c673a59',
}

it('D1’s migrations are appended, never edited', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  const hashOf = (name: string) =>
    createHash('sha256')
      .update(readFileSync(folder + name))
      .digest('hex')
      .slice(0, 16)
  expect(Object.fromEntries(files.map((name) => [name, hashOf(name)]))).toMatchObject(RELEASED)
})
