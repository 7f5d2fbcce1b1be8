import type { Core } from '../context.ts'
import { readPastPolicies } from '../decisions/read-past-policies.ts'
import type { PlaybookId, PlaybookVersionId, WorkspaceId } from '../ids.ts'
import type { Playbook } from '../playbooks/playbook.ts'
import { plainPath, stepsOf } from '../playbooks/step-branches.ts'
import type { Lead } from '../sales/lead.ts'
import { customersOfLeads } from '../sales/customers.ts'
import { findLeads } from '../sales/leads.ts'
import { dealsOfLeads } from '../sales/read-deals.ts'
import { statement } from '../sql.ts'
import { type History, MAX_EVENTS, type PastCall, type PastChoice, type PastEffect } from './history.ts'

type Read = Pick<Core, 'sql' | 'clock' | 'playbooks'>

/**
 * What happened since a moment, as far as it concerns a draft: the events that it begins with or waits for (the oldest
 * `MAX_EVENTS`; not those of its own runs), their leads, what runs of the published playbook of the same id did and decided, and
 * the policies that the draft decides by.
 */
export async function readHistory(
  core: Read,
  workspaceId: WorkspaceId,
  draft: Playbook,
  since: Date,
): Promise<History> {
  const until = core.clock.now()
  const [known] = await core.sql.query<{ id: PlaybookId }>(FIND_PLAYBOOK, [workspaceId, draft.id])
  const playbookId = known?.id ?? null
  const types = [
    ...draft.triggers.flatMap(trigger => (trigger.kind === 'event' ? [trigger.event] : [])),
    ...stepsOf(draft).flatMap(step => (step.kind === 'waitFor' ? step.events.map(({ event }) => event) : [])),
    ...(draft.enrollment?.goal ? [draft.enrollment.goal.event] : []),
  ]
  const rows = await core.sql.query<{
    type: string
    subject_id: string | null
    data: Record<string, unknown>
    account: History['events'][number]['account'] | null
    of_own_run: boolean
    created_at: Date
    total: number
  }>(PAST_EVENTS, [workspaceId, since, until, [...new Set(types)], playbookId, MAX_EVENTS])
  const leadIds = [...new Set(rows.flatMap(row => row.subject_id ?? []))]
  const changes = await core.sql.query<{ lead_id: string; at: Date; status: string; before: string | null }>(
    STATUS_CHANGES,
    [workspaceId, leadIds, since],
  )
  const first = new Map(changes.toReversed().map(change => [change.lead_id, change.before]))
  const leads = await findLeads(core, workspaceId, leadIds)
  const done =
    playbookId === null
      ? { outcomes: [], effects: [], decisions: [] }
      : await readRuns(core, workspaceId, playbookId, since)
  const policies = stepsOf(draft).flatMap(step => (step.kind === 'decide' ? [step.policy] : []))
  return {
    since: since.toISOString(),
    until: until.toISOString(),
    events: rows.map(row => ({
      type: row.type,
      subjectId: row.subject_id,
      data: row.data,
      ...(row.account ? { account: row.account } : {}),
      ...(row.of_own_run ? { ofOwnRun: true } : {}),
      at: row.created_at.toISOString(),
    })),
    eventsLeftOut: Math.max(0, (rows[0]?.total ?? 0) - rows.length),
    leads: leads.map(lead => atStart(lead, first.get(lead.id) ?? lead.status, since)),
    changes: [
      ...changes.map(({ lead_id, at, status }) => ({
        leadId: lead_id,
        at: at.toISOString(),
        records: { lead: { status } },
      })),
      ...leads.flatMap(({ id, unsubscribedAt }) =>
        unsubscribedAt !== null && new Date(unsubscribedAt) >= since
          ? [{ leadId: id, at: unsubscribedAt, records: { lead: { unsubscribed: true } } }]
          : [],
      ),
      ...(await ofTheirs(core, workspaceId, leadIds, since)),
    ],
    ...done,
    policies: await readPastPolicies(core, workspaceId, [...new Set(policies)], since),
  }
}

/** Deals and customers as they are today, from when they began. */
async function ofTheirs(
  core: Read,
  workspaceId: WorkspaceId,
  leadIds: readonly string[],
  since: Date,
): Promise<History['changes']> {
  const from = (began: string) => new Date(Math.max(Date.parse(began), since.getTime())).toISOString()
  const [deals, customers] = await Promise.all([
    dealsOfLeads(core, workspaceId, leadIds),
    customersOfLeads(core, workspaceId, leadIds),
  ])
  return [
    ...deals.map(deal => ({ leadId: deal.leadId, at: from(deal.createdAt), records: { deal: { ...deal } } })),
    ...customers.map(customer => ({
      leadId: customer.leadId,
      at: from(customer.startedAt),
      records: { customer: { ...customer } },
    })),
  ]
}

/** The record as it may have been; what was not unsubscribed by then becomes so later. */
function atStart(lead: Lead, status: string, since: Date): Record<string, unknown> {
  const { updatedAt: _updatedAt, unsubscribed: _unsubscribed, unsubscribedAt, ...fields } = lead
  const before = unsubscribedAt !== null && new Date(unsubscribedAt) < since ? unsubscribedAt : null
  return { ...fields, status, unsubscribedAt: before }
}

