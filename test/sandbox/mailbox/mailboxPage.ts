/** The mailbox as a page: the newest mail first, as its reader would see the text, with links that work. */
import { html, page } from '../pages/html.ts'
import type { Html } from '../pages/html.ts'
import type { Mail } from './mails.ts'

export function mailboxPage(mails: readonly Mail[], address: string | null): Response {
  const body = html`<h1>Mailbox</h1>
    <form method="get" action="/sandbox/mailbox">
      <div class="joined">
        <input type="email" name="to" placeholder="Sent to" aria-label="Sent to" value="${address}" />
        <button>Show</button>
      </div>
    </form>
    ${address !== null && html`<p class="applied">Only ${address} <a href="/sandbox/mailbox">Show all</a></p>`}
    ${mails.map(showMail)} ${mails.length === 0 && html`<section><p>No mail has arrived.</p></section>`}`
  return page({ title: 'Mailbox', body })
}

function showMail({ subject, from, to, cc, bcc, text, html: markup, sentAt }: Mail): Html {
  const people = [...to, ...cc, ...bcc].join(', ')
  return html`<section>
    <h2>${subject}</h2>
    <p class="soft">
      ${from} to ${people}, ${new Date(sentAt).toLocaleString('en-US', { timeZone: 'UTC', timeZoneName: 'short' })}
    </p>
    <p class="letter">${linked(text ?? plain(markup ?? ''))}</p>
  </section>`
}

/** Addresses of the web become links. */
function linked(text: string): Html[] {
  return text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/)
    .map((part, index) => (index % 2 === 1 ? html`<a href="${part}">${part}</a>` : html`${part}`))
}

/** The words of a mail that has no text of its own. */
function plain(markup: string): string {
  return markup
    .replaceAll(/<a\s[^>]*href="([^"]*)"[^>]*>([^<]*)<\/a>/gi, '$2 $1')
    .replaceAll(/<\/(p|div|h\d|li)>|<br\s*\/?>/gi, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&amp;', '&')
    .trim()
}
