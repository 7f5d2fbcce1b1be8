/**
 * What grows: a loop over many items, and lists over many runs.
 *
 *   node bench/size.ts [--database pglite|postgres] [--items 10000] [--runs 1000000] [--json]
 */
import { parseArgs } from 'node:util'
import { appendEvent } from '../core/events/append-event.ts'
import type { WorkspaceId } from '../core/ids.ts'
import { publishPlaybook } from '../core/publishing/publish-playbook.ts'
import { listRuns } from '../core/runs/read-runs.ts'
import type { RunFilter } from '../core/runs/run-filter.ts'
import { openBenchCore } from './bench-core.ts'

const FILL_PLAYBOOKS = `
  with p as (
    insert into playbooks (id, workspace_id, slug, name, module, status, created_at, updated_at)
    select gen_random_uuid(), $1, 'bench-' || n, 'Bench', 'gestao', 'PAUSED', now(), now() from generate_series(1, 100) n returning id)
  insert into playbook_versions (id, workspace_id, playbook_id, number, source, source_hash, plugins, published_at)
  select gen_random_uuid(), $1, id, 1, '', '', '{}', now() from p`
const FILL_RUNS = `
  with v as (select array_agg(v.id) as versions, array_agg(v.playbook_id) as playbooks from playbook_versions v join playbooks p on p.id = v.playbook_id where slug like 'bench-%')
  insert into runs (id, workspace_id, playbook_id, version_id, subject_id, status, due_at, created_at, started_at, finished_at, updated_at)
  select gen_random_uuid(), $1, v.playbooks[n % 100 + 1], v.versions[n % 100 + 1], gen_random_uuid(), s.status,
         case when s.status in ('waiting', 'retrying') then now() + interval '30 days' end, t.at, t.at,
         case when s.status not in ('waiting', 'retrying') then t.at end, t.at
  from v, generate_series($2::int, $3::int) n,
       lateral (select case when n % 5003 = 0 then 'failed' when n % 997 = 0 then 'retrying' when n % 211 = 0 then 'waiting' else 'completed' end as status) s,
       lateral (select now() - make_interval(secs => n) as at) t`

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'postgres' },
    items: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '1000000' },
    json: { type: 'boolean', default: false },
  },
})
const { core, workspaceId, close } = await openBenchCore(values.database)
try {
  await core.plugins.load(workspaceId)
  await publishPlaybook(core, workspaceId, LOOP())
  await core.brain.open()
  const items = Number(values.items)
  await loop(workspaceId, items / 10) // JIT, prepared statements
  const [tenth, whole] = [await loop(workspaceId, items / 10), await loop(workspaceId, items)]
  const result = {
    database: values.database,
    loop: { items, limit: 50, tenth, whole },
    lists: { runs: Number(values.runs), msPerPage: await lists(workspaceId, Number(values.runs)) },
  }
  console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, null, 2))
} finally {
  await close()
}

function LOOP(): string {
  return `
id: loop
name: Loop
module: gestao
triggers: [{ event: bench.loop }]
steps:
  - id: each
    forEach: { in: '\${{ event.items }}', as: n, limit: 50 }
    do:
      - id: twice
        set: { n: '\${{ vars.n * 2 }}' }
      - set: { text: 'item \${{ steps.twice.output.n }}' }
`
}

/** One run over so many items: how long, how much CPU, and how far the heap grew at its peak, beyond what it ends with. */
async function loop(workspaceId: WorkspaceId, items: number): Promise<Record<string, number>> {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  let peak = before
  const watch = setInterval(() => {
    globalThis.gc?.() // what is held, not what has not been collected yet
    peak = Math.max(peak, process.memoryUsage().heapUsed)
  }, 200)
  const cpu = process.cpuUsage()
  const began = performance.now()
  const data = { items: Array.from({ length: items }, (_, n) => n) }
  await appendEvent(
    core.sql,
    workspaceId,
    { type: 'bench.loop', subjectId: null, data, source: 'bench' },
    core.clock.now(),
  )
  core.queue.ring('events')
  while (await isOpen()) await new Promise(resolve => setTimeout(resolve, 20))
  clearInterval(watch)
  const { user, system } = process.cpuUsage(cpu)
  return {
    seconds: round((performance.now() - began) / 1000),
    cpuMsPerItem: round((user + system) / 1000 / items),
    heapGrowthMiB: round((peak - before) / 2 ** 20),
  }
}

async function isOpen(): Promise<boolean> {
  const [row] = await core.sql.query<{ open: boolean }>({
    name: 'bench-is-open',
    text: `select exists (select from events where dispatched_at is null) or exists (select from runs where finished_at is null) as open`,
  })
  return row!.open
}

/** Milliseconds for the first page and one far behind, by what people look for, among so many runs of a hundred playbooks. */
async function lists(workspaceId: WorkspaceId, runs: number): Promise<Record<string, number>> {
  await core.sql.query({ name: '', text: FILL_PLAYBOOKS }, [workspaceId])
  for (let from = 0; from < runs; from += 100_000)
    await core.sql.query({ name: '', text: FILL_RUNS }, [workspaceId, from, Math.min(runs, from + 100_000) - 1])
  await core.sql.query({ name: '', text: 'analyze runs' })
  const [ids] = await core.sql.query<{ playbook: string; lead: string }>({
    name: '',
    text: `select (select id from playbooks where slug = 'bench-7')::text as playbook, (select subject_id from runs where subject_id is not null limit 1)::text as lead`,
  })
  const filters: Record<string, RunFilter> = {
    all: {},
    failed: { statuses: ['failed'] },
    waiting: { statuses: ['waiting', 'retrying'] },
    completed: { statuses: ['completed'] },
    playbook: { playbookIds: [ids!.playbook] },
    'failed of a playbook': { playbookIds: [ids!.playbook], statuses: ['failed'] },
    lead: { leadId: ids!.lead },
  }
  const times: Record<string, number> = {}
  for (const [name, filter] of Object.entries(filters)) {
    const taken: number[] = []
    let after: string | undefined
    for (let page = 0; page < 12; page++) {
      const began = performance.now()
      const { items } = await listRuns(core, workspaceId, { first: 50, after, filter })
      taken.push(performance.now() - began)
      after = items.at(-1)?.cursor
      if (after === undefined) break
    }
    times[name] = round(Math.max(...taken.slice(1), taken.length === 1 ? taken[0]! : 0))
  }
  return times
}

function round(value: number): number {
  return Number(value.toFixed(2))
}
