/** Closes a run with one plain line, so that any tool can read how it went. */

import type { Reporter, TestModule } from 'vitest/node'

export class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    const brokenFiles = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0).length
    for (const test of tests)
      if (test.diagnostic()?.flaky === true) console.log(`passed at the second try only: ${test.fullName}`)
    console.log(`${count('passed')} passed, ${count('failed') + brokenFiles} failed, ${count('skipped')} skipped`)
  }
}
