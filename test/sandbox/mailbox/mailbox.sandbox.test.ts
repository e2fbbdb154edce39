/** The stand-in of the mail service: what it takes, what it refuses in Resend's words, and what the mailbox shows. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startSandbox } from '../../support/sandbox.ts'
import { RESEND_API_KEY } from '../keys.ts'
import type { RunningSandbox } from '../../support/sandbox.ts'

let sandbox: RunningSandbox
beforeAll(async () => void (sandbox = await startSandbox()))
afterAll(() => sandbox.stop())
beforeEach(async () => void (await sandbox.control('DELETE', '/mailbox')))

const MAIL = {
  from: 'dream-api <hello@dream.example>',
  to: ['ada@example.com'],
  subject: 'You are invited',
  text: 'Come in: https://dream.example/join?a=1&b=2.\n\nSee you.',
}

async function send(mail: object, headers: Record<string, string> = {}) {
  const response = await sandbox.toService('https://api.resend.com/emails', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${RESEND_API_KEY}`,
      'content-type': 'application/json',
      'user-agent': 'dream-api',
      ...headers,
    },
    body: JSON.stringify(mail),
  })
  const text = await response.text()
  return {
    status: response.status,
    text,
    body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>,
  }
}

interface Shown {
  mails: {
    id: string
    to: string[]
    subject: string
    text: string | null
    sentAt: number
    idempotencyKey: string | null
  }[]
}
const mails = async (query = '') => (await sandbox.control<Shown>('GET', `/mailbox${query}`)).body.mails

test('keeps a mail and shows it, newest first, all or those to an address', async () => {
  const first = await send(MAIL)
  expect([first.status, first.body]).toEqual([200, { id: expect.stringMatching(/^[0-9a-f-]{36}$/) }])
  await send({ ...MAIL, to: 'Linus <Linus@example.com>', subject: 'Second' })
  expect((await mails()).map(({ subject }) => subject)).toEqual(['Second', 'You are invited'])
  const [found, ...others] = await mails('?to=linus@example.com')
  expect([found?.to, found?.subject, others]).toEqual([['Linus <Linus@example.com>'], 'Second', []])
})

test('sends once per idempotency key and day, and refuses the key for another mail', async () => {
  const key = { 'idempotency-key': 'invite/1' }
  const first = await send(MAIL, key)
  expect((await send(MAIL, key)).body).toEqual(first.body)
  expect(await mails()).toHaveLength(1)
  const other = await send({ ...MAIL, subject: 'Another' }, key)
  expect([other.status, other.body['statusCode'], other.body['name']]).toEqual([409, 409, 'invalid_idempotent_request'])
  expect((await send(MAIL, { 'idempotency-key': 'x'.repeat(257) })).body['name']).toBe('invalid_idempotency_key')
  await sandbox.advance(24 * 3_600_000 + 1000)
  expect((await send(MAIL, key)).body).not.toEqual(first.body)
})

test.each([
  [{ from: undefined }, 422, 'missing_required_field', 'Missing `from` field.'],
  [{ to: undefined }, 422, 'missing_required_field', 'Missing `to` field.'],
  [{ to: [] }, 422, 'missing_required_field', 'Missing `to` field.'],
  [{ subject: '' }, 422, 'missing_required_field', 'Missing `subject` field.'],
  [{ text: undefined }, 422, 'missing_required_field', 'Missing `html` or `text` field.'],
  [{ from: 'nobody' }, 422, 'invalid_from_address', 'Invalid `from` field.'],
  [{ to: ['a b@c'] }, 422, 'validation_error', 'Invalid `to` field.'],
  [{ to: Array.from({ length: 51 }, () => 'a@b.co') }, 422, 'validation_error', 'at most 50'],
  [{ subject: 5 }, 422, 'validation_error', '`subject` field must be a `string`'],
  [{ tags: [{ name: 'not plain', value: 'x' }] }, 422, 'validation_error', 'Tags should only contain'],
  [{ scheduled_at: 'tomorrow' }, 422, 'validation_error', 'does not simulate'],
])('refuses a mail in the words of the service: %j', async (wrong, status, name, message) => {
  const refused = await send({ ...MAIL, ...wrong })
  expect([refused.status, refused.body['name']]).toEqual([status, name])
  expect(refused.body['message']).toContain(message)
  expect(await mails()).toEqual([])
})

test('refuses who has no key, a wrong key, or does not say who he is', async () => {
  expect((await send(MAIL, { authorization: '' })).body['name']).toBe('missing_api_key')
  const wrong = await send(MAIL, { authorization: 'Bearer re_other' })
  expect([wrong.status, wrong.body['name']]).toEqual([403, 'invalid_api_key'])
  const nameless = await send(MAIL, { 'user-agent': '' })
  expect([nameless.status, nameless.text]).toEqual([403, 'error code: 1010'])
})

test('fails as planned, in the shape of the service', async () => {
  await sandbox.control('POST', '/faults', { service: 'mail', kind: 'status', status: 429 })
  const refused = await send(MAIL)
  expect([refused.status, refused.body['name']]).toEqual([429, 'rate_limit_exceeded'])
  expect((await send(MAIL)).status).toBe(200)
})

test('a person sees the words of a mail, links included, and nothing of it is markup', async () => {
  await send({ ...MAIL, subject: '<b>bold</b>' })
  await send({ ...MAIL, text: null, subject: 'Html', html: '<p>Press <a href="https://dream.example/go">here</a></p>' })
  const response = await sandbox.toService('http://localhost:8787/sandbox/mailbox', {
    headers: { accept: 'text/html' },
  })
  const text = await response.text()
  expect(text).toContain('href="https://dream.example/join?a=1&#38;b=2"')
  expect(text).toContain('href="https://dream.example/go"')
  expect(text).not.toContain('<b>bold</b>')
})
