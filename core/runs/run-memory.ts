import type { ErrorRecord } from '../errors.ts'
import { staticPath, type Step } from '../playbooks/playbook.ts'
import { type StepScope, UNREACHED } from '../playbooks/expressions/expression.ts'
import type { PublishedVersion } from '../publishing/playbook-registry.ts'
import type { JournalEntry } from './journal.ts'
import type { Held } from './plugin-waits.ts'
import type { ReasonCode } from './reason.ts'

/** How a step ended. */
export type Outcome =
  | { readonly status: 'completed'; readonly output: unknown }
  | { readonly status: 'skipped' }
  | { readonly status: 'failed'; readonly error: ErrorRecord }

/** How the steps of a run ended, before `finally`. */
export type Ending =
  | { readonly status: 'completed'; readonly output: unknown; /** Where it ended early. */ readonly reason?: EarlyEnd }
  | { readonly status: 'failed'; readonly error: ErrorRecord; readonly path: string | null }
  | { readonly status: 'cancelled' }

/** Why a run was completed before the end of its steps. */
export interface EarlyEnd {
  readonly code: Extract<ReasonCode, 'EXIT' | 'GOAL' | 'SUPPRESSED'>
  readonly message: string
}

/** A loop that has begun. */
export interface LoopMemory {
  /** Of a `forEach`: the list as it was when the step began. */
  readonly items: readonly unknown[]
  /** Of a `while`: iterations that were decided on. */
  begun: number
  readonly results: Map<number, IterationResult>
}

/** Attempts made of a step that has no outcome yet, when the first began, and since when the next one is held back. */
interface Attempts {
  readonly count: number
  readonly firstAt: Date
  readonly held?: Held & { readonly since: Date; readonly times: number }
}
export type IterationResult = { readonly output: unknown } | { readonly error: ErrorRecord }

/**
 * What a run remembers: its journal, folded, the same way for what is read at the claim and for what is being written.
 * An iteration that has succeeded keeps its result and forgets its steps, so a loop over thousands of items stays small.
 */
export class RunMemory {
  readonly outcomes = new Map<string, Outcome>()
  /** Decisions: `then`, `else`, `case0`, `default`, `catch`. */
  readonly branches = new Map<string, string>()
  /** What a `try` has caught. */
  readonly caught = new Map<string, ErrorRecord>()
  readonly attempts = new Map<string, Attempts>()
  /** Steps whose effect was intended and has no outcome: in flight when the last worker died. */
  readonly inFlight = new Set<string>()
  /** Who was asked for an effect that may have happened, by path: nobody else is asked for it. */
  readonly providers = new Map<string, string>()
  /** With which account of theirs. */
  readonly accounts = new Map<string, string>()
  /** Effects that failed and are tried again by hand: the far side is asked first, where it can be. */
  readonly triedBefore = new Set<string>()
  readonly loops = new Map<string, LoopMemory>()
  ending: Ending | undefined
  vars: Readonly<Record<string, unknown>> = {}
  seq = 0
  /** Times this run was recovered, and executed as a suspect, with nothing achieved in between. */
  fruitlessRecoveries = 0
  timesSuspected = 0
  readonly #version: PublishedVersion
  /** `steps` of expressions, of the run and of each iteration under way: `each[3]`. */
  readonly #scopes = new Map<string, Record<string, StepScope>>()

  constructor(version: PublishedVersion) {
    this.#version = version
    this.#scopes.set('', Object.fromEntries(version.playbook.stepIds.map(id => [id, UNREACHED])))
  }

  remember(entry: JournalEntry): void {
    this.seq = Math.max(this.seq, entry.seq)
    const { kind, path, data } = entry
    if (kind === 'run.recovered') this.fruitlessRecoveries++
    else if (kind === 'run.suspected') this.timesSuspected++
    else if (kind !== 'run.started' && kind !== 'log' && kind !== 'step.started')
      this.fruitlessRecoveries = this.timesSuspected = 0
    if (kind === 'run.ending') this.ending = data as unknown as Ending
    if (kind === 'run.restarted') this.#restart(data!['again'] as string[])
    if (path === null) return
    switch (kind) {
      case 'step.started':
        this.inFlight.add(path)
        if (typeof data?.['provider'] === 'string') this.providers.set(path, data['provider'])
        if (typeof data?.['account'] === 'string') this.accounts.set(path, data['account'])
        break
      case 'step.passed-over':
        this.inFlight.delete(path)
        this.#forgetWhoWasAsked(path)
        break
      case 'step.branch':
        this.#decide(path, data!)
        break
      case 'effect.decided':
        this.inFlight.delete(path)
        if (data?.['decision'] === 'notSent') this.#forgetWhoWasAsked(path)
        break
      case 'step.retrying':
        this.inFlight.delete(path)
        this.#forgetFailures(path)
        this.attempts.set(path, {
          count: entry.attempt!,
          firstAt: this.attempts.get(path)?.firstAt ?? new Date(data!['firstAt'] as string),
        })
        break
      case 'step.cancelled':
        this.#takeBack(path, data?.['over'] as Held['over'])
        break
      case 'step.waiting':
        if (data?.['held'] !== undefined) this.#hold(path, data['held'] as Held, entry.at)
        break
      case 'step.completed':
        this.#settle(path, { status: 'completed', output: data!['output'] })
        break
      case 'step.skipped':
        this.#settle(path, { status: 'skipped' })
        break
      case 'step.failed':
        this.#settle(path, { status: 'failed', error: data!['error'] as ErrorRecord })
        break
      case 'loop.started':
        this.loops.set(path, { items: (data?.['items'] as unknown[]) ?? [], begun: 0, results: new Map() })
        break
      case 'iteration.started':
        this.loops.get(loopOf(path))!.begun = indexOf(path) + 1
        break
      case 'iteration.completed':
        this.#endIteration(path, { output: data!['output'] })
        break
      case 'iteration.failed':
        this.#endIteration(path, { error: data!['error'] as ErrorRecord })
        break
      default:
    }
  }

