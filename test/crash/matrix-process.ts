/**
 * One life of an engine, for the kill matrix: opens the core on the database that the environment names, installs the
 * vendor that keeps account, publishes the playbook, works, and dies at the named point TRAE_CRASH_AT.
 */
import { firstBoot } from '../../core/access/first-boot.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { appendEvent } from '../../core/events/append-event.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { decideApproval } from '../../core/runs/approvals/decide-approval.ts'
import { APPROVER, CHILD, matrixPlaybook } from './matrix-playbook.ts'

const { MATRIX_VENDOR: vendor, MATRIX_ACTION: action, ...environment } = process.env
const core = await openCore(readConfig(environment), { pollMs: 25 })
const { workspaceId } = await firstBoot(core)
await core.plugins.load(workspaceId)
if (!core.plugins.list(workspaceId).some(plugin => plugin.pluginId === 'vendor'))
  await installPlugin(core, { workspaceId, from: { kind: 'folder', path: vendor! }, grant: 'all-declared' })
await publishPlaybook(core, workspaceId, CHILD)
await publishPlaybook(core, workspaceId, matrixPlaybook(action!))

const store = async (type: string, subject: string) => {
  const event = { type, subjectId: null, data: { subject }, source: 'matrix', dedupeKey: `${type} ${subject}` }
  await appendEvent(core.sql, workspaceId, event, core.clock.now())
  core.queue.ring('events')
}

/** Every run that waits for an event gets it, once; everybody who is asked says yes. */
const answer = async () => {
  const waiting = await core.sql.query<{ type: string; subject: string }>({
    name: 'matrix-waiting',
    text: `select we.type, we.correlate->>'subject' as subject from wait_events we join waits w using (run_id, path) where w.status = 'open'`,
  })
  for (const { type, subject } of waiting) await store(type, subject)
  const asked = await core.sql.query<{ id: string }>({
    name: 'matrix-asked',
    text: `select id from approvals where status = 'open'`,
  })
  for (const { id } of asked)
    await decideApproval(core, workspaceId, { approvalId: id, email: APPROVER, decision: 'approved' })
}

process.on('message', async (message: { readonly begin: string } | { readonly figures: true }) => {
  if ('begin' in message) {
    await store('matrix.began', message.begin)
    return void process.send!({ begun: message.begin })
  }
  const [figures] = await core.sql.query({ name: 'matrix-figures', text: FIGURES })
  process.send!({ figures })
})
setInterval(() => void answer().catch(() => {}), 25)

await core.brain.open()
process.send!({ ready: true })
process.on('disconnect', () => void core.close().finally(() => process.exit()))

const FIGURES = `
  with account as (
    select split_part(key, ':', 1) as entry, split_part(key, ':', 2) as key, value, updated_at as at from plugin_storage
  ), recorded as (
    select data->'output'->>'key' as key, min(at) as at from journal where kind = 'step.completed' group by 1
  ), calls as (
    select key, count(*)::int as n from account where entry = 'call' group by key
  ), deeds as (
    select key, value::text::int as n from account where entry = 'did'
  )
  select
    (select count(*) from events where dispatched_at is null)::int as undispatched,
    (select count(*) from runs where parent_run_id is null)::int as runs,
    (select count(*) from runs where finished_at is null)::int as open,
    (select count(*) from runs where status = 'completed' and parent_run_id is null)::int as completed,
    (select count(*) from runs where status = 'quarantined' and reason->>'code' = 'UNKNOWN_EFFECT')::int as parked,
    (select coalesce(jsonb_agg(coalesce(error, reason)), '[]') from runs
     where status not in ('completed', 'queued', 'running', 'waiting', 'retrying')
       and not (status = 'quarantined' and reason->>'code' = 'UNKNOWN_EFFECT')
       and not (status = 'cancelled' and parent_run_id in (select id from runs where status = 'quarantined'))) as failures,
    (select coalesce(sum(n - 1), 0) from calls)::int as "callsAgain",
    (select count(*) from account join recorded using (key) where entry = 'call' and account.at > recorded.at)::int as "recordedAgain",
    (select coalesce(sum(n - 1), 0) from deeds)::int as doubled,
    (select count(*) from (select key from calls union select key from deeds) keys)::int as keys,
    (select count(*) from events where type = 'matrix.ended')::int as ended`
