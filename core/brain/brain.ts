import type { Core } from '../context.ts'
import type { Worker } from '../runs/worker.ts'
import { statement } from '../sql.ts'

/** Looks for what is due, again and again, while the engine is on. `stop` waits for the look that is under way. */
export interface Watch {
  start(): void
  stop(): Promise<void>
}

/**
 * Switches the engine of this process on and off. Stopped, it drains: nothing more is scheduled or claimed, the API
 * and the status stay. The state is stored, so a restart finds it as it was.
 */
export class Brain {
  readonly #core: Pick<Core, 'sql' | 'clock' | 'pubsub'>
  readonly #worker: Worker
  readonly #watches: readonly Watch[]
  readonly #moved = new Set<string>()
  #telling: NodeJS.Timeout | undefined
  #running = false

  constructor(
    core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
    worker: Worker,
    /** In the order in which they start; they stop in the other one. */
    watches: readonly Watch[],
  ) {
    this.#core = core
    this.#worker = worker
    this.#watches = watches
    core.pubsub.on('run.updated', ({ workspaceId }) => this.#move(workspaceId))
  }

  get running(): boolean {
    return this.#running
  }
  /** Stopped, but runs that were claimed before are still under way. */
  get draining(): boolean {
    return !this.#running && this.#worker.activeCount > 0
  }

  /** Runs in this process's hands. */
  get activeRuns(): number {
    return this.#worker.activeCount
  }

  /** At the start of the process: runs unless it was stopped before. */
  async open(): Promise<void> {
    const [row] = await this.#core.sql.query<{ running: boolean }>(READ_BRAIN)
    if (row?.running !== false) this.#go()
  }

  async start(): Promise<void> {
    await this.#core.sql.query(WRITE_BRAIN, [true, this.#core.clock.now()])
    if (!this.#running) this.#go()
  }

  async stop(): Promise<void> {
    await this.#core.sql.query(WRITE_BRAIN, [false, this.#core.clock.now()])
    await this.#halt()
  }

  /** At the end of the process: the stored state stays. */
  async close(graceMs?: number): Promise<void> {
    await this.#halt()
    await this.#worker.stop(graceMs)
  }

  /** Runs moved: modules, queue and health may have. Told once a second a workspace, however many runs move. */
  #move(workspaceId: string): void {
    this.#moved.add(workspaceId)
    if (this.#telling) return
    this.#telling = setTimeout(() => {
      this.#telling = undefined
      for (const id of this.#moved) this.#core.pubsub.publish('brain.changed', { workspaceId: id })
      this.#moved.clear()
    }, 1000).unref()
  }

  #go(): void {
    this.#running = true
    this.#worker.start()
    for (const watch of this.#watches) watch.start()
    this.#core.pubsub.publish('brain.changed', { workspaceId: null })
  }

  async #halt(): Promise<void> {
    this.#running = false
    this.#worker.pause()
    for (const watch of this.#watches.toReversed()) await watch.stop()
    this.#core.pubsub.publish('brain.changed', { workspaceId: null })
  }
}

const READ_BRAIN = statement('read-brain', `select running from brain where id = 1`)
const WRITE_BRAIN = statement(
  'write-brain',
  `insert into brain (id, running, changed_at) values (1, $1, $2) on conflict (id) do update set running = excluded.running, changed_at = excluded.changed_at`,
)
