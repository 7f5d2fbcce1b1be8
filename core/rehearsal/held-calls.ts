import type { DecisionAnswer } from '../decisions/decision.ts'
import { Knowledge } from '../decisions/knowledge.ts'
import { answerBy } from '../decisions/past-policy.ts'
import type { Policy } from '../decisions/policy.ts'
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
  /** Of its plugin; undefined where that uses none. */
  readonly account: string | undefined
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
  readonly #policies: ReadonlyMap<string, Policy>
  readonly #used = new Map<Fixture, number>()
  /** What people decide who are asked now. */
  readonly #asked = new Map<string, FixtureOutcome>()
  readonly #now: () => Date

  constructor(
    fixtures: readonly Fixture[],
    playbook: Pick<Playbook, 'steps' | 'finally'>,
    policies: ReadonlyMap<string, Policy>,
    now: () => Date,
  ) {
    this.#fixtures = fixtures
    this.#policies = policies
    this.#steps = new Map(stepsOf(playbook).map(step => [plainPath(step.path), step]))
    this.#now = now
  }

  readonly call: HoldCall = async call => {
    const path = plainPath(call.run.path)
    const step = this.#steps.get(path)
    const action = step?.kind === 'uses' ? step.uses.split('@')[0]! : call.action.name
    const { account } = call
    const fixture = this.#fixtures.find(
      one => one.paths.includes(path) && (one.account === undefined || one.account === account),
    )
    if (!fixture) return this.#withoutFixture(call, action)
    const outcome = this.#next(fixture, call.run.path, action)
    const { path: at, id: runId } = call.run
    const isEffect = call.action.effect === 'write' || call.action.effect === 'send'
    this.held.push({
      runId,
      path: at,
      action,
      account,
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

  /** Without a fixture the policy decides, as its rules say: nothing was learnt, and nothing is tried out. */
  readonly decide: Hold['decide'] = async decision => {
    const { runId, path } = decision
    const fixture = this.#fixtures.find(one => one.paths.includes(plainPath(path)))
    if (!fixture) return { output: this.#byPolicy(decision) }
    const outcome = this.#next(fixture, path, `decide/${decision.policy}`)
    if (outcome.afterMs === undefined) return { output: decisionOf(path, outcome) }
    this.#asked.set(`${runId}/${path}`, outcome)
    return { takesMs: outcome.afterMs }
  }

  readonly decided: NonNullable<Hold['decided']> = async ({ runId, path }) => ({
    output: decisionOf(path, this.#asked.get(`${runId}/${path}`)!),
  })

  #byPolicy({ path, policy: slug, input }: HeldDecision): DecisionAnswer {
    const action = `decide/${slug}`
    const step = this.#steps.get(plainPath(path))
    const where = `${path} (decide ${slug}${step ? `, line ${step.line} of the playbook` : ''})`
    const key = step?.id ?? plainPath(path)
    const policy = this.#policies.get(slug)
    if (!policy)
      return this.#miss(
        path,
        action,
        `${where} takes a decision, and the test does not say which; nor is there such a policy here. Add under fixtures:  ${key}: { output: { choice: … } }`,
      )
    const { weighed, alone } = answerBy({ ...policy, explore: 0 }, new Knowledge(policy.pace), input, path)
    const { option: choice, confidence } = weighed.recommendation
    if (!alone)
      return this.#miss(
        path,
        action,
        `${where} asks a person (${choice} is recommended, with a confidence of ${confidence} %), and the test does not say what they choose. Add under fixtures:  ${key}: { output: { choice: ${choice}, by: person }, after: 2h }`,
      )
    const decisionId = `decision-${path}`
    return { decisionId, choice, score: weighed.combination.score, confidence, recommended: choice, by: 'engine' }
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

function decisionOf(path: string, outcome: FixtureOutcome): Record<string, unknown> {
  if (!('output' in outcome)) throw errorOf(outcome)
  const given = (outcome.output ?? {}) as Record<string, unknown>
  const by = outcome.afterMs === undefined ? 'engine' : 'person'
  const decided = { score: null, confidence: 100, recommended: given['choice'], by, decisionId: `decision-${path}` }
  return { ...decided, ...structuredClone(given) }
}

function errorOf({
  error: { code, message, retryable },
}: Extract<FixtureOutcome, { readonly error: unknown }>): TraeError {
  return new TraeError(code as ErrorCode, message, retryable === undefined ? {} : { retryable })
}
