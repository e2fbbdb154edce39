/** The command line: which command is meant, and what is said when none is. */

import { expect, it } from 'vitest'
import { run } from '../../../sdk/cli/run.ts'
import { aShell } from '../../support/shell.ts'

it('lists every command, asked or not, and says when it knows none of the name', async () => {
  for (const words of [[], ['--help'], ['help']]) {
    const shell = aShell()
    expect(await run(words, shell)).toBe(0)
    expect(shell.said()).toContain('doctor')
  }
  const shell = aShell()
  expect(await run(['nonsense'], shell)).toBe(2)
  expect(shell.said()).toMatch(/^There is no command nonsense\.\n[\s\S]*doctor/)
  expect(await run(['constructor'], aShell())).toBe(2)
})

it('tells what can be said to a command, and what was said wrongly, without a stack', async () => {
  const shell = aShell()
  expect(await run(['doctor', '--help'], shell)).toBe(0)
  expect(shell.said()).toContain('--build dist')
  for (const words of [['--nonsense'], ['--build'], ['--build', 'nowhere']]) {
    const wrong = aShell()
    expect(await run(['doctor', ...words], wrong)).toBe(2)
    expect(wrong.said()).not.toMatch(/ at .*:\d+/)
  }
})
