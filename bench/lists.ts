/**
 * Lists over many rows: pages by what people look for, in every kind of order, each against the same over 1,000 rows.
 *
 *   node bench/lists.ts [--rows 1000000] [--json]
 *
 * Postgres; through the wall between workspaces, as a member asks. Median of 15, milliseconds.
 */
import { parseArgs } from 'node:util'
import type { WorkspaceId } from '../core/ids.ts'
import type { ListRequest } from '../core/listing.ts'
import type { Page } from '../core/page.ts'
import { listRuns, type RunSortBy } from '../core/runs/read-runs.ts'
import type { RunFilter } from '../core/runs/run-filter.ts'
import { type LeadFilter, type LeadSortBy, listLeads } from '../core/sales/leads.ts'
import { openBenchCore } from './bench-core.ts'

const FILL_PLAYBOOKS = `
  with p as (
    insert into playbooks (id, workspace_id, slug, name, module, status, created_at, updated_at)
    select gen_random_uuid(), $1, 'bench-' || n, 'Bench', 'gestao', 'PAUSED', now(), now() from generate_series(1, 100) n returning id)
  insert into playbook_versions (id, workspace_id, playbook_id, number, source, source_hash, plugins, published_at)
  select gen_random_uuid(), $1, id, 1, '', '', '{}', now() from p`
const FILL_LEADS = `
  insert into leads (id, workspace_id, name, email, company, source, locale, status, score, created_at, updated_at)
  select gen_random_uuid(), $1, (array['Ana','Bruno','Carla','Diego','Elisa','Fábio','Gabriela','Hugo'])[1 + n % 8] || ' ' || md5(n::text),
    'lead' || n || '@example.com', 'Company ' || n % 5000, case when n % 3 = 0 then 'API' else 'WEBSITE' end, 'pt-BR',
    case when n % 1009 = 0 then 'CONVERTED' when n % 4 = 0 then 'QUALIFIED' else 'NEW' end,
    case when n % 10 = 0 then null else ((n % 9973) * 7919) % 101 end, now() - make_interval(secs => n), now()
  from generate_series($2::int, $3::int) n`
const FILL_RUNS = `
  with v as (select array_agg(v.id) as versions, array_agg(v.playbook_id) as playbooks from playbook_versions v)
  insert into runs (id, workspace_id, playbook_id, version_id, subject_id, status, due_at, created_at, started_at, finished_at, updated_at, sla_due_at, sla_state)
  select gen_random_uuid(), $1, v.playbooks[n % 100 + 1], v.versions[n % 100 + 1], gen_random_uuid(), s.status,
         case when s.status in ('waiting', 'retrying') then now() + interval '30 days' end, t.at, t.at,
         case when s.status not in ('waiting', 'retrying') then t.at + make_interval(secs => ((n % 9973) * 7919) % 3600) end, t.at,
         case when n % 10 = 0 then t.at + interval '1 day' end, case when n % 10 = 0 then 'kept' end
  from v, generate_series($2::int, $3::int) n,
       lateral (select case when n % 503 = 0 then 'failed' when n % 211 = 0 then 'waiting' else 'completed' end as status) s,
       lateral (select now() - make_interval(secs => n) as at) t`

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
})
const few = await measure(1000)
const many = await measure(Number(values.rows))
const table = Object.fromEntries(
  Object.keys(many).map(name => [
    name,
    { [`${values.rows} rows`]: many[name]!, '1000 rows': few[name]!, ratio: round(many[name]! / few[name]!) },
  ]),
)
if (values.json) console.log(JSON.stringify(table))
else console.table(table)

