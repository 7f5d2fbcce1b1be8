import type { Core } from '../context.ts'
import type { ErrorRecord } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import type { JournalEntry } from './journal.ts'
import { type PlannedStep, planSteps } from './plan-steps.ts'
import { type Held, whyHeld } from './plugin-waits.ts'
import { findJournals, getRun, type RunRecord } from './read-runs.ts'
import type { Reason } from './reason.ts'

export type StepStatus =
  'pending' | 'running' | 'waiting' | 'retrying' | 'completed' | 'failed' | 'skipped' | 'cancelled' | 'unknown'

export interface PassedOver {
  readonly pluginId: string
  /** Of its accounts; null where it uses none. */
  readonly account: string | null
  readonly error: ErrorRecord
}

/** A step of a run as it stands: the playbook's plan and what the journal says of it. */
export interface StepRecord extends PlannedStep {
  readonly status: StepStatus
  readonly attempt: number
  readonly output: unknown
  readonly error: ErrorRecord | null
  readonly reason: Reason | null
  readonly effectKey: string | null
  /** `mailbox@1.0.0/send`: what was called, or is being called. */
  readonly action: string | null
  /** With which account of the plugin; null where it uses none. */
  readonly account: string | null
  /** Providers of the service that could not do it, and have done nothing. */
  readonly passedOver: readonly PassedOver[]
  readonly startedAt: string | null
  readonly finishedAt: string | null
}

/**
 * Every step of the run's version in the order of the file, those not reached yet as `pending`; of a loop the iterations
 * that are under way or have failed, and the newest others, up to `SHOWN_ITERATIONS`. Throws `NOT_FOUND`.
 */
export async function listSteps(
  core: Pick<Core, 'sql' | 'clock' | 'playbooks'>,
  workspaceId: WorkspaceId,
  runId: string,
): Promise<StepRecord[]> {
  const run = await getRun(core, workspaceId, runId)
  return (await listStepsOf(core, workspaceId, [run])).get(runId)!
}

/** The same of many runs, their journals read in one statement. */
export async function listStepsOf(
  core: Pick<Core, 'sql' | 'clock' | 'playbooks'>,
  workspaceId: WorkspaceId,
  runs: readonly RunRecord[],
): Promise<Map<string, StepRecord[]>> {
  const journals = await findJournals(
    core,
    workspaceId,
    runs.map(({ id }) => id),
  )
  const all = runs.map(async run => {
    const version = await core.playbooks.get(run.versionId)
    return [run.id, stepsOf(version, run, journals.get(run.id)!)] as const
  })
  return new Map(await Promise.all(all))
}

function stepsOf(
  version: Awaited<ReturnType<Core['playbooks']['get']>>,
  run: RunRecord,
  journal: readonly JournalEntry[],
): StepRecord[] {
  const told = Map.groupBy(journal, entry => entry.path ?? '')
  const { steps, finally: last } = version.playbook
  const restartedAt = journal.findLast(entry => entry.kind === 'run.restarted')
  const folded = planSteps([...steps, ...last], [...told.keys()], told).map(planned =>
    fold(planned, sinceRestart(told.get(planned.path) ?? [], restartedAt), run),
  )
  const records = folded.map(record =>
    record.status === 'pending' && isPassedOver(record.path, folded)
      ? { ...record, status: 'skipped' as const }
      : record,
  )
  return records.map((record, index) => {
    if (record.kind === 'if' || record.kind === 'switch') return decided(record, records.slice(index + 1), run)
    return HOLDERS.has(record.kind) ? contain(record, records.slice(index + 1), run) : record
  })
}

const HOLDERS: ReadonlySet<string> = new Set(['parallel', 'try', 'forEach', 'while', 'iteration'])

/** A restart takes back the failures that it names, and what was cut off by the end of the run. */
function sinceRestart(entries: readonly JournalEntry[], restarted: JournalEntry | undefined): readonly JournalEntry[] {
  const last = entries.at(-1)
  if (!restarted || !last || last.seq > restarted.seq) return entries
  const again = (restarted.data?.['again'] as string[] | undefined) ?? []
  return again.includes(last.path!) || last.kind === 'step.cancelled' ? [] : entries
}

function fold(planned: PlannedStep, entries: readonly JournalEntry[], run: RunRecord): StepRecord {
  let record: StepRecord = {
    ...planned,
    status: 'pending',
    attempt: 0,
    output: null,
    error: null,
    reason: null,
    effectKey: null,
    action: null,
    account: null,
    passedOver: [],
    startedAt: null,
    finishedAt: null,
  }
  for (const entry of entries) record = { ...record, ...change(entry, record) }
  if (run.status === 'quarantined' && record.status === 'running')
    record = { ...record, status: 'unknown', reason: run.reason && { ...run.reason, until: null } }
  return record
}

