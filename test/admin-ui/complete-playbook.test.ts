import { expect, it } from 'vitest'
import { completePlaybook, type LanguageSchema } from '../../admin-ui/src/features/playbooks/complete-playbook.ts'
import { playbookSchema } from '../../core/playbooks/playbook-schema.ts'

const schema = playbookSchema() as LanguageSchema
const callables = [
  { name: 'email/send', description: 'Sends an e-mail.' },
  { name: 'sdr/lead-scoring', description: 'Scores a lead.' },
]

/** What is offered where `|` stands, and the word that it takes the place of. */
function at(marked: string) {
  const position = marked.indexOf('|')
  const text = marked.replace('|', '')
  const completion = completePlaybook(text, position, schema, callables)
  const choices = completion?.choices ?? []
  return {
    labels: choices.map(({ label }) => label),
    word: completion && text.slice(completion.from, position),
    choices,
  }
}

it('offers the keys of the file, without those that it has', () => {
  const { labels, word } = at('id: a\nna|\nsteps:\n  - wait: 2d\n')
  expect(word).toBe('na')
  expect(labels).toEqual(expect.arrayContaining(['name', 'triggers', 'enrollment', 'finally']))
  expect(labels).not.toContain('id')
  expect(labels).not.toContain('steps')
})

it('offers every kind of step to an empty one, each with its description', () => {
  const { choices } = at('steps:\n  - wait: 2d\n  - |\n')
  const first = choices.filter(choice => choice.first).map(({ label }) => label)
  expect(first).toEqual(expect.arrayContaining(['uses', 'run', 'forEach', 'waitFor', 'return']))
  expect(choices.find(({ label }) => label === 'uses')).toMatchObject({
    description: expect.stringContaining('A service'),
    insert: 'uses: ',
  })
})

it('offers a begun step the keys of its kind only, whether they stand above or below', () => {
  for (const text of ['steps:\n  - uses: a/b\n    |\n  - wait: 2d', 'steps:\n  - |\n    uses: a/b\n  - wait: 2d']) {
    const { labels } = at(text)
    expect(labels).toEqual(expect.arrayContaining(['with', 'retry', 'onError', 'id']))
    expect(labels).not.toContain('wait')
    expect(labels).not.toContain('uses')
  }
})

it('goes into steps within steps, and into lists that are not indented', () => {
  expect(at('steps:\n- if: x\n  then:\n  - parallel:\n      |').labels).toEqual(['mode', 'branches'])
  expect(at('steps:\n  - parallel:\n      branches:\n        mail:\n          - us|').labels).toContain('uses')
})

it('offers the kinds of triggers and their keys', () => {
  expect(at('triggers:\n  - |').labels).toEqual(expect.arrayContaining(['event', 'schedule', 'webhook', 'manual']))
  expect(at('triggers:\n  - schedule:\n      |').labels).toEqual(expect.arrayContaining(['cron', 'every', 'missed']))
})

it('offers actions and services after uses, in the place of all that is written', () => {
  const { labels, word } = at('steps:\n  - uses: sdr/le|')
  expect([labels, word]).toEqual([['email/send', 'sdr/lead-scoring'], 'sdr/le'])
})

it('offers event types, words of a choice, true and false', () => {
  expect(at('triggers:\n  - event: |').labels).toContain('lead.captured')
  expect(at('steps:\n  - uses: a/b\n    retry:\n      backoff: l|').labels).toEqual([
    'exponential',
    'linear',
    'constant',
  ])
  expect(at('steps:\n  - uses: a/b\n    onError: |').labels).toEqual(['fail', 'continue'])
  expect(at('sendWindow:\n  days:\n    - |').labels).toContain('mon')
  expect(at('enrollment:\n  reenter: |').labels).toEqual(expect.arrayContaining(['true', 'false']))
})

it('offers an expression its roots, and the ids of steps that stand before', () => {
  expect(at('steps:\n  - if: ${{ l|').labels).toEqual([
    'event',
    'inputs',
    'vars',
    'steps',
    'run',
    'lead',
    'deal',
    'customer',
    'subject',
  ])
  const text =
    'triggers:\n  - webhook:\n      id: form\nsteps:\n  - id: score\n    name: Pontuar\n    uses: a/b\n  - if: ${{ steps.s|\n  - id: later\n'
  expect(at(text)).toMatchObject({ word: 's', choices: [{ label: 'score', description: 'Pontuar' }] })
  expect(at('steps:\n  - if: ${{ lead.n|').labels).toEqual([])
})

it('offers a test how it begins, what people decide and what can be expected', () => {
  const test = 'tests:\n  - name: a\n    '
  expect(at(`${test}|`).labels).toEqual(expect.arrayContaining(['inputs', 'event', 'until', 'approvals', 'expect']))
  expect(at(`${test}approvals:\n      ask: |`).labels).toEqual(['approve', 'reject', 'timeout'])
  expect(at(`${test}approvals:\n      ask:\n        |`).labels).toEqual(
    expect.arrayContaining(['decision', 'after', 'by', 'form', 'comment']),
  )
  expect(at(`${test}approvals:\n      ask:\n        decision: |`).labels).toEqual(['approve', 'reject', 'timeout'])
  expect(at(`${test}expect:\n      - |`).labels).toEqual(expect.arrayContaining(['run', 'approval', 'runs']))
  expect(at(`${test}expect:\n      - approval: ask\n        status: |`).labels).toContain('timedOut')
})

it('offers nothing in texts of your own', () => {
  expect(at('name: Q|').labels).toEqual([])
  expect(at('steps:\n  - uses: a/b\n    with:\n      to|').labels).toEqual([])
  expect(at('# na|').labels).toEqual([])
})
