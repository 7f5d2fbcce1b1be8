import { describe, expect, it } from 'vitest'
import { MACRO_BUDGET } from '../../core/playbooks/expressions/budget.ts'
import { compileExpression } from '../../core/playbooks/expressions/compile-expression.ts'
import { patternFault } from '../../core/playbooks/expressions/regular-expression.ts'
import { splitTemplate } from '../../core/playbooks/expressions/split-template.ts'
import type { Scope } from '../../core/playbooks/expressions/expression.ts'

const lead = {
  name: ' Ana Souza ',
  email: 'Ana@Example.COM',
  phone: '(11) 98765-4321',
  score: 85,
  company: null,
  data: { tags: ['a', 'b'], visits: 3 },
  createdAt: '2026-03-02T12:00:00.000Z',
}

function evaluate(source: string, scope: Scope = { lead }): unknown {
  const compiled = compileExpression(source, offset => ({ line: 1, column: offset + 1 }))
  if ('fault' in compiled) throw new Error(compiled.fault.message)
  return compiled.expression.evaluate(scope)
}

describe('an expression', () => {
  it.each<[source: string, value: unknown]>([
    ['lead.score >= 60 && lead.name != ""', true],
    ['lead.score + 1', 86],
    ['2 * lead.score / 4', 42.5],
    ['lead.score % 10', 5],
    ['5 / 2', 2], // whole numbers divide as whole numbers: CEL's rule
    ['lead.score == 85 && 85 == lead.score && lead.score != 84', true],
    ['lead.data.visits in [1, 3]', true],
    ['lead.company == null && lead.score != null', true],
    ['[1, "a", null, 2.5, {"k": true}]', [1, 'a', null, 2.5, { k: true }]],
    ['has(lead.data.visits) && !has(lead.data.nothing)', true],
    ['lead.data.tags.map(t, t + "!")', ['a!', 'b!']],
    ['lead.?data.?nothing.orValue("none")', 'none'],
    ['lead.score > 60 ? "hot" : null', 'hot'],
    ['lead.score > 90 ? 1 : lead.score > 80 ? "warm" : [2.5]', 'warm'],
    ['lead.data', { tags: ['a', 'b'], visits: 3 }],
  ])('%s', (source, value) => {
    expect(evaluate(source)).toEqual(value)
  })

  it('lets no BigInt, time or duration out: all values are plain JSON', () => {
    expect(evaluate('[size(lead.name), 9007199254740991, timestamp(lead.createdAt), days(2), duration("1h30m")]')).toEqual([
      11, 9007199254740991, '2026-03-02T12:00:00.000Z', 'P2D', 'PT1H30M',
    ]) // prettier-ignore
    expect(() => evaluate('9007199254740993')).toThrow(/too large for a whole number/)
    expect(() => evaluate('lead.score / 0.0')).toThrow(/division by zero/)
  })

  it('reads only what stands in the scope itself', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(() => evaluate(`lead.${name}`)).toThrow(/There is no/)
      expect(() => evaluate(`lead["${name}"]`)).toThrow(/There is no/)
    }
    expect(() => evaluate('process.env')).toThrow(/There is no "process"/)
  })
})

describe('functions for people', () => {
  it.each<[source: string, value: unknown]>([
    ['lower(lead.email)', 'ana@example.com'],
    ['lead.email.upper()', 'ANA@EXAMPLE.COM'],
    ['trim(lead.name) + "|" + lead.name.trim()', 'Ana Souza|Ana Souza'],
    ['emailDomain(lead.email)', 'example.com'],
    ['emailDomain("nobody")', ''],
    ['normalizePhone(lead.phone)', '+5511987654321'],
    ['default(normalizePhone("12"), "none")', 'none'],
    ['default(lead.company, "none")', 'none'],
    ['default(lead.data.nothing.at.all, 0) + 1', 1],
    ['default(lead.score, 0) + 1', 86],
    ['json(lead.data)', '{"tags":["a","b"],"visits":3}'],
    ['json(1)', '1'],
    ['round(lead.score / 3)', 28],
    ['floor(2.9) + ceil(2.1) + abs(-3)', 8],
    ['string(date("2026-03-02"))', '2026-03-02T00:00:00.000Z'],
    ['date("2026-03-02") + days(1) + hours(2) + minutes(30)', '2026-03-03T02:30:00.000Z'],
    ['timestamp(lead.createdAt) < date("2026-03-02T12:00:01Z")', true],
    ['formatDate(lead.createdAt, "dd/MM/yyyy HH:mm", "America/Sao_Paulo")', '02/03/2026 09:00'],
    ['weekday(timestamp(lead.createdAt), "America/Sao_Paulo")', 'mon'],
    ['timestamp(1772452800)', '2026-03-02T12:00:00.000Z'],
    ['timestamp("2026-03-02T12:00:00.123456-03:00")', '2026-03-02T15:00:00.123Z'],
    ['date("2026-03-02 09:30")', '2026-03-02T09:30:00.000Z'], // whatever the zone of the host is
    ['date("2028-02-29")', '2028-02-29T00:00:00.000Z'],
    ['duration("3d")', 'P3D'],
    ['lead.email.matches("^[^@]+@example")', false],
    ['"Sim, podemos".matches("(?i:sim|claro)")', true],
  ])('%s', (source, value) => {
    expect(evaluate(source)).toEqual(value)
  })

  it('say what they wanted', () => {
    expect(() => evaluate('date("soon")')).toThrow(/2026-03-02T12:00:00Z/)
    expect(() => evaluate('duration("soon")')).toThrow(/write it as 15m/)
    expect(() => evaluate('timestamp(lead.name)')).toThrow(/timestamp\(" Ana Souza "\): write it as 2026-03-02/)
    for (const read of ['date', 'timestamp'])
      expect(() => evaluate(`${read}(lead.day)`, { lead: { day: '2026-02-30T12:00:00Z' } })).toThrow(
        /no calendar has 2026-02-30/,
      )
    expect(() => evaluate('formatDate("2026-02-30", "dd", "UTC")')).toThrow(/no calendar has 2026-02-30/)
    expect(() => evaluate('timestamp(999999999999999)')).toThrow(/too many seconds since 1970/)
    expect(() => evaluate('formatDate(lead.createdAt, "dd", "Mars/Base")')).toThrow(/"Mars\/Base" is not a time zone/)
    expect(() => evaluate('lower(lead.company)')).toThrow(/lower\(\) does not take nothing \(null\)/)
    expect(() => evaluate('lowr(lead.name)')).toThrow(/no function "lowr"/)
  })
})

