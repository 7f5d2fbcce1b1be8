import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TraeError } from '../../core/errors.ts'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import type { Playbook, Step, StepOf, StepKindName } from '../../core/playbooks/playbook.ts'
import type { Scope } from '../../core/playbooks/expressions/expression.ts'
import type { JsonSchema } from '../../core/playbooks/catalog.ts'
import { catalog } from './catalog.ts'

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'fixtures/good', `${name}.yaml`), 'utf8')

function compiled(source: string): Playbook {
  const { playbook, diagnostics } = compilePlaybook(source, catalog)
  expect(diagnostics).toEqual([])
  return playbook!
}

const withSteps = (steps: string): string =>
  `id: a\nname: A\nmodule: vendas\ntriggers: [ { event: lead.captured } ]\nsteps:\n${steps}`

/** A step of the kind that the test expects. */
function step<Kind extends StepKindName>(playbook: Playbook, path: string, kind: Kind): Step & StepOf<Kind> {
  const found = allSteps(playbook.steps).find(candidate => candidate.path === path)
  if (found?.kind !== kind) throw new Error(`no ${kind} at ${path}, but ${found?.kind}`)
  return found as Step & StepOf<Kind>
}

function allSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap(step => {
    if (step.kind === 'if') return [step, ...allSteps(step.then), ...allSteps(step.else)]
    return step.kind === 'parallel' ? [step, ...step.branches.flatMap(branch => allSteps(branch.steps))] : [step]
  })
}

const lead = {
  id: 'l1',
  name: 'Ana',
  email: 'ana@example.com',
  score: 42,
  scoreFactors: [{ name: 'title', points: 5 }],
  createdAt: '2026-03-02T12:00:00Z',
}
const scope: Scope = { lead, vars: { total: 3 }, steps: {}, event: { type: 'lead.captured', lead } }

describe('a playbook that is right', () => {
  it('compiles without a word', () => {
    const playbook = compiled(fixture('qualify-and-schedule'))
    expect(playbook).toMatchObject({ id: 'qualify-and-schedule', module: 'pre_vendas', labels: { team: 'sdr' } })
    expect(playbook.triggers.map(trigger => trigger.key)).toEqual(['event/lead.captured'])
    expect(playbook.enrollment?.subject.evaluate({ event: { lead: { id: 'l1' } } })).toBe('l1')
    expect(playbook.enrollment?.reenter).toBe(false)
    expect(playbook.stepIds).toEqual(['enrich', 'score', 'gate', 'cadence', 'first', 'answer', 'classified', 'book'])
  })

  it('may use every word of the language', () => {
    const playbook = compiled(fixture('everything'))
    expect(allSteps(playbook.steps).map(step => step.kind)).toEqual([
      'set',
      'if',
      'wait',
      'wait',
      'parallel',
      'uses',
      'wait',
      'set',
      'parallel',
      'wait',
      'set',
      'waitFor',
      'emit',
      'return',
      'return',
    ])
  })

  it('gives each step a path of ids and positions', () => {
    const paths = allSteps(compiled(fixture('qualify-and-schedule')).steps).map(step => step.path)
    expect(paths).toEqual([
      'enrich', 'score', 'gate', 'gate.then.0', 'gate.then.1', 'gate.then.2', 'gate.else.0',
      'cadence', 'cadence.ask.first', 'cadence.ask.1', 'cadence.ask.2', 'cadence.ask.3', 'cadence.reply.answer', 'cadence.reply.classified', 'book',
    ]) // prettier-ignore
  })

  it('knows the line of each step, and what to call it', () => {
    const playbook = compiled(fixture('qualify-and-schedule'))
    const book = step(playbook, 'book', 'uses')
    expect([book.line, book.title, book.timeoutMs, book.onError]).toEqual([61, 'Book the call', 30_000, 'fail'])
    expect(book.retry).toEqual({
      maxAttempts: 5,
      backoff: 'linear',
      delayMs: 1000,
      factor: 2,
      maxDelayMs: 300_000,
      jitter: 0.2,
    })
    expect(step(playbook, 'cadence.ask.1', 'wait').title).toBe('wait 2d')
    expect(step(playbook, 'cadence.reply.answer', 'waitFor').title).toBe('answer')
  })

  it('has one hash for one content: comments, quotes and indentation do not count, values do', () => {
    const one = compiled(withSteps('  - wait: 1d\n')).hash
    expect(compiled(`# changed\n${withSteps("  -   wait:   '1d'   # a day\n")}`).hash).toBe(one)
    expect(compiled(withSteps('  - wait: 2d\n')).hash).not.toBe(one)
  })
})

