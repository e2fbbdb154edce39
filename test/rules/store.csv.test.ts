import { describe, expect, it } from 'vitest'
import { toCsv } from '../../worker/csv.ts'

const cellOf = async (value: string | number): Promise<string> => {
  const text = await toCsv(['x'], [{ x: value }], { name: 'x', nextCursor: null }).text()
  return text.slice('x\r\n'.length, -'\r\n'.length)
}

describe('a cell of CSV', () => {
  it.each(['=1+1', '+1', '-1', '@x', '\t=1', '\r=1', '\n=1', ' =1', '\uff1d1', '=cmd|calc', '-2+3', '  @x'])(
    'is text to a spreadsheet: %j',
    async (value) => expect(await cellOf(value)).toMatch(/^"?'/),
  )

  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['', ''],
    ['a=b', 'a=b'],
    [-5, '-5'],
    [0, '0'],
  ])('of %j is %j', async (value, cell) => expect(await cellOf(value)).toBe(cell))

  it('of a column that a row lacks is empty, and a list of nothing has its columns', async () => {
    const file = { name: 'x', nextCursor: null }
    expect(await toCsv(['a', 'b'], [{ b: 1 }], file).text()).toBe('a,b\r\n,1\r\n')
    expect(await toCsv(['a', 'b'], [], file).text()).toBe('a,b\r\n')
  })
})
