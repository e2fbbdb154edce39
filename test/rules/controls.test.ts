import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ENTRIES } from '../sandbox/pages/controls.ts'

const source = (path: string) => readFileSync(new URL(`../sandbox/${path}`, import.meta.url).pathname, 'utf8')

it('GET /sandbox describes every control that there is', () => {
  const described = ENTRIES.map(({ method, path }) => `${method} ${path.split('?')[0]}`)
  const ofTheApp = [...source('control.ts').matchAll(/^ +case '([A-Z]+ \/sandbox\/[^']+)'/gm)].map(([, call]) => call)
  const ofStripe = [...source('stripe/control.ts').matchAll(/^ +\['([A-Z]+)', '(\/sandbox\/[^']+)'/gm)].map(
    ([, method, path]) => `${method} ${path}`,
  )
  expect([ofTheApp.length > 10, ofStripe.length > 10]).toEqual([true, true])
  expect([...ofTheApp, ...ofStripe].filter((call) => !described.includes(call!))).toEqual([])
  for (const { path, does } of ENTRIES) expect(does, path).toMatch(/^[A-Z].*\.$/)
})
