import { describe, expect, it } from 'vitest'
import { didYouMean } from '../../core/did-you-mean.ts'

describe('did you mean', () => {
  it.each([
    ['emial', 'email'],
    ['compnay', 'company'],
    ['Email', 'email'],
    ['jobtitel', 'jobTitle'],
    ['scores', 'score'],
    ['trigers', 'triggers'],
  ])('%s is %s', (written, meant) => {
    expect(didYouMean(written, ['email', 'company', 'jobTitle', 'score', 'triggers'])).toBe(meant)
  })

  it('stays silent rather than guess', () => {
    for (const written of ['banana', 'x', 'id', ''])
      expect(didYouMean(written, ['email', 'company', 'score'])).toBeUndefined()
  })

  it('takes the nearest of several', () => {
    expect(didYouMean('stat', ['start', 'state', 'status'])).toBe('start')
    expect(didYouMean('a'.repeat(100_000), ['email'])).toBeUndefined()
  })
})
