import { describe, expect, it } from 'vitest'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import { type Match, matchPlaybooks } from '../../core/playbooks/match-playbooks.ts'
import type { Playbook } from '../../core/playbooks/playbook.ts'
import { catalog } from './catalog.ts'

function entry(id: string, triggers: string): { playbook: Playbook; versionId: string } {
  const { playbook, diagnostics } = compilePlaybook(
    `id: ${id}\nname: A\nmodule: vendas\ntriggers: ${triggers}\nsteps: [ { wait: 1d } ]\n`,
    catalog,
  )
  expect(diagnostics.filter(finding => finding.severity === 'error')).toEqual([])
  return { playbook: playbook!, versionId: `version of ${id}` }
}

const captured = (lead: Record<string, unknown>) => ({ type: 'lead.captured', data: { lead, leadId: 'l1' } })
const ids = (matches: readonly Match<{ playbook: Playbook }>[]): string[] =>
  matches.map(({ entry }) => entry.playbook.id)

describe('matchPlaybooks', () => {
  const every = entry('every', '[ { event: lead.captured } ]')
  const hot = entry('hot', `[ { event: lead.captured, if: '\${{ event.lead.score >= 60 }}' } ]`)
  const other = entry('other', '[ { event: meeting.scheduled } ]')
  const two = entry(
    'two',
    `[ { event: meeting.scheduled }, { event: lead.captured, if: '\${{ event.type == "lead.captured" && event.leadId == "l1" }}' } ]`,
  )

  it('finds those whose trigger names the event and whose condition holds, in their order', () => {
    expect(ids(matchPlaybooks([hot, other, every, two], captured({ score: 85 })))).toEqual(['hot', 'every', 'two'])
    expect(ids(matchPlaybooks([hot, other, every, two], captured({ score: 10 })))).toEqual(['every', 'two'])
    expect(ids(matchPlaybooks([every], { type: 'lead.qualified', data: {} }))).toEqual([])
  })

  it('hands back the entries it was given, with whatever else they carry', () => {
    expect(matchPlaybooks([every], captured({}))[0]!.entry).toBe(every)
  })

  it('says which trigger it was: the first that fits', () => {
    expect(matchPlaybooks([two], captured({ score: 1 }))[0]!.trigger).toBe(two.playbook.triggers[1])
  })

  it('lets the firing of one trigger be heard by its playbook alone, and by no trigger for events of that type', () => {
    const [a, b] = ['a', 'b'].map(id => ({ ...entry(id, '[ { event: lead.captured } ]'), playbookId: id }))
    const firing = (playbookId: string, trigger: string) => ({ ...captured({}), target: { playbookId, trigger } })
    expect(ids(matchPlaybooks([a!, b!], firing('b', 'event/lead.captured')))).toEqual(['b'])
    expect(matchPlaybooks([a!, b!], firing('b', 'webhook/form'))).toEqual([])
    expect(matchPlaybooks([a!, b!], firing('b', 'manual'))).toEqual([{ entry: b, trigger: undefined }])
  })

  it('starts a playbook once although two of its triggers fit', () => {
    const both = entry('both', '[ { event: lead.captured }, { event: lead.captured } ]')
    expect(matchPlaybooks([both], captured({}))).toHaveLength(1)
  })

  it('does not let a condition that cannot be evaluated keep others from starting, and reports it', () => {
    const errors: string[] = []
    const found = matchPlaybooks([hot, every], captured({ score: null }), (entry, error) =>
      errors.push(`${entry.playbook.id}: ${error.code} ${error.message}`),
    )
    expect(ids(found)).toEqual(['every'])
    expect(errors).toEqual([expect.stringMatching(/^hot: EXPRESSION Line 4, column 46.*nothing \(null\)/)])
  })
})