  /** `steps` as an expression inside the iteration `frame` sees it; the empty frame is the run itself. */
  stepsIn(frame: string): Readonly<Record<string, StepScope>> {
    const root = this.#scopes.get('')!
    if (frame === '') return root
    const around = Array.from(frame.matchAll(/\]/g), match => frame.slice(0, match.index + 1))
    return Object.assign({}, root, ...around.map(outer => this.#scopes.get(outer)))
  }

  /** The output of a step as expressions see it, once it is read. */
  setOutput(step: StepScope, output: unknown): void {
    ;(step as { output: unknown }).output = output
  }

  /** Failures that nothing has dealt with, of steps and of iterations: what a restart tries again. */
  openFailures(): string[] {
    const steps = [...this.outcomes].filter(([path, outcome]) => outcome.status === 'failed' && !this.#isSettled(path))
    const rounds = [...this.loops].flatMap(([loop, { results }]) =>
      [...results].filter(([, result]) => 'error' in result).map(([index]) => `${loop}[${index}]`),
    )
    return [...steps.map(([path]) => path), ...rounds.filter(path => !this.#isSettled(path))]
  }

  /** Did the playbook say what to do about a failure here: go on, catch it, or settle with it? */
  #isSettled(path: string): boolean {
    if (this.#step(path)?.onError === 'continue') return true
    for (const { index } of path.matchAll(/[.[]/g)) {
      const around = path.slice(0, index)
      const outcome = this.outcomes.get(around)
      if (outcome && (outcome.status !== 'failed' || this.#step(around)?.onError === 'continue')) return true
      if (this.caught.has(around) && path.startsWith(`${around}.try.`)) return true
    }
    return false
  }

  #restart(again: readonly string[]): void {
    this.ending = undefined
    for (const path of again)
      if (path.endsWith(']')) this.loops.get(loopOf(path))?.results.delete(indexOf(path))
      else {
        this.outcomes.delete(path)
        this.attempts.delete(path)
        this.triedBefore.add(path)
        this.#tell(path, UNREACHED)
      }
  }

  #decide(path: string, data: Readonly<Record<string, unknown>>): void {
    this.branches.set(path, data['branch'] as string)
    if (data['error'] !== undefined) this.caught.set(path, data['error'] as ErrorRecord)
    else this.#tell(path, { output: data, error: null, status: 'completed' })
  }

  #settle(path: string, outcome: Outcome): void {
    this.inFlight.delete(path)
    this.outcomes.set(path, outcome)
    if (this.#step(path)?.kind === 'set' && outcome.status === 'completed')
      this.vars = { ...this.vars, ...(outcome.output as Record<string, unknown>) }
    this.#tell(path, {
      output: outcome.status === 'completed' ? outcome.output : null,
      error: outcome.status === 'failed' ? outcome.error : null,
      status: outcome.status,
    })
  }

  #tell(path: string, scope: StepScope): void {
    const id = this.#step(path)?.id
    if (id === undefined) return
    const frame = path.slice(0, path.lastIndexOf(']') + 1)
    const scopes = this.#scopes.get(frame) ?? {}
    this.#scopes.set(frame, scopes)
    scopes[id] = scope
  }

  #hold(path: string, held: Held, at: Date): void {
    this.#takeBack(path, held.over)
    const { count = 0, firstAt = at, held: before } = this.attempts.get(path) ?? {}
    this.attempts.set(path, {
      count,
      firstAt,
      held: { ...held, since: before?.since ?? at, times: (before?.times ?? 0) + 1 },
    })
  }

  /** What was intended has not happened. */
  #takeBack(path: string, over: Held['over']): void {
    if (over) this.inFlight.delete(path)
    if (over === 'choice') this.#forgetWhoWasAsked(path)
  }

  #forgetWhoWasAsked(path: string): void {
    this.providers.delete(path)
    this.accounts.delete(path)
  }

  #endIteration(path: string, result: IterationResult): void {
    this.loops.get(loopOf(path))!.results.set(indexOf(path), result)
    if ('error' in result) return // it may be tried again, and what was done inside stays done
    const inside = (other: string) => other.startsWith(path)
    for (const map of [
      this.outcomes,
      this.branches,
      this.caught,
      this.attempts,
      this.providers,
      this.accounts,
      this.inFlight,
      this.loops,
      this.#scopes,
    ])
      for (const key of map.keys()) if (inside(key)) map.delete(key)
  }

  /** A step that holds others is tried again: what was done inside stays done, what failed has another chance. */
  #forgetFailures(path: string): void {
    const inside = (other: string) => other.startsWith(`${path}.`) || other.startsWith(`${path}[`)
    for (const [other, outcome] of this.outcomes)
      if (outcome.status === 'failed' && inside(other)) {
        this.outcomes.delete(other)
        this.attempts.delete(other)
      }
    for (const [loop, { results }] of this.loops)
      if (loop === path || inside(loop))
        for (const [index, result] of results) if ('error' in result) results.delete(index)
  }

  #step(path: string): Step | undefined {
    return this.#version.steps.get(staticPath(path))
  }
}

const loopOf = (path: string) => path.slice(0, path.lastIndexOf('['))
const indexOf = (path: string) => Number(path.slice(path.lastIndexOf('[') + 1, -1))
