import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { eventScope } from '../playbooks/match-playbooks.ts'
import { type Step, staticPath } from '../playbooks/playbook.ts'
import type { Scope } from '../playbooks/expressions/expression.ts'
import type { PublishedVersion } from '../publishing/playbook-registry.ts'
import { CallsUnderWay } from './calls-under-way.ts'
import { type Lease, loadWaits, type OpenWait } from './claim-runs.ts'
import { Fibers } from './fibers.ts'
import type { GoalWatch } from './goal.ts'
import type { JournalEntry, JournalKind, Release } from './journal.ts'
import { hasLarge, type LargeValueRow, LargeValues, readLarge } from './large-values.ts'
import { type EarlyEnd, RunMemory } from './run-memory.ts'
import { RunSubject } from './run-subject.ts'
import { type RecordParts, type Remembered, RunWriter } from './run-writer.ts'
import type { Frame } from './step-outcome.ts'
import { statement } from '../sql.ts'

export type RunCore = Pick<
  Core,
  | 'sql'
  | 'clock'
  | 'log'
  | 'journal'
  | 'plugins'
  | 'sandbox'
  | 'pubsub'
  | 'config'
  | 'queue'
  | 'hold'
  | 'random'
  | 'vault'
  | 'egress'
  | 'memory'
  | 'llm'
  | 'playbooks'
  | 'models'
  | 'traffic'
>

/**
 * A run in a worker's memory, from its claim to its release. Its memory of what happened is folded from the journal;
 * walking the playbook again with it passes over every known outcome and comes to where the run stood.
 */
export class ActiveRun {
  readonly lease: Lease
  readonly version: PublishedVersion
  readonly fibers: Fibers
  readonly calls = new CallsUnderWay()
  readonly memory: RunMemory
  readonly subject: RunSubject
  readonly waits = new Map<string, OpenWait>()
  /** Rejects when the run can go on no longer here: the lease is lost, the journal refuses. */
  readonly broken: Promise<never>
  /** Resolves when every fiber is parked. */
  readonly idle: Promise<void>
  /** Resolves when somebody has asked that the run stops. */
  readonly cancelled: Promise<void>
  readonly #core: RunCore
  readonly #writer: RunWriter
  readonly #large = new LargeValues()
  readonly #parked = new Map<string, () => void>()
  /** Waits that were closed here: what is read of them later is older news. */
  readonly #closed = new Set<string>()
  /** What stands behind a wait and ends with it: people who are asked, a run that was started. */
  readonly #behind = new Map<string, 'approval' | 'run'>()
  /** Why the run is completed here although steps are left. */
  earlyEnd: EarlyEnd | undefined
  /** Listens while the steps are walked, where the playbook has a goal. */
  goal: GoalWatch | undefined
  #signals: number
  /** Counts changes of waits made here. */
  #edits = 0
  #releasing = false
  #break!: (error: unknown) => void
  #stopped!: () => void

