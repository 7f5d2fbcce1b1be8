import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appendEvent, type EventAccount } from '../../core/events/append-event.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { listSteps, type StepRecord } from '../../core/runs/list-steps.ts'
import { listRuns, type RunRecord } from '../../core/runs/read-runs.ts'
import { openTestCore, type TestCore } from './core.ts'
import { type DatabaseKind, emptyTables } from './database.ts'

export interface Engine extends TestCore {
  publish(source: string): Promise<void>
  capture(fields?: Record<string, unknown>): Promise<string>
  /** `account`: of the plugin that heard of it. */
  emit(type: string, data: Record<string, unknown>, subjectId?: string | null, account?: EventAccount): Promise<void>
  /** Waits until nothing is left to dispatch or to execute now; what waits for later stays. */
  settled(): Promise<void>
  /** Moves the clock and waits until what became due is done. */
  advance(milliseconds: number): Promise<void>
  runs(): Promise<RunRecord[]>
  /** The one run there is. */
  run(): Promise<RunRecord>
  steps(runId: string): Promise<Record<string, StepRecord>>
  count(table: string, where?: string): Promise<number>
  /** Takes away all that happened, and every playbook. */
  wipe(): Promise<void>
}

/** An engine at work on a real database with the probe plugin installed. */
export async function startEngine(
  kind: DatabaseKind,
  environment: Record<string, string> = {},
  options: Parameters<typeof openTestCore>[2] = {},
): Promise<Engine> {
  const core = await openTestCore(kind, environment, options)
  const folder = await mkdtemp(join(tmpdir(), 'trae-probe-'))
  await buildPlugin(join(import.meta.dirname, 'plugins/probe'), folder)
  await installPlugin(core, {
    workspaceId: core.workspaceId,
    from: { kind: 'folder', path: folder },
    grant: 'all-declared',
  })
  // Tests fail runs on purpose; who tests healing switches it on.
  await core.sql.query({ name: '', text: 'update workspaces set auto_healing = false' })
  await core.brain.open()
  const { workspaceId } = core
  const engine: Engine = {
    ...core,
    async publish(source) {
      await publishPlaybook(core, workspaceId, source)
    },
    async capture(fields = {}) {
      const input = leadInput.parse({ name: 'Ana Souza', email: 'ana@acme.com.br', ...fields })
      return (await captureLead(core, workspaceId, input, { source: 'test' })).leadId
    },
    async emit(type, data, subjectId = null, account) {
      await appendEvent(core.sql, workspaceId, { type, subjectId, data, source: 'test', account }, core.clock.now())
      core.queue.ring('events')
    },
    async settled() {
      for (const deadline = Date.now() + 50_000; ; await new Promise(resolve => setTimeout(resolve, 10))) {
        const [row] = await core.sql.query<{ open: number }>(OPEN, [core.clock.now()])
        if (row!.open === 0) return
        if (Date.now() > deadline) throw new Error(`the engine does not settle: ${row!.open} left`)
      }
    },
    async advance(milliseconds) {
      core.clock.advance(milliseconds)
      await engine.settled()
    },
    async runs() {
      return (await listRuns(core, workspaceId, { first: 100 })).items.map(item => item.node)
    },
    async run() {
      const runs = await engine.runs()
      if (runs.length !== 1) throw new Error(`expected one run, found ${runs.length}`)
      return runs[0]!
    },
    async steps(runId) {
      return Object.fromEntries((await listSteps(core, workspaceId, runId)).map(step => [step.path, step]))
    },
    async count(table, where = 'true') {
      const [row] = await core.sql.query<{ n: number }>({
        name: '',
        text: `select count(*)::int as n from ${table} where ${where}`,
      })
      return row!.n
    },
    async wipe() {
      await emptyTables(core.sql, ...HAPPENINGS)
      await core.sql.query(TELL_WIPED)
    },
    async close(graceMs) {
      await core.close(graceMs)
      await rm(folder, { recursive: true, force: true })
    },
  }
  return engine
}

const HAPPENINGS =
  'planned_calls schedules runs journal effects waits wait_events events leads activities messages meetings playbook_drafts playbook_versions playbooks'.split(
    ' ',
  )

const TELL_WIPED = {
  name: 'test-tell-wiped',
  text: 'update workspaces set playbooks_revision = playbooks_revision + 1',
}

const OPEN = {
  name: 'test-open-work',
  text: `select (select count(*) from events where dispatched_at is null)::int
              + (select count(*) from schedules where due_at <= $1)::int
              + (select count(*) from planned_calls c join installations i on i.id = c.installation_id
                 where c.due_at <= $1 and c.error is null and i.status = 'ENABLED')::int
              + (select count(*) from plugin_events p join installations i on i.id = p.installation_id
                 where p.due_at <= $1 and i.status = 'ENABLED')::int
              + (select count(*) from runs where sla_state = 'open' and sla_due_at <= $1)::int
              + (select count(*) from runs where finished_at is null and (lease_owner is not null or due_at <= $1))::int as open`,
}
