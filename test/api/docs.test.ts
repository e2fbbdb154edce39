/** The documentation as it is served: every page as Markdown, the index that leads to each, and the whole in one file. */

import { describe, expect, it } from 'vitest'
import { useApp } from '../support/app.ts'
import { programs } from '../support/docs.ts'

const app = useApp()

const read = async (path: string) => {
  const { status, headers, body } = await app().call('GET', path)
  return { status, type: headers.get('Content-Type'), text: String(body) }
}

describe('the documentation', () => {
  it('has an index from which every page is reached, and nothing else', async () => {
    const { text, type } = await read('/llms.txt')
    expect(type).toBe('text/markdown; charset=utf-8')
    const pages = [...text.matchAll(/\]\(\/docs\/([a-z-]+)\.md\)/g)].map(([, name]) => name)
    const written = programs.map(({ page }) => page).filter((page) => page !== 'about')
    expect(pages.toSorted()).toEqual([...written, 'reference'].toSorted())
    for (const name of pages) {
      const page = await read(`/docs/${name}.md`)
      expect([page.status, page.type], name).toEqual([200, 'text/markdown; charset=utf-8'])
      expect(page.text, name).toMatch(/^# /)
    }
  })

  it('is in one file too, with every page whole but those that are no help to build', async () => {
    const { text } = await read('/llms-full.txt')
    const others = ['about', 'limits', 'pricing', 'privacy', 'sla', 'terms']
    for (const { page } of programs.filter((one) => !others.includes(one.page)))
      expect(text).toContain((await read(`/docs/${page}.md`)).text.trim())
  })

  it('is a page in a browser, and Markdown for whoever asks for that or for nothing', async () => {
    const typeFor = async (path: string, accept?: string) =>
      (await fetch(app().server.url + path, { headers: accept === undefined ? {} : { Accept: accept } })).headers.get(
        'Content-Type',
      )
    const browser = 'text/html,application/xhtml+xml,*/*;q=0.8'
    for (const path of ['/about', '/docs', '/docs/usage', '/docs/reference', '/docs/pricing']) {
      expect(await typeFor(path, browser), path).toBe('text/html; charset=utf-8')
      expect(await typeFor(path, 'text/markdown'), path).toBe('text/markdown; charset=utf-8')
      expect(await typeFor(path), path).toBe('text/markdown; charset=utf-8')
    }
    expect(await typeFor('/docs/usage.md', browser)).toBe('text/markdown; charset=utf-8')
  })

  it('needs no script, loads one style of its own, and shows code as it was written', async () => {
    const headers = { Accept: 'text/html' }
    const response = await fetch(`${app().server.url}/docs/quickstart-saas`, { headers })
    const html = await response.text()
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'; style-src 'self'")
    expect(html).not.toMatch(/<script|<style| style=| on\w+=/)
    expect(html).toContain('const jobs = new Map&lt;string, Promise&lt;string&gt;&gt;()')
    expect((await read('/docs/style.css')).type).toBe('text/css; charset=utf-8')
  })

  it('leads to headings that are there, in every page', async () => {
    const links = [...String((await read('/docs')).text).matchAll(/\]\((\/docs\/[a-z-]+)\.md\)/g)].map(
      ([, path]) => path!,
    )
    for (const path of links) {
      const html = await (await fetch(app().server.url + path, { headers: { Accept: 'text/html' } })).text()
      const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
      const missing = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id).filter((id) => !ids.has(id))
      expect(missing, path).toEqual([])
    }
  })

  it('names every code that the API may answer', async () => {
    const { ERRORS } = await import('../../sdk/schema/error.ts')
    const [apps, owners] = [(await read('/docs/errors.md')).text, (await read('/docs/errors-owner.md')).text]
    const named = (code: string, text: string) => Number(text.includes(`| \`${code}\` |`))
    const notOnce = Object.keys(ERRORS).filter((code) => named(code, apps) + named(code, owners) !== 1)
    expect(notOnce).toEqual([])
  })

  it('leads nowhere that is not there', async () => {
    const { text } = await read('/llms-full.txt')
    const links = new Set([...text.matchAll(/\]\((\/[^)#]*)/g)].map(([, path]) => path!))
    expect(links.size).toBeGreaterThan(8)
    for (const link of links) expect((await read(link)).status, link).toBe(200)
  })

  it('answers 404 in JSON for a page that there is not', async () => {
    const { status, body } = await app().call('GET', '/docs/nothing')
    expect([status, body.code]).toEqual([404, 'not_found'])
  })
})
