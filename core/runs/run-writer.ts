import type { Journal, JournalEntry, JournalRecord } from './journal.ts'
import type { LargeValueRow } from './large-values.ts'

/** Entries that a run may have on their way to the journal. */
const MOST_UNCOMMITTED = 1000
/** How many entries that nobody waits for are gathered, and for how long. */
const MOST_GATHERED = 100
const GATHERED_MS = 50

/** What belongs to the same commit as entries. */
export type RecordParts = Pick<
  JournalRecord,
  'effects' | 'waits' | 'waitsOver' | 'events' | 'approvals' | 'approvalsOver' | 'childrenOver' | 'release'
>

/** Entries of a run as they are stored, and what is too large for them. */
export type Remembered = Required<Pick<JournalRecord, 'entries' | 'largeValues'>>
const NOTHING: Remembered = { entries: [], largeValues: [] }

/**
 * What one run has to be stored, in order. Entries that nobody waits for go into the commit of what the run writes next,
 * at the latest 50 ms later: steps without effects share one commit between barriers. A crash may compute those again.
 */
export class RunWriter {
  readonly #journal: Journal
  readonly #lease: Pick<JournalRecord, 'runId' | 'workspaceId' | 'epoch'>
  readonly #onRefused: (error: unknown) => void
  #entries: JournalEntry[] = []
  #largeValues: LargeValueRow[] = []
  #timer: NodeJS.Timeout | undefined
  #uncommitted = 0
  #committed: Promise<void> = Promise.resolve()

  /** `onRefused` hears why nothing more of this run can be stored here: `LEASE_LOST`, `DATABASE`. */
  constructor(
    journal: Journal,
    { runId, workspaceId, epoch }: Pick<JournalRecord, 'runId' | 'workspaceId' | 'epoch'>,
    onRefused: (error: unknown) => void,
  ) {
    this.#journal = journal
    this.#lease = { runId, workspaceId, epoch }
    this.#onRefused = onRefused
  }

  /** Stored with the next `write`, or before long. */
  gather({ entries, largeValues }: Remembered): void {
    this.#entries.push(...entries)
    this.#largeValues.push(...largeValues)
    if (this.#entries.length >= MOST_GATHERED) void this.write()
    else this.#timer ??= setTimeout(() => void this.write(), GATHERED_MS)
  }

  /** Stores all that was gathered, these entries and their parts in one commit; resolves once it is durable. */
  write(remembered: Remembered = NOTHING, parts: RecordParts = {}): Promise<void> {
    const entries = [...this.#entries, ...remembered.entries]
    const largeValues = [...this.#largeValues, ...remembered.largeValues]
    this.drop()
    const written = this.#journal.record({ ...this.#lease, entries, largeValues, ...parts })
    this.#uncommitted += entries.length
    written.then(() => (this.#uncommitted -= entries.length), this.#onRefused)
    this.#committed = written
    return written
  }

  /** Resolves once everything up to here is durable. */
  committed(): Promise<void> {
    return this.#entries.length > 0 ? this.write() : this.#committed
  }

  /** Should the run wait for its journal? A long loop of steps without effects would hold all that is not stored yet. */
  get isFarAhead(): boolean {
    return this.#uncommitted + this.#entries.length > MOST_UNCOMMITTED
  }

  /** Forgets what was gathered: the lease is gone. */
  drop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#entries = []
    this.#largeValues = []
  }
}
