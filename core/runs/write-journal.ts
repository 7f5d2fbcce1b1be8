import { type Sql, statement } from '../sql.ts'
import type { JournalRecord, WaitRecord } from './journal.ts'
import {
  JOURNAL_ALL,
  JOURNAL_EFFECTS,
  JOURNAL_ENTRIES,
  JOURNAL_FAMILY,
  JOURNAL_PEOPLE,
  LOCK_FAMILY,
} from './journal-statements.ts'

/** Sends records as one statement. Answers the runs that are held still, and those of other workers to ring for. */
export async function writeJournal(
  sql: Pick<Sql, 'query' | 'transaction'>,
  owner: string,
  records: readonly JournalRecord[],
  now: Date,
): Promise<{ readonly held: ReadonlySet<string>; readonly ring: readonly string[] }> {
  await storeLargeValues(sql, records, now)
  const leases = new Map(records.map(record => [record.runId, record.epoch]))
  const plain = records.every(r => !r.waits?.length && !r.waitsOver?.length && !r.events?.length && !r.release?.answer)
  const fence = json([...leases].map(([run_id, epoch]) => ({ run_id, epoch })))
  const entries = json(
    records.flatMap(({ runId, workspaceId, entries }) =>
      entries.map(entry => ({ run_id: runId, workspace_id: workspaceId, ...entry })),
    ),
  )
  const releases = json(
    records.flatMap(({ runId, release }) => {
      if (!release) return []
      const { dueAt, answer: _answer, ...rest } = release
      return [{ run_id: runId, ...rest, due_at: dueAt }]
    }),
  )
  const effects = records.flatMap(r =>
    (r.effects ?? []).map(effect => ({
      run_id: r.runId,
      workspace_id: r.workspaceId,
      ...effect,
      settled: effect.status !== 'intended',
    })),
  )
  if (plain && effects.length === 0)
    return ids(await sql.query(JOURNAL_ENTRIES, [fence, owner, entries, now, releases]))
  if (plain) return ids(await sql.query(JOURNAL_EFFECTS, [fence, owner, entries, now, releases, json(effects)]))
  const { waits, over } = waitChanges(records)
  const parameters = [
    fence,
    owner,
    entries,
    now,
    releases,
    json(effects),
    json(
      waits.map(({ wait, ...run }) => ({
        ...run,
        path: wait.path,
        kind: wait.kind,
        due_at: wait.dueAt,
        child_run_id: wait.childRunId,
      })),
    ),
    json(
      waits.flatMap(({ run_id, workspace_id, wait }) =>
        wait.events.map((event, position) => ({
          run_id,
          workspace_id,
          path: wait.path,
          position,
          type: event.type,
          subject_id: event.subjectId,
          correlate: event.correlate,
          account: event.account,
        })),
      ),
    ),
    json(over),
    json(
      records.flatMap(r =>
        (r.events ?? []).map(event => ({
          run_id: r.runId,
          workspace_id: r.workspaceId,
          id: event.id,
          type: event.type,
          subject_id: event.subjectId,
          data: event.data,
          path: event.path,
          target: event.target ?? null,
        })),
      ),
    ),
  ]
  if (records.some(isOfFamily)) {
    const answers = json(
      records.flatMap(({ runId, release }) => {
        if (!release?.answer) return []
        const { parent, end } = release.answer
        return [{ run_id: runId, parent_run_id: parent.runId, parent_path: parent.path, result: end }]
      }),
    )
    const stops = json(records.flatMap(r => (r.childrenOver ?? []).map(path => ({ run_id: r.runId, path }))))
    const rows = await sql.transaction(async tx => {
      await tx.query(LOCK_FAMILY, [fence, answers, stops])
      return tx.query<{ id: string; held: boolean }>(JOURNAL_FAMILY, [
        ...parameters,
        ...approvalRows(records),
        answers,
        stops,
      ])
    })
    const ring = rows.filter(row => !row.held).map(row => row.id)
    return { held: new Set(rows.filter(row => row.held).map(row => row.id)), ring }
  }
  if (records.some(r => r.approvals?.length || r.approvalsOver?.length))
    return ids(await sql.query(JOURNAL_PEOPLE, [...parameters, ...approvalRows(records)]))
  return ids(await sql.query(JOURNAL_ALL, parameters))
}

