import { readFileSync } from 'node:fs'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { Tally } from './test/support/tally.ts'
import { COMPATIBILITY_DATE } from './test/support/server.ts'

/** Node-side suites start the real product on a port; object suites run inside workerd beside the objects they test. */
const node = { pool: 'forks', testTimeout: 120_000, hookTimeout: 120_000 } as const

/**
 * Over sockets and in browsers a busy machine drops a frame, a click or a second now and then: what is shown there is tried
 * twice, and the run names what needed it. What is decided (rules, objects, kills) is proved without either, and has one try.
 */
const remote = { ...node, retry: 1 } as const

/** The pages of the documentation are text, as `[[rules]]` of wrangler.toml says. */
const pagesAsText = {
  name: 'pages-as-text',
  enforce: 'pre' as const,
  load: (id: string) => (id.endsWith('.md') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : undefined),
}

export default defineConfig({
  test: {
    // Tests wait for sockets and alarms nearly half their time: two cores carry four.
    maxWorkers: 4,
    globalSetup: './test/support/builds.ts',
    reporters: ['default', new Tally()],
    projects: [
      { test: { ...node, name: 'rules', include: ['test/rules/**/*.test.ts', 'test/*.test.ts'] } },
      { test: { ...remote, name: 'sandbox', include: ['test/sandbox/**/*.sandbox.test.ts'] } },
      // Kills and restarts the product under load: after everything else.
      { test: { ...node, name: 'crash', include: ['test/crash/**/*.test.ts'], sequence: { groupOrder: 1 } } },
      {
        plugins: [pagesAsText],
        test: { ...remote, name: 'api', include: ['test/api/**/*.test.ts', 'test/journeys/**/*.test.ts'] },
      },
      { test: { ...remote, name: 'dashboard', include: ['test/dashboard/**/*.test.ts'] } },
      // Builds apps and opens a browser, while the killed product mostly waits for its alarms.
      {
        test: {
          ...remote,
          name: 'templates',
          include: ['test/templates/**/*.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      { test: { ...remote, name: 'sdk', include: ['test/sdk/**/*.test.ts'] } },
      {
        plugins: [
          cloudflareTest({
            main: './test/support/objects.ts',
            miniflare: {
              compatibilityDate: COMPATIBILITY_DATE,
              durableObjects: {
                PROJECT: { className: 'Project', useSQLite: true },
                FEED: { className: 'Feed', useSQLite: true },
                CONNECTION: { className: 'Connection', useSQLite: true },
                ACCOUNT: { className: 'Account', useSQLite: true },
                PERSON: { className: 'Person', useSQLite: true },
              },
            },
          }),
        ],
        test: { name: 'objects', include: ['test/objects/**/*.test.ts'], testTimeout: 120_000 },
      },
    ],
  },
})
