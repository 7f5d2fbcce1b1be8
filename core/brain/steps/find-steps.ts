import type { Core } from '../../context.ts'
import type { WorkspaceId } from '../../ids.ts'
import { MODULE_KEYS, type ModuleKey } from '../../playbooks/playbook.ts'
import { notOfSample } from '../../sales/sample-lead.ts'
import { statement } from '../../sql.ts'
import { suggestedDecisions } from '../dashboard.ts'
import { BY_HAND, type Priority, type TaskReason } from '../tasks/task.ts'

/** Something that could be done next, and why. */
export interface Step {
  /** `step:<code>:<whom or what it is about>`: the same reason for the same thing is the same step. */
  readonly source: string
  readonly module: ModuleKey
  /** As of a task: an action of an agent, a playbook, or `hand:<code>`. */
  readonly action: string
  readonly data: Readonly<Record<string, unknown>>
  readonly leadId?: string | undefined
  readonly priority: Priority
  readonly reason: TaskReason
}

/** What the rules look for. `open`: so many are suggested at a time; `rest`: days for which a dismissed or done one does not come back. */
export const STEP_RULES = {
  'lead-waits': { open: 3, rest: 14 },
  'answer-waits': { open: 3, rest: 7 },
  'lead-silent': { open: 3, rest: 14 },
  'customer-unwell': { open: 3, rest: 14 },
  'health-unknown': { open: 1, rest: 3 },
  'outbox-waits': { open: 1, rest: 3 },
  'module-fails': { open: MODULE_KEYS.length, rest: 2 },
  'module-held': { open: MODULE_KEYS.length, rest: 3 },
} as const
export type StepCode = keyof typeof STEP_RULES

const DAY_MS = 24 * 60 * 60_000
/** What is older is no news: nobody waits any more. */
const LOOK_BACK_DAYS = 30
/** Of each rule, so many at most are looked at. */
const MOST = 50

/**
 * What the state of the modules, the inbox, the leads and the figures of a workspace call for, the most pressing of each rule first. An
 * agent or a playbook that is not there is not asked for here: who suggests looks whether it can begin.
 */
export async function findSteps(
  core: Pick<Core, 'sql' | 'clock' | 'cache'>,
  workspaceId: WorkspaceId,
): Promise<Step[]> {
  const now = core.clock.now()
  const days = (at: Date) => Math.floor((now.getTime() - at.getTime()) / DAY_MS)
  const since = (n: number) => new Date(now.getTime() - n * DAY_MS)
  const from = since(LOOK_BACK_DAYS)
  const query = <Row>(text: ReturnType<typeof statement>, ...values: readonly unknown[]) =>
    core.sql.query<Row>(text, [workspaceId, ...values])
  const [leads, silent, answers, customers, [unknown], [outbox], failing, held, decisions] = await Promise.all([
    query<LeadRow & { readonly run: string | null }>(LEADS_WAIT, from, since(3), MOST),
    query<LeadRow & { readonly sent: number }>(LEADS_SILENT, from, since(7), MOST),
    query<{ leadId: string; at: Date; n: number }>(ANSWERS_WAIT, from, since(1), MOST),
    query<CustomerRow>(CUSTOMERS_UNWELL, since(7), MOST),
    query<{ n: number }>(HEALTH_UNKNOWN, since(2)),
    query<{ n: number; at: Date | null }>(OUTBOX_WAITS, since(1)),
    query<{ module: ModuleKey; failed: number; of: number; playbook: string }>(MODULES_FAIL, since(1)),
    query<{ module: ModuleKey; at: Date; n: number }>(MODULES_HELD, since(1)),
    suggestedDecisions(core, workspaceId),
  ])
  const step = (
    code: StepCode,
    about: string,
    rest: Omit<Step, 'source' | 'reason'>,
    values: TaskReason['values'],
  ) => ({
    source: `step:${code}:${about}`,
    ...rest,
    reason: { code, values },
  })
  return [
    ...answers.map(({ leadId, at, n }) =>
      step(
        'answer-waits',
        leadId,
        { module: 'vendas', action: `${BY_HAND}answer`, data: {}, leadId, priority: 'high' },
        { days: days(at), all: n },
      ),
    ),
    ...leads.map(({ leadId, score, at, n, lead, run }) =>
      step(
        'lead-waits',
        leadId,
        {
          module: 'pre_vendas',
          action: 'sdr/automated-outreach',
          data: { kind: 'first-contact', lead },
          leadId,
          priority: (score ?? 0) >= 60 ? 'high' : 'medium',
        },
        { days: days(at), all: n, ...(score === null ? {} : { score }), ...(run === null ? {} : { run }) },
      ),
    ),
    ...silent.map(({ leadId, at, n, lead, sent }) =>
      step(
        'lead-silent',
        leadId,
        {
          module: 'pre_vendas',
          action: 'sdr/auto-followup',
          data: { lead: { ...lead, id: leadId }, sent: Math.min(sent, 50), lastSentAt: at.toISOString(), most: 6 },
          leadId,
          priority: 'medium',
        },
        { days: days(at), all: n, sent },
      ),
    ),
    ...customers.map(({ leadId, health, n, lead, reasons, run }) =>
      step(
        'customer-unwell',
        leadId,
        {
          module: 'onboarding',
          action: 'onboarding/onboarding-message',
          data: { kind: 'intervention', lead, reasons: reasons.slice(0, 3) },
          leadId,
          priority: 'high',
        },
        { health, all: n, ...(run === null ? {} : { run }) },
      ),
    ),
    ...(unknown!.n > 0
      ? [
          step(
            'health-unknown',
            '',
            { module: 'onboarding', action: 'watch-health', data: {}, priority: 'medium' },
            { all: unknown!.n },
          ),
        ]
      : []),
    ...(outbox!.at
      ? [
          step(
            'outbox-waits',
            '',
            { module: 'pre_vendas', action: `${BY_HAND}send`, data: {}, priority: 'high' },
            { all: outbox!.n, days: days(outbox!.at) },
          ),
        ]
      : []),
    ...failing.map(({ module, failed, of, playbook }) =>
      step(
        'module-fails',
        module,
        { module, action: `${BY_HAND}look-at-failures`, data: {}, priority: 'high' },
        { failed, of, playbook },
      ),
    ),
    ...held.map(({ module, at, n }) =>
      step(
        'module-held',
        module,
        { module, action: `${BY_HAND}hand-back-module`, data: {}, priority: 'medium' },
        { days: days(at), all: n },
      ),
    ),
    // The dashboard asks the same: whoever answers there or here has answered at both
    ...decisions
      .filter(({ taskId }) => taskId === null)
      .map(({ name, module, action, because }) => ({
        source: `figures:${name}`,
        module: module as ModuleKey,
        action,
        data: {},
        priority: 'medium' as const,
        reason: {
          code: name,
          values: Object.fromEntries(
            because.flatMap(one => [
              [one.metric, one.now ?? 0],
              ...(one.before === null ? [] : [[`${one.metric}Before`, one.before]]),
            ]),
          ),
        },
      })),
  ]
}

