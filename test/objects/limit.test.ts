import { describe, expect, it } from 'vitest'
import { aProject, tier, use } from '../support/project.ts'

describe('[U1] a limit is never overshot', () => {
  it('allows exactly 100 of 1,000 concurrent calls against a limit of 100', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: 100 })] })
    const answers = await Promise.all(Array.from({ length: 1000 }, () => use(project, 'u1')))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(100)
    expect(await project.stub().broken()).toEqual([])
  })
})
