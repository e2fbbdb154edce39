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
    expect(pages.toSorted()).toEqual(programs.map(({ page }) => page).toSorted())
    for (const name of pages) {
      const page = await read(`/docs/${name}.md`)
      expect([page.status, page.type], name).toEqual([200, 'text/markdown; charset=utf-8'])
      expect(page.text, name).toMatch(/^# /)
    }
  })

  it('is in one file too, with every page whole', async () => {
    const { text } = await read('/llms-full.txt')
    for (const { page } of programs) expect(text).toContain((await read(`/docs/${page}.md`)).text.trim())
  })

  it('names every code that the API may answer', async () => {
    const { ERRORS } = await import('../../sdk/schema/error.ts')
    const { text } = await read('/docs/errors.md')
    expect(Object.keys(ERRORS).filter((code) => !text.includes(`| \`${code}\` |`))).toEqual([])
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