async function readRuns(
  core: Read,
  workspaceId: WorkspaceId,
  playbookId: PlaybookId,
  since: Date,
): Promise<Pick<History, 'outcomes' | 'effects' | 'decisions'>> {
  const actions = new Map<string, string>()
  const actionAt = async (versionId: PlaybookVersionId, path: string): Promise<string | undefined> => {
    if (!actions.has(`${versionId} `)) {
      actions.set(`${versionId} `, '')
      for (const step of stepsOf((await core.playbooks.get(versionId)).playbook))
        if (step.kind === 'uses') actions.set(`${versionId} ${plainPath(step.path)}`, step.uses.split('@')[0]!)
    }
    return actions.get(`${versionId} ${plainPath(path)}`)
  }
  const outcomes: PastCall[] = []
  const calls = await core.sql.query<PastRow & { output: unknown }>(PAST_OUTCOMES, [workspaceId, playbookId, since])
  for (const { subject_id: leadId, version_id, path, output } of calls) {
    const action = await actionAt(version_id, path)
    if (action) outcomes.push({ leadId, path, action, output })
  }
  const effects: PastEffect[] = []
  const sent = await core.sql.query<PastRow & { at: Date; account: string | null }>(PAST_EFFECTS, [
    workspaceId,
    playbookId,
    since,
  ])
  for (const { subject_id: leadId, version_id, path, at, account } of sent) {
    const action = await actionAt(version_id, path)
    if (action) effects.push({ leadId, path, action, account, at: at.toISOString() })
  }
  const decided = await core.sql.query<DecidedRow>(PAST_CHOICES, [workspaceId, playbookId, since])
  const decisions = decided.map(
    ({ id, subject_id: leadId, path, policy, chosen: choice, by_person, automatic, at }): PastChoice => ({
      id,
      leadId,
      path,
      policy,
      choice,
      by: by_person ? 'person' : automatic ? 'engine' : 'time',
      at: at.toISOString(),
    }),
  )
  return { outcomes, effects, decisions }
}

interface DecidedRow {
  readonly id: string
  readonly subject_id: string | null
  readonly path: string
  readonly policy: string
  readonly chosen: string
  readonly by_person: boolean
  readonly automatic: boolean
  readonly at: Date
}

interface PastRow {
  readonly subject_id: string | null
  readonly version_id: PlaybookVersionId
  readonly path: string
}

const FIND_PLAYBOOK = statement('find-playbook-id', `select id from playbooks where workspace_id = $1 and slug = $2`)
const PAST_EVENTS = statement(
  'past-events',
  `select type, subject_id, data, created_at,
     case when account is not null then jsonb_build_object('name', account, 'isDefault', of_default_account) end as account,
     case when data->>'runId' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
       then exists (select from runs r where r.id = (data->>'runId')::uuid and r.playbook_id = $5::uuid) else false end as of_own_run,
     count(*) over ()::int as total from events
   where workspace_id = $1 and created_at >= $2 and created_at <= $3 and type = any($4::text[]) and target is null
     and source not in (select 'run:' || id from runs where workspace_id = $1 and playbook_id = $5::uuid)
   order by created_at, id limit $6`,
)
const STATUS_CHANGES = statement(
  'past-status-changes',
  `select lead_id, occurred_at as at, data->>'status' as status, data->>'before' as before from activities
   where workspace_id = $1 and lead_id = any($2::uuid[]) and kind = 'STATUS_CHANGED' and occurred_at >= $3
   order by occurred_at`,
)
const PAST_OUTCOMES = statement(
  'past-outcomes',
  `select r.subject_id, r.version_id, j.path, j.data->'output' as output
   from runs r join journal j on j.run_id = r.id
   where r.workspace_id = $1 and r.playbook_id = $2 and r.created_at >= $3 and j.kind = 'step.completed'
   order by j.at, j.seq limit 100000`,
)
const PAST_EFFECTS = statement(
  'past-effects',
  `select r.subject_id, r.version_id, e.path, e.intended_at as at,
     (select j.data->>'account' from journal j
      where j.run_id = e.run_id and j.path = e.path and j.kind in ('step.started', 'step.completed')
      order by j.seq desc limit 1) as account
   from runs r join effects e on e.run_id = r.id
   where r.workspace_id = $1 and r.playbook_id = $2 and r.created_at >= $3 and e.status = 'sent'
   order by e.intended_at limit 100000`,
)
const PAST_CHOICES = statement(
  'past-choices',
  `select d.id, r.subject_id, d.path, p.slug as policy, d.chosen, d.decided_by is not null as by_person, d.automatic, d.created_at as at
   from runs r join decisions d on d.run_id = r.id join decision_policies p on p.id = d.policy_id
   where r.workspace_id = $1 and r.playbook_id = $2 and r.created_at >= $3 and d.status = 'decided'
   order by d.created_at, d.id limit 100000`,
)
