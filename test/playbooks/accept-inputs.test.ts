import { describe, expect, it } from 'vitest'
import { acceptInputs } from '../../core/playbooks/accept-inputs.ts'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import { catalog } from './catalog.ts'

const { inputs } = compilePlaybook(
  `id: ask
name: Ask
module: vendas
inputs:
  days: { type: integer, default: 3 }
  ratio: { type: number }
  tone: { type: string, enum: [formal, friendly] }
  since: { type: date }
  at: { type: datetime }
  tags: { type: list, default: [new] }
  more: { type: object }
  sure: { type: boolean, required: true }
triggers: []
steps: [ { wait: 1d } ]
`,
  catalog,
).playbook!
const accept = (given: unknown) => acceptInputs('ask', inputs, given)
const refusal = (given: unknown): string => {
  try {
    accept(given)
  } catch (error) {
    return (error as Error).message
  }
  return 'accepted'
}

describe('acceptInputs', () => {
  it('fills in defaults, and null where there is none', () => {
    expect(accept({ sure: true })).toEqual({
      days: 3,
      ratio: null,
      tone: null,
      since: null,
      at: null,
      tags: ['new'],
      more: null,
      sure: true,
    })
    expect(accept({ sure: false, days: null, tone: null })).toMatchObject({ days: 3, tone: null })
  })

  it('takes every type', () => {
    const given = {
      days: 0,
      ratio: 0.5,
      tone: 'formal',
      since: '2026-02-28',
      at: '2026-02-28T09:00:00-03:00',
      tags: [],
      more: { a: [1] },
      sure: false,
    }
    expect(accept(given)).toEqual(given)
  })

  it('gives each run a copy: what one does to a list is not seen by another', () => {
    ;(accept({ sure: true })['tags'] as string[]).push('changed')
    expect(accept({ sure: true })['tags']).toEqual(['new'])
  })

  it.each([
    [{}, '"sure" is missing, it must be true or false'],
    [{ sure: null }, '"sure" must be true or false, found null'],
    [{ sure: 'yes' }, '"sure" must be true or false, found "yes"'],
    [{ sure: true, days: 1.5 }, '"days" must be a whole number, found 1.5'],
    [{ sure: true, tone: 'rude' }, '"tone" must be one of "formal", "friendly", found "rude"'],
    [{ sure: true, since: '2026-02-30' }, '"since" must be a date such as 2026-03-02, found "2026-02-30"'],
    [{ sure: true, at: '2026-02-28' }, '"at" must be a moment such as 2026-03-02T09:00:00-03:00, found "2026-02-28"'],
    [{ sure: true, tags: 'a' }, '"tags" must be a list, found "a"'],
    [{ sure: true, more: [] }, '"more" must be a map, found []'],
    [{ sure: true, dais: 3 }, 'there is no input "dais"; did you mean "days"?'],
  ])('refuses %j: which input, what is wanted, what was found', (given, why) => {
    expect(refusal(given)).toBe(`The inputs of ask cannot be accepted: ${why}.`)
  })

  it('says everything at once', () => {
    expect(refusal({ days: 'a', ratio: true })).toBe(
      'The inputs of ask cannot be accepted: "sure" is missing, it must be true or false; "days" must be a whole number, found "a"; "ratio" must be a number, found true.',
    )
    expect(refusal([1])).toBe('The inputs of ask must be a map, found [1].')
  })
})