interface LeadRow {
  readonly leadId: string
  readonly score: number | null
  readonly at: Date
  /** Of all that wait. */
  readonly n: number
  /** What the agent is told of it. */
  readonly lead: Readonly<Record<string, unknown>>
}
interface CustomerRow {
  readonly leadId: string
  readonly health: number
  readonly n: number
  readonly lead: Readonly<Record<string, unknown>>
  readonly reasons: readonly string[]
  readonly run: string | null
}

/** No run is under way with it; one that waits, for the lead's answer or for a day, cares for it too. */
const NO_RUN = (lead: string) =>
  `not exists (select from runs r where r.workspace_id = $1 and r.subject_id = ${lead} and r.finished_at is null)`
/** No run does something about it at this moment. */
const NOT_AT_WORK = (lead: string) =>
  `not exists (select from runs r where r.workspace_id = $1 and r.subject_id = ${lead} and r.status in ('queued', 'running'))`
const WAITING_RUN = (lead: string) =>
  `(select p.slug from runs r join playbooks p on p.id = r.playbook_id where r.workspace_id = $1 and r.subject_id = ${lead} and r.finished_at is null
       order by r.created_at desc limit 1)`

const LEAD = `jsonb_build_object('name', l.name, 'email', l.email, 'phone', l.phone, 'company', l.company, 'jobTitle', l.job_title, 'source', l.source,
       'locale', l.locale, 'data', l.data)`
const REACHABLE = `l.unsubscribed_at is null
     and (l.email is not null and l.email_bounced_at is null or l.phone is not null and l.phone_opted_out_at is null)`

/**
 * Leads that came in, can be reached, and to whom nobody has written or spoken; those with the highest scores first. A run that waits does not
 * make a lead wait less: it is named.
 */