describe('a value with expressions', () => {
  const values = (): Record<string, unknown> =>
    step(compiled(fixture('everything')), '0', 'set').values.evaluate(scope) as Record<string, unknown>

  it('keeps its type when it is one expression, and becomes text when mixed', () => {
    expect(values()['total']).toBe(3)
    expect(values()['nested']).toEqual({ list: [1, 42, { deep: 'Ana!' }], nothing: null })
    expect(values()['tags']).toEqual(['TITLE'])
    expect(values()['ternary']).toBe('cold')
  })

  it('takes $${{ as text, and is not ended by braces inside', () => {
    expect(values()['literal']).toBe('costs ${{ 5 }}')
    expect(values()['braces']).toBe(1)
    expect(values()['text']).toBe('}}Ana')
  })

  it('writes null as nothing and objects as JSON in the middle of text', () => {
    const playbook = compiled(
      withSteps('  - set: { a: "<${{ lead.phone }}|${{ lead.data }}|${{ 2.5 }}|${{ true }}>" }\n'),
    )
    expect(step(playbook, '0', 'set').values.evaluate({ lead: { phone: null, data: { a: [1] } } })).toEqual({
      a: '<|{"a":[1]}|2.5|true>',
    })
  })

  it('is new each time: what one run changes, another does not see', () => {
    const template = step(compiled(fixture('everything')), '0', 'set').values
    const first = template.evaluate(scope) as { nested: { list: unknown[] } }
    first.nested.list.push('changed')
    expect((template.evaluate(scope) as { nested: { list: unknown[] } }).nested.list).toHaveLength(3)
  })

  it('names the roots it reads, so that the engine loads only those', () => {
    const playbook = compiled(fixture('qualify-and-schedule'))
    expect([...step(playbook, 'score', 'uses').with.roots]).toEqual(['lead', 'steps.enrich'])
    expect([...playbook.outputs.roots]).toEqual(['steps.book', 'vars'])
  })

  it('fails with line, column and advice when the data does not play along', () => {
    const source = withSteps('  - set:\n      a: Hi ${{ lead.name }}, ${{ lead.score + 1 }}\n')
    const template = step(compiled(source), '0', 'set').values
    expect(() => template.evaluate({ lead: { name: 'Ana', score: null } })).toThrow(
      expect.objectContaining({ code: 'EXPRESSION', details: { line: 7, column: 35, expression: 'lead.score + 1' } }),
    )
    expect(() => template.evaluate({ lead: { name: 'Ana', score: null } })).toThrow(/nothing \(null\).*default\(…, 0\)/)
    expect(() => template.evaluate({})).toThrow(/There is no "lead" in this run/)
  })

  it('that stands in several places fails with the place of each', () => {
    const twice = compiled(
      withSteps('  - set: { a: "${{ lead.score + 1 }}" }\n  - set: { b: "${{ lead.score + 1 }}" }\n'),
    )
    const lines = ['0', '1'].map(path => {
      try {
        return step(twice, path, 'set').values.evaluate({ lead: { score: null } })
      } catch (error) {
        return (error as TraeError).details
      }
    })
    expect(lines).toEqual([6, 7].map(line => ({ line, column: 20, expression: 'lead.score + 1' })))
  })

  it('is found wrong in each of the places where it stands', () => {
    const source = withSteps('  - set: { a: "${{ lead.scoer }}" }\n  - set: { b: "${{ lead.scoer }}" }\n')
    const { diagnostics } = compilePlaybook(source, catalog)
    expect(diagnostics.map(({ code, line }) => [code, line])).toEqual([6, 7].map(line => ['UNKNOWN_FIELD', line]))
  })
})

