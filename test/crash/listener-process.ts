/**
 * One life of an engine whose plugin (LISTENER) listens to an event, on a clock that stands where the environment says (TEST_NOW): the
 * first life tells the event. It works, dies at TRAE_CRASH_AT, and tells how far it has come.
 */
import { firstBoot } from '../../core/access/first-boot.ts'
import { VirtualClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { appendEvent } from '../../core/events/append-event.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'

const { LISTENER: path, ...environment } = process.env
const core = await openCore(readConfig(environment), { clock: new VirtualClock(process.env['TEST_NOW']!), pollMs: 25 })
const { workspaceId } = await firstBoot(core)
await core.plugins.load(workspaceId)
if (!core.plugins.installation(workspaceId, 'listener')) {
  await installPlugin(core, { workspaceId, from: { kind: 'folder', path: path! }, grant: 'all-declared' })
  const lead = leadInput.parse({ name: 'Ana Souza', email: 'ana@acme.com.br' })
  const { leadId } = await captureLead(core, workspaceId, lead, { source: 'test' })
  const event = { type: 'deal.won', subjectId: leadId, data: { leadId, title: 'Gold' }, source: 'test' }
  await appendEvent(core.sql, workspaceId, event, core.clock.now())
}

process.on('message', async () => {
  const [figures] = await core.sql.query<Figures>({ name: 'listener-figures', text: FIGURES })
  process.send!({ figures })
})
await core.brain.open()
process.send!({ ready: true })
process.on('disconnect', () => process.exit())

export interface Figures {
  readonly marks: number
  /** Events to dispatch, and to tell. */
  readonly open: number
}
const FIGURES = `
  select
    (select count(*) from activities where kind = 'NOTE' and summary = 'won Gold')::int as marks,
    (select (select count(*) from events where dispatched_at is null) + (select count(*) from plugin_events))::int as open`
