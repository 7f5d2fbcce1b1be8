import type { ErrorCode } from '../errors.ts'
import { TraeError } from '../errors.ts'
import type { ActionCall, HoldCall } from '../plugins/call-action.ts'
import type { HeldDecision, HeldStart, Hold } from '../plugins/hold.ts'
import type { Playbook, Step } from '../playbooks/playbook.ts'
import { stepsOf, plainPath } from '../playbooks/step-branches.ts'
import { sampleValue } from '../playbooks/tests/sample-value.ts'
import type { Fixture, FixtureOutcome } from '../playbooks/tests/playbook-test.ts'

/** A call that a fixture answered. */
export interface HeldCall {
  readonly runId: string
  readonly path: string
  /** As the playbook writes it, without the range of versions. */
  readonly action: string
  readonly isEffect: boolean
  readonly input: unknown
  readonly at: Date
  readonly arrived: boolean
}

/** A call that the test says nothing of, and that must not be made. */
export interface MissingFixture {
  readonly path: string
  readonly action: string
  readonly message: string
}

/**
 * Answers calls with a test's fixtures. What writes or sends, or asks a host outside, is never carried out: without a
 * fixture it fails the test. Everything else happens for real.
 */
export class HeldCalls implements Hold {
  readonly held: HeldCall[] = []
  readonly missing: MissingFixture[] = []
  readonly #fixtures: readonly Fixture[]
  readonly #steps: ReadonlyMap<string, Step>
  readonly #used = new Map<Fixture, number>()
  readonly #now: () => Date

  constructor(fixtures: readonly Fixture[], playbook: Pick<Playbook, 'steps' | 'finally'>, now: () => Date) {
    this.#fixtures = fixtures
    this.#steps = new Map(stepsOf(playbook).map(step => [plainPath(step.path), step]))
    this.#now = now
  }

  readonly call: HoldCall = async call => {
    const path = plainPath(call.run.path)
    const step = this.#steps.get(path)
    const action = step?.kind === 'uses' ? step.uses.split('@')[0]! : call.action.name
    const fixture = this.#fixtures.find(one => one.paths.includes(path))
    if (!fixture) return this.#withoutFixture(call, action)
    const outcome = this.#next(fixture, call.run.path, action)
    const { path: at, id: runId } = call.run
    const isEffect = call.action.effect === 'write' || call.action.effect === 'send'
    this.held.push({
      runId,
      path: at,
      action,
      isEffect,
      input: call.input,
      at: this.#now(),
      arrived: 'output' in outcome,
    })
    if ('output' in outcome) {
      const { output } = call.action.manifest.actions[call.action.action]!
      return { output: sampleValue(output, { now: this.#now(), place: at }, structuredClone(outcome.output)) }
    }
    throw errorOf(outcome)
  }

  /** A playbook that another starts is not there: a fixture says what its run answers. */
  readonly start: Hold['start'] = async ({ path: at, playbook, awaits }: HeldStart) => {
    const path = plainPath(at)
    const action = `playbook/${playbook}`
    const fixture = this.#fixtures.find(one => one.paths.includes(path))
    if (!fixture && !awaits) return { output: { runId: 'started' } }
    if (!fixture) {
      const step = this.#steps.get(path)
      const message = `${at} (${action}${step ? `, line ${step.line} of the playbook` : ''}) starts another playbook, and the test does not say what comes of it. Add under fixtures:  ${step?.id ?? action}: { output: {} }`
      return this.#miss(at, action, message)
    }
    const outcome = this.#next(fixture, at, action)
    if ('output' in outcome) return { output: structuredClone(outcome.output) ?? null }
    throw errorOf(outcome)
  }

  /** Policies are not there: a fixture says what is decided. */
  readonly decide: Hold['decide'] = async ({ path: at, policy }: HeldDecision) => {
    const path = plainPath(at)
    const fixture = this.#fixtures.find(one => one.paths.includes(path))
    if (!fixture) {
      const step = this.#steps.get(path)
      const message = `${at} (decide ${policy}${step ? `, line ${step.line} of the playbook` : ''}) takes a decision, and the test does not say which. Add under fixtures:  ${step?.id ?? path}: { output: { choice: … } }`
      return this.#miss(at, `decide/${policy}`, message)
    }
    const outcome = this.#next(fixture, at, `decide/${policy}`)
    if (!('output' in outcome)) throw errorOf(outcome)
    const given = (outcome.output ?? {}) as Record<string, unknown>
    const decided = { score: null, confidence: 100, recommended: given['choice'], by: 'engine' }
    return { output: { ...decided, decisionId: `decision-${at}`, ...structuredClone(given) } }
  }

  /** The outcome of this call. */
  #next(fixture: Fixture, path: string, action: string): FixtureOutcome {
    const count = this.#used.get(fixture) ?? 0
    this.#used.set(fixture, count + 1)
    const outcome = fixture.outcomes[fixture.repeats ? 0 : count]
    if (outcome) return outcome
    const message = `${path} (${action}) was called ${count + 1} times; the fixture ${fixture.key} in line ${fixture.line} has ${count} outcomes.`
    return this.#miss(path, action, message)
  }

  #withoutFixture(call: ActionCall, action: string): undefined {
    const { effect, manifest } = call.action
    if (effect === 'none' || (effect === 'read' && manifest.permissions.hosts.length === 0)) return undefined
    const does = { send: 'sends', write: 'writes', read: 'asks a host outside' }[effect]
    const step = this.#steps.get(plainPath(call.run.path))
    const key = step?.id ?? action
    return this.#miss(
      call.run.path,
      action,
      `${call.run.path} (${action}${step ? `, line ${step.line} of the playbook` : ''}) ${does}, and the test does not say what comes of it. Add under fixtures:  ${key}: done`,
    )
  }

  #miss(path: string, action: string, message: string): never {
    if (!this.missing.some(one => one.path === path)) this.missing.push({ path, action, message })
    throw new TraeError('VALIDATION', message)
  }
}

function errorOf({
  error: { code, message, retryable },
}: Extract<FixtureOutcome, { readonly error: unknown }>): TraeError {
  return new TraeError(code as ErrorCode, message, retryable === undefined ? {} : { retryable })
}
