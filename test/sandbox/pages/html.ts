/** Pages as text: every value is escaped unless it is a page itself. */

export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Value = Html | Html[] | string | number | null | undefined | false

export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(parts.reduce((text, part, index) => text + part + show(values[index]), ''))
}

function show(value: Value): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(show).join('')
  return String(value).replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

export interface PageOptions {
  title: string
  body: Html
  status?: number
  /** Room for two columns. */
  wide?: boolean
}

/** No form-action: a form's redirect leads to the app's own success page, which lives anywhere. */
const CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"

export function page({ title, body, status = 200, wide = false }: PageOptions): Response {
  const text = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="stylesheet" href="/sandbox/style.css" />
      </head>
      <body>
        <p class="ribbon">Sandbox: no real money moves</p>
        <main${wide && html` class="wide"`}>${body}</main>
      </body>
    </html>`
  return new Response(text.text, {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': CSP,
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    },
  })
}

export function redirect(to: string): Response {
  return new Response(null, { status: 303, headers: { Location: to } })
}

export function date(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString('en-US', { dateStyle: 'long', timeZone: 'UTC' })
}

/** `past_due` as people say it. */
export function wordOf(status: string): string {
  const words = status.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The fields of a posted form, as text. */
export async function readFields(request: Request): Promise<URLSearchParams> {
  return new URLSearchParams(await request.text())
}
