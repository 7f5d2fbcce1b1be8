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

  it.each([
    ['a threshold without auto', SCORE, ['auto: true\n', ''], '27:12 threshold -> auto: true'],
    ['an input that is for nobody', SCORE, ['  visits:', '  rank: { type: number }\n  visits:'], '10:3 inputs.rank'],
    ['a rule that never holds', SCORE, ['inputs.visits == 0', '1 > 2'], '18:9 rules.1.if'],
    ['points of nothing', SCORE, ['points: -20', 'points: 0'], '19:13 rules.1.points'],
    ['an option above every score', SCORE, ['from: 60', 'from: 100'], '12:30 options.call.from -> 95'],
    ['a chance beside from', SCORE, ['from: 60', 'from: 60, chance: 20'], '12:42 options.call.chance'],
    ['a time without an event', SCORE, [/    success:.*\n    failure:.*\n/, ''], '24:13 learn.outcome.within'],
    ['an option that a rule always puts out', CHOICE, ['!inputs.phone', 'true'], '11:3 options.sms'],
    ['never of every option', CHOICE, ['[sms]', '[sms, email]'], '14:12 rules.0.never'],
    ['never beside always', CHOICE, ['never: [sms]', 'never: [sms]\n    always: email'], '14:12 rules.0.never'],
    [
      'points of an option that is out',
      CHOICE,
      ['never: [sms]', 'never: [sms]\n    points: { sms: 5 }'],
      '15:13 rules.0.points',
    ],
  ] as const)('is warned of, and published all the same, for %s', (_what, text, [from, to], place) => {
    const { policy, diagnostics } = compilePolicy(text.replace(from, to))
    expect(policy).toBeDefined()
    const shown = diagnostics.map(
      ({ code, severity, line, column, path, suggestion }) =>
        `${severity} ${code} ${line}:${column} ${path}${suggestion === undefined ? '' : ` -> ${suggestion}`}`,
    )
    expect(shown).toContain(`warning NO_EFFECT ${place}`)
  })

  it('finds nothing without effect where everything has one, whichever way an input is read', () => {
    expect([SCORE, CHOICE].map(findings)).toEqual([[], []])
    const rank = '  rank: { type: number, default: 1 }\n  visits:'
    for (const reads of ['inputs["rank"] == 0', 'inputs.?rank.orValue(0.0) == 0.0', 'json(inputs) == ""'])
      expect(findings(SCORE.replace('  visits:', rank).replace('inputs.visits == 0', reads)), reads).toEqual([])
  })

  it('of the host is sound', () => {
    const folder = join(import.meta.dirname, '../../playbooks/policies')
    for (const file of readdirSync(folder))
      expect(compilePolicy(readFileSync(join(folder, file), 'utf8'), { file }).diagnostics).toEqual([])
  })
})
