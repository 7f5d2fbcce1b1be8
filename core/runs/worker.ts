import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { ActiveRun, type RunCore } from './active-run.ts'
import { claimGatedRuns } from './claim-gated-runs.ts'
import { claimRuns, type Lease, releaseLeases, renewLeases } from './claim-runs.ts'
import { executeRun } from './execute-run.ts'
import { wakePluginWaits } from './plugin-waits.ts'
import { statement } from '../sql.ts'
import { Suspects } from './suspects.ts'

export interface WorkerOptions {
  /** UUID of this worker, under which it holds leases; the journal's owner too. */
  readonly owner: string
  /** Runs at once. */
  readonly concurrency: number
  readonly leaseMs: number
  /** How often it looks for runs that are due: timers, lost rings, dead workers' runs. */
  readonly pollMs: number
}

/** A run that this worker executes. */
interface Executing {
  readonly run: ActiveRun
  readonly done: Promise<void>
  /** Somebody rang when it was just ending here: it is looked at again then. */
  again: boolean
}

/** A run that somebody should look at. */
interface Rung {
  /** The bell rang here, so another process may have the run, and is told. */
  own: boolean
  /** Another process, which had no place for it, waits until this one has looked. */
  looked?: () => void
}

/**
 * Takes runs as the bell names them or as they come due, executes many at once, and keeps their leases. State machine:
 * idle → `start` → working ⇄ draining (`pause`: claims nothing, finishes what it has) → `stop` → idle.
 */
export class Worker {
  readonly #core: RunCore & Pick<Core, 'playbooks'>
  readonly #options: WorkerOptions
  readonly #active = new Map<string, Executing>()
  readonly #rung = new Map<string, Rung>()
  /** Those of them that rang here, and of which no other process has been told. */
  readonly #untold = new Set<string>()
  /** Runs that wait for a place, or have given one back: their keys are looked at. */
  readonly #gated = new Set<string>()
  readonly #suspects = new Suspects()
  #stopListening: (() => void) | undefined
  #stopTakingIn: (() => void) | undefined
  #waking: Promise<void> | undefined
  #looking: Promise<void> | undefined
  #timers: NodeJS.Timeout[] = []
  #claiming: Promise<void> | undefined
  #lookForDue = false
  #lookForGated = false
  #paused = true

  constructor(core: RunCore & Pick<Core, 'playbooks'>, options: WorkerOptions) {
    this.#core = core
    this.#options = options
  }