  constructor(core: RunCore, lease: Lease, version: PublishedVersion) {
    this.#core = core
    this.lease = lease
    this.version = version
    this.#signals = lease.signals
    this.subject = new RunSubject(core, lease.workspaceId, lease.subjectId, lease.lead)
    this.memory = new RunMemory(version)
    this.broken = new Promise((_, reject) => (this.#break = reject))
    this.#writer = new RunWriter(core.journal, lease, error => this.#break(error))
    this.broken.catch(() => {}) // read by whoever executes the run; never unhandled
    this.cancelled = new Promise(resolve => (this.#stopped = resolve))
    if (lease.cancelRequested) this.#cancel()
    let idle!: () => void
    this.idle = new Promise(resolve => (idle = resolve))
    this.fibers = new Fibers(() => {
      this.#releasing = true
      idle()
    })
    for (const wait of lease.waits) this.setWait(wait)
    for (const entry of lease.journal) {
      this.#large.any ||= hasLarge(entry.data)
      this.memory.remember(entry)
    }
  }

  /**
   * Remembers entries that nobody waits for. Where there is nothing but entries they are stored with what the run writes next,
   * or before long.
   */
  note(entries: readonly NewEntry[], parts: Parts = {}): void {
    if (Object.values(parts).some(rows => rows.length > 0)) void this.write(entries, parts)
    else this.#writer.gather(this.#remember(entries))
  }

  /**
   * Remembers entries and hands them to the journal with what belongs to the same commit. Resolves once committed;
   * who needs no such certainty need not wait, a failure breaks the run in any case.
   */
  write(
    entries: readonly NewEntry[],
    { release, ...parts }: Parts & { readonly release?: Omit<Release, 'signals' | 'answer'> } = {},
  ): Promise<void> {
    if (release) this.#releasing = true
    return this.#writer.write(this.#remember(entries), {
      ...parts,
      ...this.#endsWith(parts.waitsOver),
      ...(release && { release: { ...release, signals: this.#signals, answer: this.#answer(release) } }),
    })
  }

  #remember(entries: readonly NewEntry[]): Remembered {
    const at = this.#core.clock.now()
    const full = entries.map(entry => ({
      seq: ++this.memory.seq,
      kind: entry.kind,
      path: entry.path ?? null,
      attempt: entry.attempt ?? null,
      data: entry.data ?? null,
      at,
    }))
    const folded = full.map(entry => this.#fold(entry))
    for (const entry of full) this.memory.remember(this.#remembered(entry))
    return { entries: folded.map(({ entry }) => entry), largeValues: folded.flatMap(({ rows }) => rows) }
  }

  #fold(entry: JournalEntry): { entry: JournalEntry; rows: LargeValueRow[] } {
    if (entry.data === null) return { entry, rows: [] }
    const isSet = entry.path !== null && this.stepAt(entry.path)?.kind === 'set'
    const { data, rows } = this.#large.fold(entry.data, isSet)
    return { entry: data === entry.data ? entry : { ...entry, data }, rows }
  }

  /** Of an iteration that is over only its result is left, and of that only the name where it is large. */
  #remembered(entry: JournalEntry): JournalEntry {
    return this.#large.any && entry.kind === 'iteration.completed'
      ? { ...entry, data: { output: this.#large.standIn(entry.data!['output']) } }
      : entry
  }

  #endsWith(waitsOver: readonly string[] = []): Pick<RecordParts, 'approvalsOver' | 'childrenOver'> {
    if (this.#behind.size === 0 || waitsOver.length === 0) return {}
    const of = (kind: 'approval' | 'run') => waitsOver.filter(path => this.#behind.get(path) === kind)
    return { approvalsOver: of('approval'), childrenOver: of('run') }
  }

  /** What the step is told that started this run. */
  #answer({ status, output }: Pick<Release, 'status' | 'output'>): Release['answer'] {
    const { parent, runId } = this.lease
    if (!parent || status === 'waiting' || status === 'retrying') return undefined
    return { parent, end: { runId, status, ...(status === 'completed' ? { output } : {}) } }
  }

  /** The step of the playbook that a path of this run belongs to. */
  stepAt(path: string): Step | undefined {
    return this.version.steps.get(staticPath(path.split('!')[0]!))
  }

  /** Should the run wait for its journal before it goes on? */
  get isFarAhead(): boolean {
    return this.#writer.isFarAhead
  }

  /** Resolves once everything written so far is committed: the barrier before an effect. */
  committed(): Promise<void> {
    return this.#writer.committed()
  }

  /** What the expressions of a step see in its iteration; reads the lead only where it is asked for. */
  async scope(roots: ReadonlySet<string>, frame: Frame): Promise<Scope> {
    const { event, inputs } = this.lease
    if (this.#large.any) await this.#readLarge(roots, frame)
    return {
      event: event === null ? {} : eventScope(event),
      inputs,
      vars: { ...this.memory.vars, ...frame.vars },
      steps: this.memory.stepsIn(frame.to),
      ...(roots.has('run') ? { run: await this.#itself() } : {}),
      ...(roots.has('lead') || roots.has('subject') ? await this.#leadNow() : {}),
      ...(roots.has('deal') ? { deal: await this.subject.deal() } : {}),
      ...(roots.has('customer') ? { customer: await this.subject.customer() } : {}),
    }
  }

  /** The value with all that is stored beside the journal. */
  async whole(value: unknown): Promise<unknown> {
    if (!this.#large.any || !hasLarge(value)) return value
    await this.committed() // it may be on its way
    return readLarge(this.#core, this.lease.workspaceId, value, (read, large) => this.#large.know(read, large))
  }

  /** Reads the large values that an expression with these roots looks at. */
  async #readLarge(roots: ReadonlySet<string>, frame: Frame): Promise<void> {
    if (roots.has('vars') && hasLarge(this.memory.vars))
      this.memory.vars = (await this.whole(this.memory.vars)) as Record<string, unknown>
    for (const [id, step] of Object.entries(this.memory.stepsIn(frame.to)))
      if ((roots.has('steps') || roots.has(`steps.${id}`)) && hasLarge(step.output))
        this.memory.setOutput(step, await this.whole(step.output))
  }

  /** Completes the run where it stands: nothing begins any more, an effect under way is waited for, `finally` runs. */
  endEarly(reason: EarlyEnd): void {
    if (this.calls.isStopped) return // somebody has asked that it stops: that came first
    this.earlyEnd ??= reason
    this.calls.stop('read')
    this.#stopped()
  }

  /** Somebody has asked that it stops. What is being sent gets its answer, or is broken off before long. */
  #cancel(): void {
    this.calls.stop('effect')
    this.#stopped()
  }

  async #itself(): Promise<Record<string, unknown>> {
    const { workspaceId, runId, startedAt } = this.lease
    const { ending } = this.memory
    return {
      id: runId,
      playbook: this.version.slug,
      version: this.version.number,
      startedAt: startedAt.toISOString(),
      timeZone: (await getWorkspace(this.#core, workspaceId)).timeZone,
      ...(ending ? { status: ending.status, error: ending.status === 'failed' ? ending.error : null } : {}),
    }
  }

  async #leadNow(): Promise<Pick<Scope, 'lead' | 'subject'>> {
    const lead = await this.subject.lead()
    return lead === null ? {} : { lead, subject: lead }
  }

  /** Parks the fiber of a step until the wait at `path` may have ended. */
  async parkAt(path: string): Promise<void> {
    await this.fibers.park(new Promise<void>(resolve => this.#parked.set(path, resolve)))
    this.#parked.delete(path)
  }

  /** The earliest moment at which one of the parked steps is due; null where only events are waited for. */
  nextDue(): Date | null {
    const dues = this.parkedWaits()
      .map(wait => wait.dueAt)
      .filter(due => due !== null)
    return dues.length === 0 ? null : new Date(Math.min(...dues.map(due => due.getTime())))
  }

  parkedWaits(): OpenWait[] {
    return [...this.#parked.keys()].map(path => this.waits.get(path)).filter(wait => wait !== undefined)
  }

  /** Nobody waits any more for what stands at these paths or inside them. Answers the waits that are to be closed. */
  dropWaits(isDropped: (path: string) => boolean): string[] {
    const paths = [...this.waits.keys()].filter(isDropped)
    for (const path of paths) {
      if (this.waits.get(path)!.status !== 'open') this.#behind.delete(path) // that is over by itself
      this.waits.delete(path)
      this.#closed.add(path)
    }
    if (paths.length > 0) this.#edits++
    return paths
  }

  setWait(wait: OpenWait): void {
    if (wait.kind === 'approval' || wait.kind === 'run') this.#behind.set(wait.path, wait.kind)
    this.#closed.delete(wait.path)
    this.waits.set(wait.path, wait)
    this.#edits++
  }

  /** What comes from outside now is for whoever takes the run up next. */
  get isReleasing(): boolean {
    return this.#releasing
  }

  /** How often something had come from outside when this run last looked. */
  get signals(): number {
    return this.#signals
  }

  /** Something came from outside, or a time was reached: reads the waits again and lets the parked steps look. */
  async poke(): Promise<void> {
    if (this.#releasing) return // the release sees the newer signal and makes the run due at once
    const { runId } = this.lease
    let [row, waits, edits] = [undefined as Signals | undefined, [] as OpenWait[], -1]
    while (edits !== this.#edits) {
      edits = this.#edits
      await this.committed().catch(() => {}) // what is read must not be older than what was written here
      ;[row] = await this.#core.sql.query<Signals>(READ_SIGNALS, [runId])
      if (row?.cancelled) this.#cancel() // at once: a run that is busy changes its waits for as long as it goes on
      waits = await loadWaits(this.#core, [runId])
      if (this.#releasing) return
    }
    this.#signals = row?.signals ?? this.#signals
    for (const wait of waits) if (!this.#closed.has(wait.path)) this.waits.set(wait.path, wait)
    for (const wake of this.#parked.values()) wake()
  }

  /** Closes waits that nobody waits for any more: told in the journal, and no event wakes their steps. */
  closeWaits(isClosed: (path: string) => boolean, reason: string): void {
    const paths = this.dropWaits(path => this.waits.get(path)!.status === 'open' && isClosed(path))
    if (paths.length === 0) return
    const steps = paths.filter(path => !path.includes('!') && !this.memory.outcomes.has(path))
    this.note(
      steps.map(path => ({ kind: 'step.cancelled' as const, path, data: { reason } })),
      { waitsOver: paths },
    )
  }

  /** The lease is gone: whatever this run still does here is for nothing. */
  interrupt(error: unknown): void {
    this.#releasing = true
    this.#writer.drop()
    this.#break(error)
  }
}

/** What belongs to the same commit as entries; what ends with a wait is added here. */
type Parts = Pick<RecordParts, 'effects' | 'waits' | 'waitsOver' | 'events' | 'approvals'>

interface NewEntry {
  readonly kind: JournalKind
  readonly path?: string
  readonly attempt?: number | undefined
  readonly data?: Record<string, unknown>
}

interface Signals {
  readonly signals: number
  readonly cancelled: boolean
}
const READ_SIGNALS = statement(
  'read-signals',
  `select signals, cancel_requested_at is not null as cancelled from runs where id = $1`,
)
