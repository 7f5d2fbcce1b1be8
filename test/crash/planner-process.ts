/**
 * One life of an engine whose plugin (PLANNER) plans a call, on a clock that stands where the environment says (TEST_NOW): the first
 * life starts the run that plans it for an hour later. It works, dies at TRAE_CRASH_AT, and tells how far it has come.
 */
import { firstBoot } from '../../core/access/first-boot.ts'
import { VirtualClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { appendEvent } from '../../core/events/append-event.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'

const PLAN = `
id: plan-a-mark
name: Plan a mark
module: pre_vendas
triggers: [{ event: test.plan }]
steps:
  - uses: planner/plan
    with:
      key: mark
      action: mark
      at: '\${{ event.at }}'
      input: { leadId: '\${{ event.leadId }}', text: planned }
    onError: fail
`
const { PLANNER: path, ...environment } = process.env
const core = await openCore(readConfig(environment), { clock: new VirtualClock(process.env['TEST_NOW']!), pollMs: 25 })
const { workspaceId } = await firstBoot(core)
await core.plugins.load(workspaceId)
if (!core.plugins.installation(workspaceId, 'planner')) {
  await installPlugin(core, { workspaceId, from: { kind: 'folder', path: path! }, grant: 'all-declared' })
  await publishPlaybook(core, workspaceId, PLAN)
  const lead = leadInput.parse({ name: 'Ana Souza', email: 'ana@acme.com.br' })
  const { leadId } = await captureLead(core, workspaceId, lead, { source: 'test' })
  const at = new Date(core.clock.now().getTime() + 3_600_000).toISOString()
  const event = { type: 'test.plan', subjectId: null, data: { leadId, at }, source: 'test' }
  await appendEvent(core.sql, workspaceId, event, core.clock.now())
}

process.on('message', async () => {
  const [figures] = await core.sql.query<Figures>({ name: 'planner-figures', text: FIGURES })
  process.send!({ figures })
})
await core.brain.open()
process.send!({ ready: true })
process.on('disconnect', () => process.exit())

export interface Figures {
  /** The run that plans, when it is over. */
  readonly plannedBy: number
  readonly planned: number
  readonly made: number
  readonly completed: number
  readonly marks: number
  /** Events to dispatch, and runs that are not over. */
  readonly open: number
}
const FIGURES = `
  select
    (select count(*) from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'plan-a-mark' and r.status = 'completed')::int
      as "plannedBy",
    (select count(*) from planned_calls)::int as planned,
    (select count(*) from runs r join playbooks p on p.id = r.playbook_id where p.made_for is not null)::int as made,
    (select count(*) from runs r join playbooks p on p.id = r.playbook_id where p.made_for is not null and r.status = 'completed')::int
      as completed,
    (select count(*) from activities where kind = 'NOTE' and summary = 'planned')::int as marks,
    (select (select count(*) from events where dispatched_at is null) + (select count(*) from runs where finished_at is null))::int as open`
