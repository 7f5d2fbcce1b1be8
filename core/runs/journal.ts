import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { GroupCommit } from '../group-commit.ts'
import { crashPoint } from '../crash-point.ts'
import type { EventTarget } from '../events/append-event.ts'
import type { LargeValueRow } from './large-values.ts'
import type { EndedChild } from './answer-parents.ts'
import { isOfFamily, writeJournal } from './write-journal.ts'

/** What can be told of a run, in order: its memory when it is taken up again, and its timeline for people. */
export type JournalKind =
  | 'run.started'
  | 'run.recovered' // taken up again after its worker died
  | 'run.suspected' // about to execute alone among those that may have killed it
  | 'run.migrated' // goes on with another version: data.from, data.to
  | 'run.restarted' // by hand: data.again are the paths that are tried again, data.by, data.was
  | 'run.released' // from quarantine: data.by, data.was
  | 'run.ending' // the steps are over, `finally` begins: data is the ending
  | 'run.completed'
  | 'run.failed'
  | 'run.cancelled' // data.reason; RESTARTED: data.runId goes on for it
  | 'run.quarantined'
  | 'step.started' // the intent of an effect, committed before it happens
  | 'step.passed-over' // a provider of a service could not do it, and has done nothing: data.provider, data.error
  | 'step.branch' // an `if`, `switch` or `try` was decided: data.branch, and data.error where one was caught
  | 'step.completed' // data.output
  | 'step.skipped'
  | 'step.failed' // data.error
  | 'step.retrying' // data.error, data.at
  | 'step.waiting' // data.until, data.events; data.plugin where that is disabled or gone, data.held where a call was not taken
  | 'step.cancelled' // another branch won, time was up, or the run is to stop: data.reason, and data.over where an intent is taken back
  | 'effect.decided' // by a person, where its outcome was unknown: data.decision, data.by
  | 'loop.started' // data.items of a forEach
  | 'iteration.started' // a while goes round
  | 'iteration.completed' // data.output
  | 'iteration.failed' // data.error
  | 'log'

export interface JournalEntry {
  readonly seq: number
  readonly kind: JournalKind
  readonly path: string | null
  readonly attempt: number | null
  readonly data: Readonly<Record<string, unknown>> | null
  readonly at: Date
}

export interface EffectRecord {
  readonly key: string
  readonly path: string
  readonly action: string
  readonly status: 'intended' | 'sent' | 'failed' | 'unknown'
}

/** `retry`, `timeout` and `window` begin anew with each attempt of their step; the others are there once, `goal` of no step. */
export type WaitKind =
  'timer' | 'event' | 'retry' | 'timeout' | 'window' | 'approval' | 'run' | 'goal' | 'plugin' | 'decision'

export interface WaitRecord {
  readonly path: string
  /** The run that is waited for. */
  readonly childRunId?: string | undefined
  readonly kind: WaitKind
  readonly dueAt: Date | null
  readonly events: readonly {
    readonly type: string
    readonly subjectId: string | null
    readonly correlate: Readonly<Record<string, unknown>>
    readonly account?: string | undefined
  }[]
}

/** How a run leaves the worker: over, or parked until `dueAt` or until something from outside happens. */
export interface Release {
  readonly status: 'waiting' | 'retrying' | 'completed' | 'failed' | 'cancelled' | 'quarantined'
  readonly reason: Readonly<Record<string, unknown>> | null
  readonly output: unknown
  readonly error: Readonly<Record<string, unknown>> | null
  readonly dueAt: Date | null
  /** What the run had seen of `runs.signals`: when there is more by now, it is due at once. */
  readonly signals: number
  /** Of a run that a step of another has started and that is over now: what that step is told. */
  readonly answer?: EndedChild | undefined
}

/** People who are asked, in the commit of the wait at `path`. */
export interface ApprovalRecord {
  readonly id: string
  readonly path: string
  readonly attempt: number
  readonly title: string
  readonly message: string | null
  readonly required: number
  readonly veto: boolean
  readonly selfApproval: boolean
  /** The user who started the run by hand. */
  readonly startedBy: string | null
  readonly form: unknown
  readonly dueAt: Date | null
  readonly voters: readonly {
    /** In lower case. */
    readonly email: string
    readonly name: string | null
    readonly userId: string | null
    readonly locale: string
    /** SHA-256 (hexadecimal) of the token in their link. */
    readonly tokenHash: string
  }[]
}

