/** Reads the body of `POST /emails` as strictly as Resend, and refuses what Resend has and the stand-in has not. */
import { invalidMail, MailRefusal } from './refusal.ts'

export interface MailInput {
  from: string
  to: string[]
  cc: string[]
  bcc: string[]
  replyTo: string[]
  subject: string
  text: string | null
  html: string | null
  headers: Record<string, string>
  tags: { name: string; value: string }[]
}

type Body = Record<string, unknown>

const FIELDS = ['from', 'to', 'cc', 'bcc', 'reply_to', 'subject', 'text', 'html', 'headers', 'tags']
const RECIPIENTS_MAX = 50

export function readMail(body: Body): MailInput {
  const unknown = Object.keys(body).find((name) => !FIELDS.includes(name))
  if (unknown !== undefined) throw invalidMail(`The sandbox does not simulate the field \`${unknown}\`.`)
  for (const name of ['from', 'to', 'subject']) {
    if (body[name] === undefined || body[name] === null || body[name] === '') throw missing(`\`${name}\``)
  }
  const [text, html] = [readText(body, 'text'), readText(body, 'html')]
  if (text === null && html === null) throw missing('`html` or `text`')
  const from = readText(body, 'from') ?? ''
  if (!isAddress(from)) throw badAddress('from', 'invalid_from_address')
  const to = readAddresses(body, 'to')
  if (to.length === 0) throw missing('`to`')
  return {
    from,
    to,
    cc: readAddresses(body, 'cc'),
    bcc: readAddresses(body, 'bcc'),
    replyTo: readAddresses(body, 'reply_to'),
    subject: readText(body, 'subject') ?? '',
    text,
    html,
    headers: readHeaders(body['headers']),
    tags: readTags(body['tags']),
  }
}

function readText(body: Body, name: string): string | null {
  const value = body[name] ?? null
  if (value !== null && typeof value !== 'string') throw invalidMail(`The \`${name}\` field must be a \`string\`.`)
  return value
}

function readAddresses(body: Body, name: string): string[] {
  const value = body[name] ?? []
  const list: unknown[] = Array.isArray(value) ? value : [value]
  if (list.length > RECIPIENTS_MAX)
    throw invalidMail(`The \`${name}\` field must have at most ${RECIPIENTS_MAX} addresses.`)
  return list.map((address) => {
    if (typeof address !== 'string' || !isAddress(address)) throw badAddress(name, 'validation_error')
    return address
  })
}

function readHeaders(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {}
  const isMap = typeof value === 'object' && !Array.isArray(value)
  if (isMap && Object.values(value).every((text) => typeof text === 'string')) return value as Record<string, string>
  throw invalidMail('The `headers` field must be an object of strings.')
}

function readTags(value: unknown): MailInput['tags'] {
  if (value === undefined || value === null) return []
  const isPlain = (text: unknown) => typeof text === 'string' && /^[\w-]{1,256}$/.test(text)
  const isTag = (tag: Partial<MailInput['tags'][number]> | null) => isPlain(tag?.name) && isPlain(tag?.value)
  if (Array.isArray(value) && value.every(isTag)) return value as MailInput['tags']
  throw invalidMail('Tags should only contain ASCII letters, numbers, underscores, or dashes.')
}

const isAddress = (text: string) =>
  /^(?:[^<>@\r\n]+<[^\s<>@]+@[^\s<>@.]+(?:\.[^\s<>@.]+)+>|[^\s<>@]+@[^\s<>@.]+(?:\.[^\s<>@.]+)+)$/.test(text)

const missing = (what: string) => new MailRefusal(422, 'missing_required_field', `Missing ${what} field.`)

const badAddress = (name: string, code: string) =>
  new MailRefusal(
    422,
    code,
    `Invalid \`${name}\` field. The email address needs to follow the \`email@example.com\` or \`Name <email@example.com>\` format.`,
  )