const LEADS_WAIT = statement(
  'steps-leads-wait',
  `select l.id as "leadId", l.score, l.created_at as at, count(*) over ()::int as n,
     ${LEAD} as lead,
     ${WAITING_RUN('l.id')} as run
   from leads l
   where l.workspace_id = $1 and ${notOfSample('l.id')} and l.created_at >= $2 and l.created_at <= $3
     and l.status in ('NEW', 'QUALIFYING', 'QUALIFIED', 'NURTURING') and ${REACHABLE}
     and not exists (select from messages m where m.workspace_id = $1 and m.lead_id = l.id)
     and not exists (select from customers c where c.workspace_id = $1 and c.lead_id = l.id)
     and not exists (select from meetings m where m.workspace_id = $1 and m.lead_id = l.id)
     and not exists (select from activities a where a.workspace_id = $1 and a.lead_id = l.id and a.kind in ('NOTE', 'HANDOFF', 'EMAIL_SENT', 'MEETING'))
     and ${NOT_AT_WORK('l.id')}
   order by l.score desc nulls last, l.created_at limit $4`,
)
/** Leads worth it who were written to, have not answered, and about whom nothing is under way. */
const LEADS_SILENT = statement(
  'steps-leads-silent',
  `with wrote as (
     select lead_id, max(created_at) as at, count(*)::int as sent from messages
     where workspace_id = $1 and direction = 'out' and state = 'sent' and lead_id is not null and created_at >= $2 and ${notOfSample('lead_id')}
     group by lead_id
   )
   select l.id as "leadId", l.score, w.at, w.sent, count(*) over ()::int as n, ${LEAD} as lead
   from wrote w join leads l on l.id = w.lead_id
   where w.at <= $3 and l.status = 'QUALIFIED' and ${REACHABLE}
     and not exists (select from messages m where m.workspace_id = $1 and m.lead_id = l.id and m.direction = 'in')
     and not exists (select from messages m where m.workspace_id = $1 and m.lead_id = l.id and m.state <> 'sent')
     and not exists (select from meetings m where m.workspace_id = $1 and m.lead_id = l.id)
     and not exists (select from activities a where a.workspace_id = $1 and a.lead_id = l.id and a.kind = 'NOTE' and a.occurred_at > w.at)
     and not exists (select from deals d where d.workspace_id = $1 and d.lead_id = l.id)
     and ${NO_RUN('l.id')}
   order by l.score desc nulls last, w.at limit $4`,
)
const ANSWERS_WAIT = statement(
  'steps-answers-wait',
  `with wrote as (
     select lead_id, max(created_at) as at from messages
     where workspace_id = $1 and direction = 'in' and not automatic and lead_id is not null and created_at >= $2 and ${notOfSample('lead_id')}
     group by lead_id
   )
   select w.lead_id as "leadId", w.at, count(*) over ()::int as n from wrote w join leads l on l.id = w.lead_id
   where w.at <= $3 and l.unsubscribed_at is null and l.status not in ('DISQUALIFIED')
     and not exists (select from messages m where m.workspace_id = $1 and m.lead_id = w.lead_id and m.direction = 'out' and m.created_at > w.at)
     and not exists (select from activities a where a.workspace_id = $1 and a.lead_id = w.lead_id and a.kind in ('NOTE', 'MEETING') and a.occurred_at > w.at)
     and ${NO_RUN('w.lead_id')}
   order by w.at limit $4`,
)
const CUSTOMERS_UNWELL = statement(
  'steps-customers-unwell',
  `select c.lead_id as "leadId", c.health, count(*) over ()::int as n,
     jsonb_build_object('name', l.name, 'company', l.company, 'locale', l.locale) as lead,
     coalesce((select jsonb_agg(f ->> 'reason') from jsonb_array_elements(c.health_factors) f where (f ->> 'points')::float8 < 0 and f ->> 'reason' <> ''),
       '[]') as reasons,
     ${WAITING_RUN('l.id')} as run
   from customers c join leads l on l.id = c.lead_id
   where c.workspace_id = $1 and ${notOfSample('c.lead_id')} and c.status <> 'CHURNED' and c.health < 70
     and not exists (select from messages m where m.workspace_id = $1 and m.lead_id = c.lead_id and m.direction = 'out' and m.created_at >= $2)
     and not exists (select from activities a where a.workspace_id = $1 and a.lead_id = c.lead_id and a.kind = 'NOTE' and a.occurred_at >= $2)
     and ${NOT_AT_WORK('l.id')}
   order by c.health, c.id limit $3`,
)
const HEALTH_UNKNOWN = statement(
  'steps-health-unknown',
  `select count(*)::int as n from customers c
   where c.workspace_id = $1 and c.status <> 'CHURNED' and c.facts <> '{}' and (c.health_at is null or c.health_at < $2) and c.started_at < $2`,
)
const OUTBOX_WAITS = statement(
  'steps-outbox-waits',
  `select count(*)::int as n, min(created_at) as at from messages
   where workspace_id = $1 and state = 'to-send' and created_at <= $2 and ${notOfSample('lead_id')}`,
)
// What healing is at work on, or a person, is not suggested to another one.
const MODULES_FAIL = statement(
  'steps-modules-fail',
  `select p.module, count(*) filter (where r.status = 'failed')::int as failed, count(*)::int as of,
     mode() within group (order by p.slug) filter (where r.status = 'failed') as playbook
   from runs r join playbooks p on p.id = r.playbook_id
   where r.workspace_id = $1 and r.finished_at >= $2 and r.status in ('failed', 'completed') and coalesce(r.reason ->> 'code', '') <> 'RESTARTED'
     and not exists (select from modules m where m.workspace_id = $1 and m.key = p.module and m.mode = 'manual')
     and not exists (select from incidents i where i.workspace_id = $1 and i.module = p.module and i.resolved_at is null)
   group by p.module having count(*) filter (where r.status = 'failed') >= 3 order by 2 desc`,
)
const MODULES_HELD = statement(
  'steps-modules-held',
  `select m.key as module, m.changed_at as at,
     (select count(*)::int from tasks t where t.workspace_id = $1 and t.module = m.key and t.status = 'manual' and t.action not like '${BY_HAND}%') as n
   from modules m where m.workspace_id = $1 and m.mode = 'manual' and m.changed_at <= $2`,
)
