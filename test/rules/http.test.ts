import * as fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ERRORS, type Code } from '../../sdk/schema/error.ts'
import { Cursor } from '../../sdk/schema/common.ts'
import { UsageInput } from '../../sdk/schema/usage.ts'
import {
  fromCursor,
  parse,
  parseQuery,
  readJson,
  Refused,
  toCursor,
  toErrorResponse,
  toRefused,
} from '../../worker/http.ts'

const codeOf = (run: () => unknown): Code | 'nothing' => {
  try {
    run()
    return 'nothing'
  } catch (error) {
    if (error instanceof Refused) return error.code
    throw error
  }
}
const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request('http://x/', { method: 'POST', body, headers })
const refusalOf = async (promise: Promise<unknown>): Promise<Code> =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => (error as Refused).code,
  )

describe('[M2] a cursor', () => {
  it('comes back as it went, whatever it holds, and is always a cursor of the contract', () => {
    fc.assert(
      fc.property(fc.tuple(fc.integer(), fc.string({ unit: 'binary', maxLength: 40 })), (place) => {
        const wellFormed = [place[0], place[1].toWellFormed()]
        const cursor = toCursor(wellFormed)
        expect(fromCursor(cursor)).toEqual(wellFormed)
        expect(v.safeParse(Cursor, cursor).success).toBe(true)
      }),
    )
  })

  it.each(['', '*', 'a', 'e30', 'bnVsbA', 'IjEi', '____', 'W10=W10', btoa('[1'), btoa('{"length":2}')])(
    'that we never gave is refused: %j',
    (cursor) => expect(codeOf(() => fromCursor(cursor))).toBe('invalid_request'),
  )

  it('of any other text is refused or a list, never a crash', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        expect(['nothing', 'invalid_request']).toContain(codeOf(() => fromCursor(text)))
      }),
    )
  })
})

describe('[M2] every input is parsed at the border', () => {
  it('names each wrong field and what is wrong with it', () => {
    const input = { quantity: 0, meter: 'Bad Meter', colour: 'red' }
    try {
      parse(UsageInput, input)
      expect.unreachable()
    } catch (error) {
      const { message } = (error as Refused).detail
      expect(message).toContain('quantity must be at least 1')
      expect(message).toContain('meter must start with a letter')
      expect(message).toContain('colour is not a known field')
    }
  })

  it.each(['null', '[]', '[{}]', '"text"', '7', 'true'])('refuses %s where an object belongs', async (body) =>
    expect(await refusalOf(readJson(post(body), UsageInput))).toBe('invalid_request'),
  )

  it('refuses a query parameter that is given twice, and one that is unknown', () => {
    const schema = v.strictObject({ a: v.string() })
    expect(parseQuery(new URL('http://x/?a=1'), schema)).toEqual({ a: '1' })
    for (const query of ['?a=1&a=2', '?a=1&b=2', '?'])
      expect(codeOf(() => parseQuery(new URL(`http://x/${query}`), schema))).toBe('invalid_request')
  })

  it('takes no body for an empty object', async () => {
    expect(await readJson(post('  '), UsageInput)).toEqual({ meter: 'requests', quantity: 1 })
  })

  it('refuses what is not JSON, not UTF-8, too deep or too large', async () => {
    expect(await refusalOf(readJson(post('{'), v.unknown()))).toBe('invalid_json')
    expect(await refusalOf(readJson(post(new Uint8Array([0x22, 0xff, 0x22])), v.unknown()))).toBe('invalid_json')
    expect(await refusalOf(readJson(post('['.repeat(16) + ']'.repeat(16)), v.unknown()))).toBe('invalid_request')
    expect(await refusalOf(readJson(post('['.repeat(17) + ']'.repeat(17)), v.unknown()))).toBe('invalid_json')
    expect(await readJson(post(JSON.stringify('[{'.repeat(50))), v.unknown())).toBe('[{'.repeat(50))
    expect(await readJson(post(`"${'x'.repeat(64 * 1024 - 2)}"`), v.unknown())).toHaveLength(64 * 1024 - 2)
    expect(await refusalOf(readJson(post(`"${'x'.repeat(64 * 1024 - 1)}"`), v.unknown()))).toBe('payload_too_large')
  })
})

describe('[M1] every error is JSON that says what to do', () => {
  it.each(Object.keys(ERRORS) as Code[])('%s', async (code) => {
    const response = toErrorResponse({ code, detail: {} }, 'req_1')
    const body = (await response.json()) as Record<string, unknown>
    expect(response.status).toBe(ERRORS[code].status)
    expect(response.headers.get('Content-Type')).toBe('application/json')
    expect(body).toEqual({ code, error: ERRORS[code].error, message: ERRORS[code].message, requestId: 'req_1' })
    expect(body['message']).not.toBe('')
    if (response.status === 503) expect(response.headers.get('Retry-After')).toBe('1')
  })

  it('says when to come back where it knows', () => {
    const response = toErrorResponse({ code: 'rate_limited', detail: { retryAfter: 17 } }, 'req_1')
    expect(response.headers.get('Retry-After')).toBe('17')
  })

  it.each([
    [{ overloaded: true }, 'overloaded'],
    [{ durableObjectReset: true }, 'outcome_unknown'],
    [{ retryable: true }, 'outcome_unknown'],
    [{ remote: true, retryable: true }, 'internal'],
    [{ message: 'database or disk is full: SQLITE_FULL' }, 'storage_full'],
    [new TypeError('secret sk_test_x'), 'internal'],
    [null, 'internal'],
    [undefined, 'internal'],
    ['a string', 'internal'],
  ] as const)('a throw of %o is answered %s and tells nothing [F40]', (error, code) => {
    const refused = toRefused(error)
    expect(refused.code).toBe(code)
    expect(refused.detail).toEqual({})
  })
})