/** In a commit of their own before that of the entries that name them: what nobody names goes with its run. */
async function storeLargeValues(sql: Pick<Sql, 'query'>, records: readonly JournalRecord[], now: Date): Promise<void> {
  const rows = records.flatMap(({ runId, workspaceId, largeValues = [] }) =>
    largeValues.map(row => ({ run_id: runId, workspace_id: workspaceId, ...row })),
  )
  if (rows.length > 0) await sql.query(STORE_LARGE_VALUES, [json(rows), now])
}
const STORE_LARGE_VALUES = statement(
  'store-large-values',
  `insert into large_values (id, run_id, workspace_id, bytes, value, refs, created_at)
   select x.id, x.run_id, x.workspace_id, x.bytes, x.value, x.refs, $2
   from jsonb_to_recordset($1::jsonb) as x(id uuid, run_id uuid, workspace_id uuid, bytes int, value jsonb, refs jsonb)
   on conflict (id) do nothing -- a repeat of a flush whose answer was lost`,
)

/** Touches other runs: stored by itself, so that no run is changed twice by one statement. */
export function isOfFamily(record: JournalRecord): boolean {
  return record.release?.answer !== undefined || (record.childrenOver?.length ?? 0) > 0
}

const json = (rows: readonly unknown[]) => JSON.stringify(rows, withoutNul)

/** An approval that is asked for and dropped within one commit is stored as withdrawn. */
function approvalRows(records: readonly JournalRecord[]): [string, string, string] {
  const { waits } = waitChanges(records)
  const gone = new Set(waits.filter(wait => wait.status === 'over').map(({ run_id, wait }) => `${run_id} ${wait.path}`))
  const asked = records.flatMap(r =>
    (r.approvals ?? []).map(approval => ({ ...approval, run_id: r.runId, workspace_id: r.workspaceId })),
  )
  return [
    json(
      asked.map(({ voters, selfApproval, startedBy, dueAt, ...rest }) => ({
        ...rest,
        approvers: voters.length,
        self_approval: selfApproval,
        started_by: startedBy,
        due_at: dueAt,
        status: gone.has(`${rest.run_id} ${rest.path}`) ? 'withdrawn' : 'open',
      })),
    ),
    json(
      asked.flatMap(({ id, workspace_id, voters }) =>
        voters.map(({ email, name, userId, locale, tokenHash }) => ({
          approval_id: id,
          workspace_id,
          email,
          name,
          user_id: userId,
          locale,
          token_hash: tokenHash,
        })),
      ),
    ),
    json(records.flatMap(r => (r.approvalsOver ?? []).map(path => ({ run_id: r.runId, path })))),
  ]
}

/**
 * What becomes of waits in one commit. One that is opened and closed within it is stored as closed: a statement does not
 * see the rows that another part of it inserts.
 */
function waitChanges(records: readonly JournalRecord[]) {
  const waits = new Map<string, { run_id: string; workspace_id: string; status: 'open' | 'over'; wait: WaitRecord }>()
  const over = new Map<string, { run_id: string; path: string }>()
  for (const record of records) {
    for (const path of record.waitsOver ?? []) {
      const key = `${record.runId} ${path}`
      const opened = waits.get(key)
      if (opened) opened.status = 'over'
      else over.set(key, { run_id: record.runId, path })
    }
    for (const wait of record.waits ?? []) {
      const key = `${record.runId} ${wait.path}`
      over.delete(key)
      waits.set(key, { run_id: record.runId, workspace_id: record.workspaceId, status: 'open', wait })
    }
  }
  return { waits: [...waits.values()], over: [...over.values()] }
}

const ids = (rows: readonly Record<string, unknown>[]) => ({
  held: new Set(rows.map(row => row['id'] as string)),
  ring: [],
})

/** Postgres stores no NUL in text or jsonb; a plugin's output may hold one. */
function withoutNul(_key: string, value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}