function change(entry: JournalEntry, record: StepRecord): Partial<StepRecord> {
  const at = entry.at.toISOString()
  const data = entry.data ?? {}
  const begun = { startedAt: record.startedAt ?? at, attempt: entry.attempt ?? record.attempt }
  const ended = { ...begun, finishedAt: at, reason: null }
  switch (entry.kind) {
    case 'step.started':
      return {
        ...begun,
        status: 'running',
        effectKey: data['key'] as string,
        action: (data['action'] as string | undefined) ?? record.action,
        account: (data['account'] as string | undefined) ?? record.account,
      }
    case 'step.passed-over': {
      const passed = {
        pluginId: data['provider'] as string,
        account: (data['account'] as string | undefined) ?? null,
        error: data['error'] as ErrorRecord,
      }
      return { ...begun, passedOver: [...record.passedOver, passed] }
    }
    case 'step.branch':
      return {
        ...begun,
        status: 'running',
        output: { branch: data['branch'] },
        ...(data['error'] ? { error: data['error'] as ErrorRecord } : {}),
      }
    case 'step.completed':
      return {
        ...ended,
        status: 'completed',
        output: data['output'],
        error: null,
        action: (data['by'] as string | undefined) ?? record.action,
        account: (data['account'] as string | undefined) ?? record.account,
      }
    case 'loop.started':
      return { ...begun, status: 'running' }
    case 'iteration.started':
      return { ...begun, status: 'running' }
    case 'iteration.completed':
      return { ...ended, status: 'completed', output: data['output'], error: null }
    case 'iteration.failed':
      return { ...ended, status: 'failed', error: data['error'] as ErrorRecord }
    case 'step.skipped':
      return { ...ended, status: 'skipped' }
    case 'step.failed':
      return { ...ended, status: 'failed', error: data['error'] as ErrorRecord }
    case 'step.cancelled':
      return { ...ended, status: 'cancelled' }
    case 'step.retrying': {
      const until = data['at'] as string
      return {
        ...begun,
        status: 'retrying',
        error: data['error'] as ErrorRecord,
        reason: { code: 'RETRY', message: 'waits for its next attempt', until },
      }
    }
    case 'step.waiting': {
      const events = (data['events'] as string[] | undefined) ?? []
      const asked = data['approval'] as { of: string[] } | undefined
      const decision = data['decision'] as { question: string } | undefined
      const child = data['run'] as { id: string } | undefined
      const plugin = data['plugin'] as string | undefined
      const held = data['held'] as Held | undefined
      if (held !== undefined) {
        const until = data['until'] as string
        return { ...begun, status: 'waiting', reason: { code: 'BUSY', message: whyHeld(held, until), until } }
      }
      if (plugin !== undefined) {
        const message = `needs the plugin ${plugin}, which is disabled or was removed`
        return { ...begun, status: 'waiting', reason: { code: 'PLUGIN_DISABLED', message, until: null } }
      }
      const message = asked
        ? `waits for ${asked.of.join(', ')} to decide`
        : decision
          ? `waits for a person to decide: ${decision.question}`
          : child
            ? 'waits for the run that it started'
            : events.length > 0
              ? `waits for ${events.join(' or ')}`
              : 'waits'
      return {
        ...begun,
        status: 'waiting',
        reason: {
          code: asked ? 'APPROVAL' : decision ? 'DECISION' : child ? 'RUN' : events.length > 0 ? 'EVENT' : 'TIME',
          message,
          until: (data['until'] as string | null) ?? null,
        },
      }
    }
    default:
      return {}
  }
}

/** Does the step stand in a branch that was not taken? */
function isPassedOver(path: string, records: readonly StepRecord[]): boolean {
  return records.some(({ kind, path: outer, output }) => {
    if ((kind !== 'if' && kind !== 'switch') || output === null || !path.startsWith(`${outer}.`)) return false
    return !path.startsWith(`${outer}.${(output as { branch: string }).branch}.`)
  })
}

/** An `if` ends with its decision, or with the last step of the branch that was taken. */
function decided(record: StepRecord, later: readonly StepRecord[], run: RunRecord): StepRecord {
  if (record.finishedAt !== null || record.output === null) return record
  const { branch } = record.output as { branch: string }
  const taken = later.filter(step => step.path.startsWith(`${record.path}.${branch}.`))
  return taken.some(step => step.startedAt !== null)
    ? contain(record, taken, run)
    : { ...record, status: 'completed', finishedAt: record.startedAt }
}

/** A step that holds others has no entry of its own while it is under way: it stands as they do. */
function contain(record: StepRecord, later: readonly StepRecord[], run: RunRecord): StepRecord {
  if (record.finishedAt !== null) return record
  const inner = later.filter(step => step.path.startsWith(`${record.path}.`) || step.path.startsWith(`${record.path}[`))
  const begun = inner.filter(step => step.startedAt !== null)
  const startedAt = record.startedAt ?? begun.map(step => step.startedAt!).sort()[0] ?? null
  if (startedAt === null) return record
  const busy = begun.find(step => step.finishedAt === null && step.kind !== 'if' && step.kind !== 'switch')
  if (busy && run.finishedAt === null)
    return {
      ...record,
      startedAt,
      status: busy.status === 'waiting' || busy.status === 'retrying' ? 'waiting' : 'running',
    }
  if (run.finishedAt === null && inner.some(step => step.status === 'pending'))
    return { ...record, startedAt, status: 'running' }
  const failed = run.status === 'failed' && begun.some(step => step.status === 'failed')
  const finishedAt = begun
    .map(step => step.finishedAt ?? startedAt)
    .sort()
    .at(-1)!
  return { ...record, startedAt, status: failed ? 'failed' : 'completed', finishedAt }
}