describe('a condition', () => {
  const condition = (): NonNullable<Step['if']> =>
    compiled(
      withSteps("  - { if: '${{ vars.flag }}', wait: 1d }\n").replace('steps:\n', 'steps:\n  - set: { flag: 1 }\n'),
    ).steps[1]!.if!

  it('is true or false, and nothing that only looks like it', () => {
    expect(condition().evaluate({ vars: { flag: true } })).toBe(true)
    expect(condition().evaluate({ vars: { flag: false } })).toBe(false)
    for (const flag of [1, 'true', null, {}])
      expect(() => condition().evaluate({ vars: { flag } })).toThrow(/must come out true or false/)
  })
})

describe('a time to wait', () => {
  const wait = (written: string): unknown => {
    const compiledStep = step(compiled(withSteps(`  - wait: ${written}\n`)), '0', 'wait')
    return ('for' in compiledStep ? compiledStep.for : compiledStep.until).evaluate({ lead })
  }

  it('is milliseconds for a duration and a Date for a moment', () => {
    expect(wait('2d')).toBe(172_800_000)
    expect(wait('PT1H30M')).toBe(5_400_000)
    expect(wait('2026-12-24T09:00:00-03:00')).toEqual(new Date('2026-12-24T12:00:00Z'))
    expect(wait('2026-12-24')).toEqual(new Date('2026-12-24T00:00:00Z'))
    expect(wait('{ until: "09:30" }')).toEqual({ hour: 9, minute: 30 })
  })

  it('may be computed', () => {
    expect(wait('${{ days(2) }}')).toBe(172_800_000)
    expect(wait('${{ timestamp(lead.createdAt) + days(1) }}')).toEqual(new Date('2026-03-03T12:00:00Z'))
    expect(wait('${{ lead.createdAt }}')).toEqual(new Date('2026-03-02T12:00:00Z'))
    expect(wait('"${{ 3 }}d"')).toBe(259_200_000)
    expect(() => wait('${{ lead.name }}')).toThrow(/expected a duration/)
  })

  it('that is computed is no day that no calendar has', () => {
    expect(() => wait('"2026-02-${{ lead.score }}"')).toThrow(/found "2026-02-42" \(no calendar has 2026-02-42\)/)
    expect(() => wait('"2026-02-${{ 30 }}T09:00:00Z"')).toThrow(/no calendar has 2026-02-30/)
    expect(wait('"2028-02-${{ 29 }}"')).toEqual(new Date('2028-02-29T00:00:00Z'))
  })
})