  start(): void {
    this.#paused = false
    this.#stopListening ??= this.#listen()
    this.#takeRunsIn(true)
    if (this.#timers.length === 0)
      this.#timers = [
        setInterval(() => this.#poll(), this.#options.pollMs),
        setInterval(() => void this.#renew(), this.#options.leaseMs / 3),
      ]
    this.#poll()
  }

  /** Claims no more; what is under way goes on. */
  pause(): void {
    this.#paused = true
    this.#takeRunsIn(false)
    for (const { looked } of this.#rung.values()) looked?.() // another process's poll finds it
  }

  /** Stops claiming and waits up to `graceMs` for runs to finish or park; the rest is given back for whoever claims it next. */
  async stop(graceMs = 5000): Promise<void> {
    this.pause()
    this.#stopListening?.()
    this.#stopListening = undefined
    await this.#claiming
    await this.#waking
    await this.#looking
    await Promise.race([
      Promise.all([...this.#active.values()].map(entry => entry.done)),
      new Promise(resolve => setTimeout(resolve, graceMs).unref()),
    ])
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
    if (this.#active.size === 0) return
    const active = [...this.#active.values()]
    const stored = Promise.allSettled(active.map(({ run }) => run.committed())) // whoever goes on need not compute it again
    await Promise.race([stored, new Promise(resolve => setTimeout(resolve, 1000).unref())])
    for (const { run } of active) run.interrupt(new TraeError('LEASE_LOST', 'The worker stopped.'))
    await releaseLeases(this.#core, this.#options.owner)
  }

  get activeCount(): number {
    return this.#active.size
  }

  #listen(): () => void {
    const stops = [
      this.#core.queue.listen('run', runId => this.#ring(runId!)),
      this.#core.pubsub.on('installation.updated', () => this.#wakePluginWaits()),
      this.#core.pubsub.on('run.rung', ({ runId }) => this.#active.has(runId) && this.#ring(runId)),
    ]
    return () => stops.forEach(stop => stop())
  }

  /** Steps that wait for a plugin which is there again. */
  #wakePluginWaits(): void {
    this.#waking ??= wakePluginWaits(this.#core)
      .then(runIds => runIds.forEach(runId => this.#ring(runId)))
      .catch(error => this.#core.log.warn({ err: error }, 'waits for plugins cannot be read'))
      .finally(() => (this.#waking = undefined))
  }

  #ring(runId: string, rung: Rung = { own: true }): void {
    const active = this.#active.get(runId)
    if (active) {
      rung.looked?.()
      active.again ||= active.run.isReleasing
      return void active.run.poke().catch(error => this.#core.log.warn({ err: error, runId }, 'waits cannot be read'))
    }
    const before = this.#rung.get(runId)
    this.#rung.set(runId, { ...before, ...rung, own: rung.own || before?.own === true })
    if (rung.own && !before?.own) this.#untold.add(runId)
    this.#claim()
  }

  /** Runs for which other processes have no place; only where there is one here. */
  #takeRunsIn(on: boolean): void {
    if (on) return void (this.#stopTakingIn ??= this.#core.queue.takeIn(runId => this.#takeIn(runId)))
    this.#stopTakingIn?.()
    this.#stopTakingIn = undefined
  }

  /** Fulfilled when this process has looked at the run; with false where it cannot. */
  #takeIn(runId: string): Promise<boolean> {
    if (this.#paused || this.#active.size >= this.#options.concurrency) return Promise.resolve(false)
    return new Promise(resolve => this.#ring(runId, { own: false, looked: () => resolve(true) }))
  }

  #poll(): void {
    const now = this.#core.clock.now()
    for (const [runId, { run }] of this.#active) {
      const due = run.nextDue()
      if (due && due <= now) this.#ring(runId)
    }
    this.#lookForDue = this.#lookForGated = true
    this.#claim()
    this.#wakePluginWaits()
    this.#lookForSignals()
  }

  /** A process that does not hear the others finds in the database what they said to its runs. */
  #lookForSignals(): void {
    if (this.#active.size === 0) return
    const seen = Array.from(this.#active, ([runId, { run }]) => ({ id: runId, signals: run.signals }))
    this.#looking ??= this.#core.sql
      .query<{ id: string }>(NEWER_SIGNALS, [JSON.stringify(seen)])
      .then(rows => rows.forEach(({ id }) => this.#active.has(id) && this.#ring(id)))
      .catch(error => this.#core.log.warn({ err: error }, 'signals cannot be read; the next poll tries again'))
      .finally(() => (this.#looking = undefined))
  }

  #claim(): void {
    this.#claiming ??= this.#claimAll()
      .catch(error => this.#core.log.error({ err: error }, 'runs cannot be claimed; the next poll tries again'))
      .finally(() => (this.#claiming = undefined))
  }

  async #claimAll(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve)) // rings come one a turn; those of this one go in one claim
    while (!this.#paused && (this.#rung.size > 0 || this.#lookForDue || this.#lookForGated || this.#gated.size > 0)) {
      const room = this.#options.concurrency - this.#active.size
      if (room <= 0) {
        this.#takeRunsIn(false)
        return this.#handOn() // whoever finishes calls again
      }
      const { owner, leaseMs } = this.#options
      if (this.#rung.size > 0) {
        const rung = [...this.#rung].slice(0, room)
        const runIds = rung.map(([id]) => id)
        for (const id of runIds) {
          this.#rung.delete(id)
          this.#untold.delete(id)
        }
        const { leases, gated } = await claimRuns(this.#core, owner, { runIds, limit: runIds.length, leaseMs }).finally(
          () => rung.forEach(([, { looked }]) => looked?.()),
        )
        for (const id of gated) this.#gated.add(id)
        this.#take(leases)
        const taken = new Set([...gated, ...leases.map(lease => lease.runId)])
        this.#tellOthers(rung.flatMap(([id, { own }]) => (own && !taken.has(id) ? [id] : [])))
      } else if (this.#lookForDue) {
        const except = [...this.#active.keys()]
        const { leases } = await claimRuns(this.#core, owner, { except, limit: room, leaseMs })
        this.#lookForDue = leases.length === room
        this.#take(leases)
      } else {
        const keys = this.#lookForGated ? {} : { runIds: [...this.#gated] }
        this.#gated.clear()
        const leases = await claimGatedRuns(this.#core, owner, { ...keys, limit: room, leaseMs })
        this.#lookForGated = leases.length === room
        this.#take(leases)
      }
    }
    if (this.#paused) this.#handOn()
    else this.#takeRunsIn(true) // nothing is left here, and there is room
  }

  /** Whoever executes what this process could not have looks at it. */
  #tellOthers(runIds: readonly string[]): void {
    for (const runId of runIds) this.#core.pubsub.publish('run.rung', { workspaceId: null, runId })
  }

  /** Asks others as well: whoever has a place first takes the run. What came from others is not sent on and on. */
  #handOn(): void {
    const runIds = [...this.#untold]
    if (runIds.length === 0) return
    this.#untold.clear()
    this.#tellOthers(runIds)
    this.#core.queue.handOn(runIds)
  }

  #take(leases: readonly Lease[]): void {
    for (const lease of leases) void this.#execute(lease)
  }

  async #execute(lease: Lease): Promise<void> {
    const { runId, workspaceId } = lease
    let run: ActiveRun
    try {
      run = new ActiveRun(this.#core, lease, await this.#core.playbooks.get(lease.versionId))
    } catch (error) {
      this.#core.log.error({ err: error, runId }, 'a run cannot be taken up; it is tried again when its lease ends')
      return
    }
    this.#core.pubsub.publish('run.updated', { workspaceId, runId })
    const done = executeRun(this.#core, run, this.#suspects).then(end => {
      const { again } = this.#active.get(runId) ?? {}
      if (this.#active.get(runId)?.run === run) this.#active.delete(runId)
      if (lease.holdsPlace) this.#gated.add(runId)
      // something may have come between idle and release; nobody else has it
      if (end === 'parked' || again) this.#rung.set(runId, { own: false, ...this.#rung.get(runId) })
      this.#claim()
    })
    this.#active.set(runId, { run, done, again: false })
    await done
  }

  async #renew(): Promise<void> {
    const runIds = [...this.#active.keys()]
    if (runIds.length === 0) return
    try {
      const held = await renewLeases(this.#core, this.#options.owner, runIds, this.#options.leaseMs)
      for (const runId of runIds)
        if (!held.has(runId))
          this.#active
            .get(runId)
            ?.run.interrupt(new TraeError('LEASE_LOST', `Run ${runId} belongs to another worker now.`))
        else if (held.get(runId)) this.#ring(runId) // asked to stop, perhaps by another process
    } catch (error) {
      this.#core.log.warn({ err: error }, 'leases cannot be renewed; the next heartbeat tries again')
    }
  }
}

const NEWER_SIGNALS = statement(
  'newer-signals',
  `select r.id from runs r join jsonb_to_recordset($1::jsonb) as seen(id uuid, signals int) on r.id = seen.id
   where r.signals > seen.signals`,
)