describe('an expression that would take forever', () => {
  const numbers = Array.from({ length: 5000 }, (_, index) => index)
  const scope: Scope = { lead: { data: { numbers, text: 'x'.repeat(20_000) } } }
  const cpuMs = (work: () => void): number => {
    const before = process.cpuUsage()
    work()
    const used = process.cpuUsage(before)
    return (used.user + used.system) / 1000
  }

  it.each([
    'lead.data.numbers.map(a, lead.data.numbers.filter(b, b == a))',
    'lead.data.numbers.exists_one(a, lead.data.numbers.exists(b, b == -1))',
    'lead.data.numbers.map(a, lead.data.numbers + lead.data.numbers)',
    'lead.data.numbers.map(a, lead.data.text.split(""))',
    'lead.data.numbers.map(a, lead.data.text + lead.data.text)',
  ])('stops within its budget: %s', source => {
    const used = cpuMs(() => expect(() => evaluate(source, scope)).toThrow(/too many list items/))
    expect(used).toBeLessThan(1500) // without a budget: minutes, and gigabytes
  })

  it('stops soon also where CEL forgives errors, in all and exists', () => {
    const used = cpuMs(() =>
      expect(() => evaluate('lead.data.numbers.exists(a, lead.data.numbers.all(b, b >= 0) && a < 0)', scope)).toThrow(
        /too many/,
      ),
    )
    expect(used).toBeLessThan(1500)
  })

  it('has a budget that ordinary lists never meet', () => {
    expect(numbers.length * 10).toBeLessThan(MACRO_BUDGET)
    expect(evaluate('lead.data.numbers.filter(n, n % 2 == 0).map(n, n + 1).size()', scope)).toBe(2500)
    for (let round = 0; round < 40; round++)
      expect(evaluate('lead.data.numbers.exists(n, n == 4999)', scope)).toBe(true) // and each evaluation has its own
  })

  it('is refused where that can be seen: macros three deep, values that double, huge literals', () => {
    expect(() => evaluate('[1].map(a, [1].map(b, [1].map(c, c)))')).toThrow(/2 deep/)
    expect(() => evaluate('cel.bind(x, [1], x + x)')).toThrow(/cel\.bind is not offered/)
    expect(() => evaluate(`[${'1,'.repeat(200)}1]`)).toThrow(/maxListElements/)
    expect(() => evaluate(`"${'x'.repeat(5000)}"`)).toThrow(/may have 4000 characters/)
    expect(() => evaluate(`${'('.repeat(200)}1${')'.repeat(200)}`)).toThrow(/maxDepth/)
  })

  it('cannot hide in a regular expression', () => {
    for (const pattern of [
      '(a+)+$',
      '(a|aa)+$',
      '(a*)*',
      '([a-z]+)*x',
      '(.*a){25}',
      '(a)\\1',
      '(?=a)b',
      '[',
      '.*.*.*.*x',
    ])
      expect(patternFault(pattern), pattern).toBeDefined()
    for (const pattern of ['^sim|claro$', '\\d{4}-\\d{2}', '[a+]+@[b*]+', '^(ana|bia)$', 'a+b+', '(\\+55)?\\d+'])
      expect(patternFault(pattern), pattern).toBeUndefined()
    const used = cpuMs(() => expect(() => evaluate('lead.data.text.matches(".*.*.*y")', scope)).toThrow(/longer than/))
    expect(used).toBeLessThan(500)
  })
})

describe('a template', () => {
  it('is cut at its expressions, wherever braces and quotes stand', () => {
    expect(splitTemplate('a ${{ x }} b').parts).toEqual([
      { text: 'a ' },
      { expression: ' x ', start: 5 },
      { text: ' b' },
    ])
    expect(splitTemplate('${{ {"a": {"b": 1}} }}').parts).toEqual([{ expression: ' {"a": {"b": 1}} ', start: 3 }])
    expect(splitTemplate('${{ "}}" }}').parts).toEqual([{ expression: ' "}}" ', start: 3 }])
    expect(splitTemplate(`\${{ '\\'}}' }}x`).parts).toHaveLength(2)
    expect(splitTemplate('$${{ x }} ${{ y }}').parts).toEqual([{ text: '${{ x }} ' }, { expression: ' y ', start: 13 }])
    expect(splitTemplate('plain').parts).toEqual([{ text: 'plain' }])
    expect(splitTemplate('a ${{ x').unclosed).toBe(2)
  })
})
