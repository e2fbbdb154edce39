/** A page of the documentation as HTML: readable without a script, in light and dark, on a narrow screen. */

import { Marked, type Tokens } from 'marked'
import { escape } from '../pages/escape.ts'

export interface Link {
  readonly href: string
  readonly title: string
}

/** The name of a heading in an address. */
const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')

/** What stands above a block: what becomes of it. */
const CAPTIONS: Readonly<Record<string, string>> = {
  'json answer': 'answers',
  'ts page': 'in the page',
  'ts run': 'runs',
  'sh run': 'runs',
}

const marked = new Marked({
  renderer: {
    heading({ tokens, depth, text }: Tokens.Heading): string {
      const id = slugOf(text)
      return `<h${depth} id="${id}"><a href="#${id}">${this.parser.parseInline(tokens)}</a></h${depth}>`
    },
    code({ text, lang = '' }: Tokens.Code): string {
      const caption = CAPTIONS[lang]
      const head = caption === undefined ? '' : `<figcaption>${escape(lang.split(' ')[0]!)} · ${caption}</figcaption>`
      return `<figure>${head}<pre tabindex="0"><code>${escape(text)}</code></pre></figure>`
    },
    table(token: Tokens.Table): string {
      const row = (cells: readonly Tokens.TableCell[], tag: string) =>
        `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`
      const body = token.rows.map((cells) => row(cells, 'td')).join('')
      return `<div class="wide" tabindex="0" role="region" aria-label="Table"><table><thead>${row(token.header, 'th')}</thead><tbody>${body}</tbody></table></div>`
    },
    link({ href, tokens }: Tokens.Link): string {
      const to = href.replace(/^(\/docs\/[a-z-]+)\.md/, '$1')
      return `<a href="${escape(to)}">${this.parser.parseInline(tokens)}</a>`
    },
  },
})

const link = ({ href, title }: Link, here: string): string =>
  `<li><a href="${href}"${href === here ? ' aria-current="page"' : ''}>${escape(title)}</a></li>`

/** One page, between what leads to the others. */
export function toHtml(markdown: string, { here, links }: { here: string; links: readonly Link[] }): string {
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? 'dream-api'
  const at = links.findIndex(({ href }) => href === here)
  const next = at === -1 ? undefined : links[at + 1]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} · dream-api</title><link rel="stylesheet" href="/docs/style.css"><link rel="icon" href="/icon.svg">
${here.startsWith('/docs/') ? `<link rel="alternate" type="text/markdown" href="${here}.md">` : ''}</head><body>
<a class="skip" href="#text">Skip to the text</a>
<header><a class="home" href="/about">dream-api</a><nav aria-label="Site"><a href="/docs">Docs</a><a href="/docs/reference">API</a><a href="/docs/pricing">Pricing</a><a href="/">Dashboard</a></nav></header>
<div class="frame"><nav class="pages" aria-label="Pages"><ul>${links.map((one) => link(one, here)).join('')}</ul></nav>
<main id="text">${marked.parse(markdown, { async: false })}
${next === undefined ? '' : `<p class="next"><a href="${next.href}">Next: ${escape(next.title)}</a></p>`}</main></div>
<footer>${here.startsWith('/docs/') ? `<a href="${here}.md">This page as Markdown</a>` : ''}<a href="/llms-full.txt">Everything for an agent</a><a href="/openapi.json">OpenAPI</a><a href="/docs/privacy">Privacy</a><a href="/docs/terms">Terms</a><a href="/docs/sla">SLA</a></footer>
</body></html>`
}