/** What one run wants stored in one commit: all of it, or nothing. */
export interface JournalRecord {
  readonly runId: string
  readonly workspaceId: string
  readonly epoch: number
  readonly entries: readonly JournalEntry[]
  /** Parts of the entries that are too large for them. */
  readonly largeValues?: readonly LargeValueRow[]
  readonly effects?: readonly EffectRecord[]
  readonly waits?: readonly WaitRecord[]
  /** Paths of waits that nobody waits for any more. */
  readonly waitsOver?: readonly string[]
  readonly events?: readonly {
    readonly id: string
    readonly type: string
    readonly subjectId: string | null
    readonly data: unknown
    readonly path: string
    readonly target?: EventTarget | undefined
  }[]
  readonly approvals?: readonly ApprovalRecord[]
  /** Paths of approvals that nobody waits for any more. */
  readonly approvalsOver?: readonly string[]
  /** Paths of steps that need the run no longer that they have started: it is asked to stop. */
  readonly childrenOver?: readonly string[]
  readonly release?: Release
}

/**
 * The one writer of a process. Records of all runs that arrive while a flush is under way share the next: one
 * statement, one commit. Each record is fenced by its run's lease: where another worker owns the run by now, nothing of
 * the record is stored and `record` throws `LEASE_LOST`. While the database is away it tries again and the runs wait.
 */
export class Journal {
  readonly #core: Pick<Core, 'sql' | 'clock' | 'pubsub' | 'queue' | 'log'>
  readonly #owner: string
  readonly #commits: GroupCommit<JournalRecord, boolean>
  #closed = false

  constructor(core: Pick<Core, 'sql' | 'clock' | 'pubsub' | 'queue' | 'log'>, owner: string) {
    this.#core = core
    this.#owner = owner
    this.#commits = new GroupCommit(records => this.#flush(records), { limit: 200 })
  }

  /** Resolves once the record is committed; subscribers are told after that. Throws `LEASE_LOST`, `DATABASE`. */
  async record(record: JournalRecord): Promise<void> {
    const held = await this.#commits.add(record)
    if (!held) throw new TraeError('LEASE_LOST', `Run ${record.runId} belongs to another worker now.`)
    const { workspaceId, runId } = record
    const last = record.entries.at(-1)
    if (last) this.#core.pubsub.publish('run.appended', { workspaceId, runId, seq: last.seq })
    if (last || record.release) this.#core.pubsub.publish('run.updated', { workspaceId, runId })
    for (const path of [...(record.approvals ?? []).map(approval => approval.path), ...(record.approvalsOver ?? [])])
      this.#core.pubsub.publish('approval.updated', { workspaceId, runId, path })
    if (record.events?.length) this.#core.queue.ring('events')
  }

  /** No further retries against a database that is away. */
  close(): void {
    this.#closed = true
  }

  async #flush(records: readonly JournalRecord[]): Promise<boolean[]> {
    const alone = records.findIndex(isOfFamily)
    if (alone === -1 || records.length === 1) return this.#write(records)
    const results: boolean[] = []
    for (const part of [records.slice(0, alone), records.slice(alone, alone + 1), records.slice(alone + 1)])
      if (part.length > 0) results.push(...(await this.#flush(part)))
    return results
  }

  async #write(records: readonly JournalRecord[]): Promise<boolean[]> {
    // A run may hand in several records between two flushes. They are fenced alike, and a statement can touch its row
    // only once, so a second release cannot come; the rest is made of rows of their own.
    for (let attempt = 1; ; attempt++) {
      try {
        crashPoint('journal.writing')
        const { held, ring } = await writeJournal(this.#core.sql, this.#owner, records, this.#core.clock.now())
        crashPoint('journal.committed')
        for (const id of ring) this.#core.queue.ring('run', id)
        return records.map(record => held.has(record.runId))
      } catch (error) {
        const retryable = error instanceof TraeError && error.retryable
        if (!retryable && records.length > 1) return this.#oneByOne(records)
        if (!retryable || this.#closed) throw error
        this.#core.log.warn({ err: error, attempt }, 'the journal cannot be written; trying again')
        await new Promise(resolve => setTimeout(resolve, Math.min(100 * 2 ** attempt, 2000)))
      }
    }
  }

  /** One record that the database refuses must not take the others down with it. */
  async #oneByOne(records: readonly JournalRecord[]): Promise<boolean[]> {
    const results: boolean[] = []
    for (const record of records) {
      try {
        results.push((await this.#write([record]))[0]!)
      } catch (error) {
        this.#core.log.error({ err: error, runId: record.runId }, 'a journal record was refused')
        results.push(false)
      }
    }
    return results
  }
}
