import { describe, expect, test } from 'vitest'
import { comparePlaybooks, keptSteps } from '../../core/playbooks/compare-playbooks.ts'

const playbook = (steps: string, top = '') => `
id: test
name: Test
triggers:
  - event: lead.captured
${top}
steps:
${steps.trim().replace(/^/gm, '  ')}
`
const steps = (before: string, after: string) =>
  comparePlaybooks(playbook(before), playbook(after)).steps.map(({ change, path, before }) =>
    before === undefined ? `${change} ${path}` : `${change} ${before} -> ${path}`,
  )
const kept = (before: string, after: string) => keptSteps(playbook(before), playbook(after)).map(step => step.path)

describe('what changes between two texts of a playbook', () => {
  test('the same text in another dress changes nothing', () => {
    expect(steps('- id: a\n  wait: 1d', '- { id: "a", wait: 1d } # a day')).toEqual([])
  })
  test('a step that comes, goes or says something else is told by its path', () => {
    expect(
      steps('- id: a\n  wait: 1d\n- id: b\n  set: { x: 1 }', '- id: a\n  wait: 2d\n- id: c\n  set: { x: 2 }'),
    ).toEqual(['changed a', 'added c', 'removed b'])
  })
  test('a step with an id that stands elsewhere has moved', () => {
    expect(
      steps(
        '- id: a\n  set: { x: 1 }\n- id: gate\n  if: ${{ true }}\n  then:\n    - wait: 1d',
        '- id: gate\n  if: ${{ true }}\n  then:\n    - wait: 1d\n    - id: a\n      set: { x: 1 }',
      ),
    ).toEqual(['moved a -> gate.then.a'])
  })
  test('a step without an id is found again by its text', () => {
    expect(steps('- wait: 1d\n- set: { x: 1 }', '- set: { y: 1 }\n- wait: 1d\n- set: { x: 1 }')).toEqual([
      'added 0',
      'moved 0 -> 1',
      'moved 1 -> 2',
    ])
  })
  test('a change inside a branch is told of the step inside, not of those around it', () => {
    expect(
      steps(
        '- id: p\n  parallel:\n    branches:\n      one:\n        - id: a\n          wait: 1d',
        '- id: p\n  parallel:\n    branches:\n      one:\n        - id: a\n          wait: 2d',
      ),
    ).toEqual(['changed p.one.a'])
  })
  test('triggers, inputs and everything else at the top are told by name', () => {
    const after = playbook('- id: a\n  wait: 1d', 'name: Other\noutputs: { x: 1 }\ninputs: { city: { type: string } }')
      .replace('name: Test\n', '')
      .replace('- event: lead.captured', '- event: lead.captured\n    if: ${{ true }}\n  - event: lead.lost')
    expect(comparePlaybooks(playbook('- id: a\n  wait: 1d'), after)).toEqual({
      steps: [],
      triggers: [
        { change: 'changed', name: 'lead.captured' },
        { change: 'added', name: 'lead.lost' },
      ],
      inputs: [{ change: 'added', name: 'city' }],
      settings: ['name', 'outputs'],
    })
  })
  test('of a text that cannot be read everything is gone, and the first text has everything added', () => {
    expect(steps('- id: a\n  wait: 1d', '- id: [')).toEqual(['removed a'])
    expect(comparePlaybooks(undefined, playbook('- id: a\n  wait: 1d')).steps).toMatchObject([
      { change: 'added', path: 'a' },
    ])
  })
})

describe('a step is the same step', () => {
  test('where it is called the same and does the same kind of thing', () => {
    expect(
      kept('- id: a\n  wait: 1d\n- id: b\n  uses: x/y@^1', '- id: a\n  wait: 2d\n- id: b\n  uses: x/y@^2'),
    ).toEqual(['a', 'b'])
  })
  test('not where it uses another action, is of another kind, or stands in another kind of step', () => {
    expect(kept('- id: a\n  uses: x/y', '- id: a\n  uses: x/z')).toEqual([])
    expect(kept('- id: a\n  wait: 1d', '- id: a\n  set: { x: 1 }')).toEqual([])
    expect(
      kept(
        '- id: g\n  if: ${{ true }}\n  then:\n    - id: a\n      wait: 1d',
        '- id: g\n  parallel:\n    branches:\n      then:\n        - id: a\n          wait: 1d',
      ),
    ).toEqual([])
  })
  test('not where its position is taken by another and its text stands elsewhere', () => {
    expect(
      kept('- uses: x/y\n  with: { to: a }', '- uses: x/y\n  with: { to: new }\n- uses: x/y\n  with: { to: a }'),
    ).toEqual([])
    expect(kept('- uses: x/y\n  with: { to: a }', '- uses: x/y\n  with: { to: b }')).toEqual(['0'])
  })
})
