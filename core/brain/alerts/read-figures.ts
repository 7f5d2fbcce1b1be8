import type { Core } from '../../context.ts'
import type { WorkspaceId } from '../../ids.ts'
import { notOfSample } from '../../sales/sample-lead.ts'
import { type Statement, statement } from '../../sql.ts'
import { type BrainStatus, brainStatus } from '../brain-status.ts'
import type { Figure } from './judge.ts'
import { MODULES } from '../modules.ts'
import { FEWEST_EXECUTIONS, type RuleKey } from './rules.ts'

type FiguresCore = Pick<Core, 'sql' | 'clock' | 'brain' | 'log'>

/** The figures of a workspace by rule. What cannot be read is missing: nothing is known of it, so its alerts stay as they are. */
export async function readFigures(
  core: FiguresCore,
  workspaceId: WorkspaceId,
): Promise<ReadonlyMap<RuleKey, readonly Figure[]>> {
  const found = new Map<RuleKey, readonly Figure[]>()
  const read = async (rules: readonly RuleKey[], work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      core.log.warn({ err: error, workspaceId, rules }, 'figures of alerts cannot be read; the next look tries again')
    }
  }
  await read(['brain-health', 'module-errors', 'queue-age'], async () => {
    const status = await brainStatus(core, workspaceId)
    for (const [rule, figures] of Object.entries(OF_BRAIN)) found.set(rule as RuleKey, figures(status))
  })
  const now = core.clock.now()
  for (const [rule, asked] of Object.entries(ASKED))
    await read([rule as RuleKey], async () => {
      const figures = await core.sql.query<Figure>(asked, [workspaceId, now])
      found.set(rule as RuleKey, rule === 'module-manual' ? figures.map(named) : figures)
    })
  return found
}

const whole = (value: number): Figure => ({ subject: '', name: null, value })
const OF_BRAIN: { readonly [Key in RuleKey]?: (status: BrainStatus) => Figure[] } = {
  'brain-health': ({ healthScore }) => [whole(healthScore)],
  'module-errors': ({ modules }) =>
    modules
      .filter(({ finished }) => finished >= FEWEST_EXECUTIONS)
      .map(({ key, title, errorRate }) => ({ subject: key, name: title, value: errorRate })),
  'queue-age': ({ oldestSeconds }) => [whole(oldestSeconds)],
}

const named = (figure: Figure): Figure => ({
  ...figure,
  name: MODULES[figure.subject as keyof typeof MODULES]?.title ?? figure.subject,
})

/** Subject, name and value of each figure; $1 is the workspace, $2 now. */
const asked = (name: string, text: string) => statement(`alert-figures-${name}`, text)
const ASKED: { readonly [Key in RuleKey]?: Statement } = {
  // By the brain itself: who takes a module over knows it.
  'module-manual': asked(
    'escalated',
    `select module as subject, null as name, 1 as value, summary as detail from incidents
     where workspace_id = $1 and resolved_at is null and status = 'escalated' and $2::timestamptz is not null`,
  ),
  'runs-quarantined': asked(
    'quarantined',
    `select '' as subject, null as name, count(*)::int as value from runs
     where workspace_id = $1 and status = 'quarantined' and $2::timestamptz is not null`,
  ),
  'credential-broken': asked(
    'credentials',
    `select c.id::text as subject, i.plugin_id || ' (' || c.template || ')' as name, 1 as value, c.status_reason as detail
     from credentials c join installations i on i.id = c.installation_id
     where c.workspace_id = $1 and c.status = 'BROKEN' and $2::timestamptz is not null`,
  ),
  // By the host: what a person has disabled is no news to the team.
  'plugin-disabled': asked(
    'plugins',
    `select i.plugin_id as subject, coalesce(p.manifest->>'title', i.plugin_id) as name, 1 as value, i.status_reason as detail
     from installations i left join plugin_packages p on p.digest = i.digest
     where i.workspace_id = $1 and i.status = 'DISABLED' and $2::timestamptz is not null
       and (select a.actor from audit_log a where a.workspace_id = $1 and a.target = 'plugin:' || i.plugin_id and a.action = 'plugin.disabled'
            order by a.seq desc limit 1) = 'host'`,
  ),
  // Of the host: told to the workspace that it began with
  'kill-list': asked(
    'kill-list',
    `select '' as subject, null as name, 1 as value, problem as detail from plugin_kill_list
     where problem is not null and $2::timestamptz is not null and $1 = (select id from workspaces order by created_at, id limit 1)`,
  ),
  'backup-late': asked(
    'backup',
    `select '' as subject, null as name, extract(epoch from $2::timestamptz - coalesce(taken_at, since))::float8 / 3600 as value,
       problem as detail from backup_state where $1 = (select id from workspaces order by created_at, id limit 1)`,
  ),
  'backup-untried': asked(
    'drill',
    `select '' as subject, null as name, extract(epoch from $2::timestamptz - coalesce(drilled_at, since))::float8 / 86400 as value,
       problem as detail from backup_state where $1 = (select id from workspaces order by created_at, id limit 1)`,
  ),
  'hard-bounces': asked(
    'bounces',
    `select '' as subject, null as name, bounced::float8 / sent as value from (
       select count(*) filter (where bounced_at is not null) as bounced, count(*) as sent from messages
       where workspace_id = $1 and direction = 'out' and channel = 'email' and lead_id is not null and ${notOfSample('lead_id')}
         and created_at > $2::timestamptz - interval '1 day') m
     where sent >= ${FEWEST_EXECUTIONS}`,
  ),
  // A workspace that has never had a lead is only being set up.
  'no-leads': asked(
    'leads',
    `select '' as subject, null as name, extract(epoch from $2::timestamptz - l.created_at)::float8 / 3600 as value
     from (select created_at from leads where workspace_id = $1 and ${notOfSample('id')} order by created_at desc, id desc limit 1) l`,
  ),
  // In the currency that most of them were won in: sums of several are no figure.
  'revenue-below-goal': asked(
    'revenue',
    `select '' as subject, coalesce(won.currency, 'BRL') as name, coalesce(won.amount, 0)::float8 as value
     from (select 1) one left join (
       select currency, sum(amount) as amount from deals
       where workspace_id = $1 and ${notOfSample('lead_id')} and closed_at > $2::timestamptz - interval '30 days' and stage = 'WON'
       group by currency order by count(*) desc, currency limit 1) won on true`,
  ),
  // A day long, so that who was told at night still finds it
  'session-stolen': asked(
    'stolen',
    `select s.id::text as subject, u.name as name, 1 as value from sessions s join users u on u.id = s.user_id
     where s.workspace_id = $1 and s.stolen_at > $2::timestamptz - interval '1 day'`,
  ),
  'privacy-request-late': asked(
    'privacy',
    `select id::text as subject, kind as name, extract(epoch from $2::timestamptz - created_at)::float8 / 86400 as value
     from data_subject_requests where workspace_id = $1 and status in ('RECEIVED', 'PROCESSING')`,
  ),
}