/** Every case over so many leads and as many runs, by its name. */
async function measure(rows: number): Promise<Record<string, number>> {
  const { core, workspaceId, close } = await openBenchCore('postgres')
  try {
    await core.sql.query({ name: '', text: FILL_PLAYBOOKS }, [workspaceId])
    for (const text of [FILL_LEADS, FILL_RUNS])
      for (let from = 1; from <= rows; from += 100_000)
        await core.sql.query({ name: '', text }, [workspaceId, from, Math.min(rows, from + 100_000 - 1)])
    for (const table of ['leads', 'runs']) await core.sql.query({ name: '', text: `vacuum analyze ${table}` })
    const [one] = await core.sql.query<{ playbook: string; lead: string; half: Date; end: Date }>(
      {
        name: '',
        text: `select (select playbook_id from runs limit 1)::text as playbook, (select subject_id from runs limit 1)::text as lead,
          now() - make_interval(secs => $1) as half, now() - make_interval(secs => $2) as end`,
      },
      [rows / 2, rows - 100],
    )
    const walled = { ...core, sql: core.sqlOf(workspaceId) }
    const leads = (request: ListRequest<LeadFilter, LeadSortBy>) => listLeads(walled, workspaceId, request)
    const runs = (request: ListRequest<RunFilter, RunSortBy>) => listRuns(walled, workspaceId, request)
    const middle = (table: string, by: string, value: string, cast: string) =>
      placeInTheMiddle(workspaceId, { table, by, value, cast, skip: Math.floor(rows * 0.4) })
    const instant = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
    const placeInTheMiddle = async (
      workspace: WorkspaceId,
      { table, by, value, cast, skip }: { table: string; by: string; value: string; cast: string; skip: number },
    ) => {
      const text = `select ${cast} as place, id from ${table} where workspace_id = $1 and ${value} is not null order by ${value} desc, id desc offset $2 limit 1`
      const [row] = await core.sql.query<{ place: string; id: string }>({ name: '', text }, [workspace, skip])
      return Buffer.from(JSON.stringify([by, row!.place, row!.id])).toString('base64url')
    }
    const byScore = await middle('leads', 'score', 'coalesce(score, -1)', 'coalesce(score, -1)::text')
    const byName = await middle('leads', 'name', 'lower(name)', 'lower(name)')
    const oldLead = await middle('leads', 'createdAt', 'created_at', instant('created_at'))
    const oldRun = await middle('runs', 'createdAt', 'created_at', instant('created_at'))
    const byEnd = await middle('runs', 'finishedAt', 'finished_at', instant('finished_at'))
    const cases: Record<string, () => Promise<Page<unknown>>> = {
      'leads, first page': () => leads({ first: 50 }),
      'leads, middle page': () => leads({ first: 50, after: oldLead }),
      'leads of a status, a quarter': () => leads({ first: 50, filter: { statuses: ['QUALIFIED'] } }),
      'leads of a status, one in a thousand': () => leads({ first: 50, filter: { statuses: ['CONVERTED'] } }),
      'leads with a score of 90 or more': () => leads({ first: 50, filter: { scoreMin: 90 } }),
      'leads of a period long ago': () => leads({ first: 50, filter: { createdBefore: one!.end } }),
      'leads by score': () => leads({ first: 50, sort: { by: 'score' } }),
      'leads by score, middle page': () => leads({ first: 50, sort: { by: 'score' }, after: byScore }),
      'leads by name, A first': () => leads({ first: 50, sort: { by: 'name', direction: 'asc' } }),
      'leads by name, middle page': () => leads({ first: 50, sort: { by: 'name', direction: 'asc' }, after: byName }),
      'leads, the oldest first': () => leads({ first: 50, sort: { by: 'createdAt', direction: 'asc' } }),
      'qualified leads by score': () =>
        leads({ first: 50, filter: { statuses: ['QUALIFIED'] }, sort: { by: 'score' } }),
      'search that finds many leads': () => leads({ first: 50, filter: { search: 'Ana' } }),
      'search that finds one lead': () => leads({ first: 50, filter: { search: 'lead777@' } }),
      'search that finds no lead': () => leads({ first: 50, filter: { search: 'nobody is called this' } }),
      'runs, first page': () => runs({ first: 50 }),
      'runs, middle page': () => runs({ first: 50, after: oldRun }),
      'runs that failed': () => runs({ first: 50, filter: { statuses: ['failed'] } }),
      'runs of a playbook': () => runs({ first: 50, filter: { playbookIds: [one!.playbook] } }),
      'runs of a lead': () => runs({ first: 50, filter: { leadId: one!.lead } }),
      'runs before half of them': () => runs({ first: 50, filter: { createdBefore: one!.half } }),
      'runs by their end': () => runs({ first: 50, sort: { by: 'finishedAt' } }),
      'runs by their end, middle page': () => runs({ first: 50, sort: { by: 'finishedAt' }, after: byEnd }),
      'runs by their sla, next first': () => runs({ first: 50, sort: { by: 'slaDueAt', direction: 'asc' } }),
      'runs, the oldest first': () => runs({ first: 50, sort: { by: 'createdAt', direction: 'asc' } }),
    }
    const times: Record<string, number> = {}
    for (const [name, read] of Object.entries(cases)) times[name] = await median(read)
    return times
  } finally {
    await close()
  }
}

async function median(read: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let turn = 0; turn < 18; turn++) {
    const began = performance.now()
    await read()
    if (turn > 2) taken.push(performance.now() - began)
  }
  return round(taken.sort((a, b) => a - b)[7]!)
}

function round(value: number): number {
  return Number(value.toFixed(2))
}
