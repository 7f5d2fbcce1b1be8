import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../core/decisions/compile-policy.ts'
import { CHOICE, SCORE } from './policies.ts'

/** `line code message` of every finding. */
const findings = (source: string) =>
  compilePolicy(source).diagnostics.map(({ line, code, message }) => `${line} ${code} ${message}`)

describe('a policy', () => {
  it('is compiled with its options in order, and learns from what it says', () => {
    const { policy, diagnostics } = compilePolicy(SCORE.replace('threshold: 85', 'threshold: 55'))
    expect(diagnostics).toEqual([])
    expect(policy).toMatchObject({
      kind: 'score',
      threshold: 55,
      auto: true,
      learnsFrom: ['source', 'visits'],
      pace: 'moving',
    })
    expect(policy!.options.map(({ key }) => key)).toEqual(['call', 'wait'])
    expect(compilePolicy(CHOICE).policy).toMatchObject({ kind: 'choose', explore: 0 })
  })

  it('learns from no identities and no leaks where it does not say from what', () => {
    const source = SCORE.replace('  from: [source, visits]\n', '').replace(
      '  visits:',
      '  status: { type: string }\n  email: { type: string }\n  visits:',
    )
    expect(compilePolicy(source).policy!.learnsFrom).toEqual(['source', 'visits'])
  })

  it.each([
    [
      'a leak',
      ['[source, visits]', '[source, leadQuality]'],
      /"leadQuality" is never learnt from: people in sales write it/,
    ],
    ['an input that there is not', ['[source, visits]', '[sorce]'], /There is no input "sorce"/],
    ['a rule that reads no input', ['inputs.visits == 0', 'inputs.visit == 0'], /visit/],
    ['a rule that reads a lead', ['inputs.visits == 0', 'lead.score == 0'], /lead/],
    ['a rule of the wrong type', ['inputs.visits == 0', 'inputs.visits'], /condition must come out true or false/],
    ['a rule that says nothing', ['    points: -20\n', ''], /The rule says nothing/],
    ['points for an option in a score', ['points: -20', 'points: { call: 3 }'], /"points" is one number/],
    ['no option for low scores', ['from: 0', 'from: 10'], /One option must have from: 0/],
    ['options with and without from', [', from: 0', ''], /Either every option has "from"/],
    ['an unknown key', ['threshold: 85', 'treshold: 80'], /"treshold" is not known here/],
    ['trying out a score', ['auto: true', 'auto: true\nexplore: 0.1'], /a score tries nothing/],
    ['a threshold out of range', ['threshold: 85', 'threshold: 850'], /"threshold" must be at most 100/],
    ['a duration that is none', ['within: 14d', 'within: soon'], /"within" must be a duration/],
  ] as const)('is refused for %s, with the place', (_what, [from, to], message) => {
    expect(SCORE).toContain(from)
    const { policy, diagnostics } = compilePolicy(SCORE.replace(from, to))
    expect(policy).toBeUndefined()
    expect(diagnostics[0]!.message).toMatch(message)
    expect(diagnostics[0]!.line).toBeGreaterThan(1)
  })

  it('is refused for an option that a rule invents, with what was meant', () => {
    expect(findings(CHOICE.replace('never: [sms]', 'never: [sns]'))[0]).toMatch(/There is no option "sns"/)
  })

  it('of the host is sound', () => {
    const folder = join(import.meta.dirname, '../../playbooks/policies')
    for (const file of readdirSync(folder))
      expect(compilePolicy(readFileSync(join(folder, file), 'utf8'), { file }).diagnostics).toEqual([])
  })
})