describe('compilePlaybook', () => {
  it('takes true for how long the sender of a webhook is kept waiting, and means 30 seconds', () => {
    const waitMs = (written: string) =>
      compiled(
        withSteps('  - wait: 1d\n').replace(
          /^triggers:.*\n(?: .*\n)*/m,
          `triggers: [ { webhook: { id: ask, wait: ${written} } } ]\n`,
        ),
      ).triggers.map(trigger => trigger.kind === 'webhook' && trigger.waitMs)
    expect(waitMs('true')).toEqual([30_000])
    expect(waitMs('5s')).toEqual([5000])
  })

  it('warns of a policy where no folder of policies stands beside the file: nobody knows whether there is one', () => {
    const source = withSteps('  - { decide: first-contct, with: { phone: true } }\n')
    const { playbook, diagnostics } = compilePlaybook(source, { ...catalog, policies: undefined })
    expect(playbook).toBeDefined()
    expect(diagnostics).toMatchObject([{ code: 'UNKNOWN_POLICY', severity: 'warning', path: 'steps.0.decide' }])
  })

  it('refuses what is too large, or too deep, without reading on', () => {
    const long = compilePlaybook(withSteps(`  - set: { a: "${'x'.repeat(500_000)}" }\n`), catalog)
    expect(long.diagnostics.map(finding => finding.code)).toEqual(['TOO_LARGE'])
    const many = compilePlaybook(withSteps('  - wait: 1d\n'.repeat(2001)), catalog)
    expect(many.diagnostics.map(finding => finding.code)).toEqual(['TOO_LARGE'])
    expect(many.diagnostics[0], 'at the first step too many').toMatchObject({ path: 'steps.2000', line: 2000 + 6 })
    for (const deep of [
      '['.repeat(100_000),
      `${'['.repeat(5000)}${']'.repeat(5000)}`,
      `a: ${'{a: '.repeat(80)}1${'}'.repeat(80)}`,
    ])
      expect(compilePlaybook(deep, catalog).playbook).toBeUndefined()
  })

  it('takes two hundred spoilt playbooks without throwing, each with sorted findings inside the text', () => {
    const source = fixture('qualify-and-schedule')
    const random = randomNumbers(7)
    for (let round = 0; round < 200; round++) {
      const spoilt = spoil(source, random)
      const { diagnostics } = compilePlaybook(spoilt, catalog)
      const lines = spoilt.split('\n')
      for (const finding of diagnostics) {
        expect(finding.line).toBeLessThanOrEqual(lines.length + 1)
        expect(finding.endLine).toBeGreaterThanOrEqual(finding.line)
        expect(finding.column).toBeLessThanOrEqual((lines[finding.line - 1] ?? '').length + 2)
        expect(finding.message.length).toBeGreaterThan(10)
      }
      const order = diagnostics.map(finding => finding.line * 10_000 + finding.column)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
    }
  })

  it('is not led in circles by an action whose schema refers to itself', () => {
    const tree: JsonSchema = {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          properties: Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map(name => [name, { $ref: '#/$defs/node' }])),
        },
      },
    }
    const circle: JsonSchema = { anyOf: [{ $ref: '#' }, { allOf: [{ $ref: '#' }] }] }
    const actions = new Map(
      ['tree', 'circle'].map(name => [
        `odd/${name}`,
        {
          ...catalog.actions.get('sdr/lead-scoring')!,
          input: name === 'tree' ? tree : circle,
          output: name === 'tree' ? tree : circle,
        },
      ]),
    )
    const steps = `  - { id: one, uses: odd/tree, with: { a: { b: { c: { x: 1 } } } } }\n  - { id: two, uses: odd/circle, with: { a: 1 } }\n  - set: { x: '\${{ steps.one.output.a.b.c.d.e.x }}', y: '\${{ steps.two.output.y }}' }\n`
    const { diagnostics } = compilePlaybook(withSteps(steps), { ...catalog, actions })
    expect(diagnostics.map(finding => [finding.code, finding.path])).toEqual([
      ['UNKNOWN_INPUT', 'steps.0.with.a.b.c.x'],
      ['UNKNOWN_FIELD', 'steps.2.set.x'],
    ])
  })

  it('does not trust names: __proto__ and constructor are names like others', () => {
    const { diagnostics } = compilePlaybook(
      withSteps(
        '  - set: { constructor: 1 }\n  - set: { a: "${{ vars.constructor }}", b: "${{ lead.constructor }}", c: "${{ steps.__proto__ }}" }\n',
      ),
      catalog,
    )
    expect(diagnostics.map(finding => finding.code)).toEqual(['UNKNOWN_FIELD', 'UNKNOWN_STEP'])
  })
})

/** mulberry32: the same spoilt playbooks on every machine. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function spoil(source: string, random: () => number): string {
  let text = source
  for (let times = 1 + Math.floor(random() * 4); times > 0; times--) {
    const at = Math.floor(random() * text.length)
    const length = 1 + Math.floor(random() * 12)
    const from = Math.floor(random() * text.length)
    const pieces = [
      '',
      text.slice(from, from + length),
      '${{',
      '}}',
      ': ',
      '\n',
      '- ',
      '"',
      "'",
      '{',
      '\t',
      '|',
      'null',
      '5',
    ]
    text =
      text.slice(0, at) + pieces[Math.floor(random() * pieces.length)] + text.slice(at + Math.floor(random() * length))
  }
  return text
}
