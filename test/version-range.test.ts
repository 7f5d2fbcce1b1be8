import { describe, expect, it } from 'vitest'
import { isVersion, isVersionRange, versionFits } from '../core/version-range.ts'

describe('a version range', () => {
  it.each<[range: string, inside: readonly string[], outside: readonly string[]]>([
    ['^1', ['1.0.0', '1.9.3'], ['0.9.0', '2.0.0', '1.0.0-rc.1']],
    ['^1.2', ['1.2.0', '1.9.9', '1.10.0'], ['1.1.9', '2.0.0']],
    ['^1.2.3', ['1.2.3', '1.3.0'], ['1.2.2', '2.0.0']],
    ['^0.3.1', ['0.3.1', '0.3.9'], ['0.4.0', '0.3.0', '1.0.0']],
    ['^0.1', ['0.1.0', '0.1.9'], ['0.2.0']],
    ['^0.0.3', ['0.0.3'], ['0.0.4']],
    ['^0', ['0.1.0', '0.9.9'], ['1.0.0']],
    ['~0', ['0.3.0'], ['1.0.0']],
    ['~1.4', ['1.4.0', '1.4.9'], ['1.5.0', '1.3.0']],
    ['~1.4.2', ['1.4.2', '1.4.9'], ['1.4.1', '1.5.0']],
    ['1', ['1.0.0', '1.9.0'], ['2.0.0']],
    ['1.4.2', ['1.4.2'], ['1.4.3']],
    ['1.2.x', ['1.2.3'], ['1.3.0']],
    ['>=1', ['1.0.0', '9.0.0'], ['0.9.9']],
    ['>=1.2 <2', ['1.2.3'], ['1.1.9', '2.0.0']],
    ['<=1.5', ['1.5.9'], ['1.6.0']],
    ['>1.5', ['1.6.0'], ['1.5.0']],
    ['*', ['0.0.1', '3.1.0', '9.9.9'], ['nonsense']],
    ['1.0.0-rc.1', ['1.0.0-rc.1'], ['1.0.0', '1.0.0-rc.2']],
    ['latest', [], ['1.0.0']],
  ])('%s', (range, inside, outside) => {
    for (const version of inside) expect(versionFits(version, range), version).toBe(true)
    for (const version of outside) expect(versionFits(version, range), version).toBe(false)
  })

  it('is told from what is none', () => {
    expect(['^1', '1', '>=1 <2', '1.x', '*', '1.2.3', '1.0.0-rc.1'].filter(text => !isVersionRange(text))).toEqual([])
    expect(['', 'latest', '^', '1..2', '1 || 2', '>= 1', 'a.b.c'].filter(isVersionRange)).toEqual([])
  })

  it('is made for whole versions', () => {
    expect(['1.2.3', '0.1.0-beta.1'].filter(text => !isVersion(text))).toEqual([])
    expect(['1', '1.2', 'v1.2.3', '^1.2.3', ''].filter(isVersion)).toEqual([])
  })
})
