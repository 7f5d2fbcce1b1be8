/**
 * One life of an engine, for the crash tests: opens the core on the database that the environment names, works, and is
 * killed from outside or at the named point TRAE_CRASH_AT. Speaks JSON lines over the IPC channel of `fork`.
 */
import { createHash } from 'node:crypto'
import { firstBoot } from '../../core/access/first-boot.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { publishPolicies } from '../../core/decisions/publish-policy.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { receiveReply } from '../../core/sales/receive-message.ts'

const core = await openCore(readConfig(), { pollMs: 50 })
const { workspaceId } = await firstBoot(core)
await core.plugins.load(workspaceId)
await installBuiltIns(core, workspaceId, () => {})
await publishPolicies(core, workspaceId, core.config.playbooksDir)
await publishFolder(core, workspaceId, core.config.playbooksDir)

/** The lead answers the first message it got, once: two processes that both bring the answer in bring the same one. */
const answerAsLeads = async () => {
  const rows = await core.sql.query<{ id: string }>({
    name: 'unanswered',
    text: `select distinct on (lead_id) id from messages m
           where direction = 'out' and lead_id is not null
             and not exists (select from messages r where r.lead_id = m.lead_id and r.direction = 'in')
           order by lead_id, created_at, id`,
  })
  for (const { id } of rows)
    await receiveReply(core, workspaceId, {
      messageId: id,
      externalId: `answer-to-${id}`,
      body: 'Sim, podemos conversar!',
    })
}

const figures = async () => {
  const [row] = await core.sql.query<Record<string, unknown>>({
    name: 'figures',
    text: `select
      (select count(*) from leads)::int as leads,
      (select count(*) from events where dispatched_at is null)::int as undispatched,
      (select count(*) from runs where subject_id is not null)::int as runs,
      (select count(*) from runs where finished_at is null)::int as open,
      (select coalesce(jsonb_agg(coalesce(error, reason)), '[]') from runs where status in ('failed', 'quarantined')) as errors,
      (select coalesce(jsonb_agg(path || ' ' || status), '[]') from effects where status <> 'sent') as unsettled,
      (select coalesce(jsonb_agg(path || ' ' || (data->'error'->>'message')), '[]') from journal where kind = 'step.failed') as failures,
      (select count(*) from messages where direction = 'in')::int as answers,
      (select count(*) from meetings)::int as meetings,
      (select count(*) from (select lead_id, subject from messages where direction = 'out' and lead_id is not null group by 1, 2 having count(*) > 1) d)::int as doubled,
      (select count(*) from activities where kind = 'HANDOFF')::int as handoffs,
      (select count(*) from deals)::int as deals,
      (select count(distinct e.id) from events e where e.type = 'lead.captured' and not exists (select from runs r where r.event_id = e.id))::int as lost`,
  })
  return row!
}

let answering = false
process.on('message', async (message: { do: 'capture'; email: string } | { do: 'figures' }) => {
  if (message.do === 'figures') return void process.send!({ figures: await figures() })
  const digits = String(Number.parseInt(createHash('sha256').update(message.email).digest('hex').slice(0, 12), 16))
  const lead = leadInput.parse({
    name: 'Ana Souza',
    email: message.email,
    phone: `+55 11 9${digits.padStart(8, '0').slice(-8)}`, // of her own: with the name it would say who it is
    company: 'Acme',
    jobTitle: 'Diretora Comercial',
    source: 'WEBSITE',
    data: { companySize: '51-200', message: 'Quero conhecer o produto' },
  })
  await captureLead(core, workspaceId, lead, { source: 'crash-test', dedupeKey: message.email })
  process.send!({ stored: message.email })
})
setInterval(async () => {
  if (answering) return
  answering = true
  await answerAsLeads().catch(() => {})
  answering = false
}, 50)

await core.brain.open()
process.send!({ ready: true })
process.on('disconnect', () => process.exit())
