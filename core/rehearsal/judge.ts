import { shortDuration } from '../playbooks/duration.ts'
import { plainPath } from '../playbooks/step-branches.ts'
import { matchValue } from '../playbooks/tests/match-value.ts'
import type { Expectation, PlaybookTest } from '../playbooks/tests/playbook-test.ts'
import type { StepRecord } from '../runs/list-steps.ts'
import { type Failure, show } from './failure.ts'
import type { HeldCall } from './held-calls.ts'
import { judgeApproval } from './judge-approval.ts'
import type { RehearsedRun } from './read-rehearsed-runs.ts'

/**
 * Holds what happened against what was expected. `run` and `step` mean the first run, effects, emitted events and
 * approvals those of every run.
 */
export function judge(test: PlaybookTest, runs: readonly RehearsedRun[], held: readonly HeldCall[]): Failure[] {
  return test.expect.flatMap(expectation => {
    switch (expectation.kind) {
      case 'run':
        return judgeRun(expectation, runs)
      case 'effects':
        return judgeEffects(expectation, held)
      case 'step':
        return judgeStep(expectation, test, runs)
      case 'emitted':
        return judgeEmitted(expectation, runs)
      case 'approval':
        return judgeApproval(expectation, test, runs)
      case 'runs':
        return judgeCount(expectation, runs)
      default:
        return expectation satisfies never
    }
  })
}

type Of<Kind extends Expectation['kind']> = Extract<Expectation, { kind: Kind }>

function judgeRun({ line, status, output, error }: Of<'run'>, runs: readonly RehearsedRun[]): Failure[] {
  const [first] = runs
  const found = first?.run.status ?? 'none'
  const why = first?.run.error
    ? `: ${first.run.error.message}`
    : first?.run.reason
      ? `: ${first.run.reason.message}`
      : ''
  if (found !== status && !(status === 'waiting' && found === 'retrying'))
    return [{ line, message: `The run is ${found}, expected ${status}${why}`, expected: status, found }]
  const wrongError = error !== undefined && first?.run.error?.code !== error
  return [
    ...differences(line, 'The result of the run', output, first?.run.output),
    ...(wrongError
      ? [
          {
            line,
            message: `The run failed with ${first?.run.error?.code ?? 'nothing'}, expected ${error}.`,
            expected: error,
            found: first?.run.error?.code ?? null,
          },
        ]
      : []),
  ]
}

function judgeEffects({ line, effects }: Of<'effects'>, held: readonly HeldCall[]): Failure[] {
  const done = held.filter(call => call.isEffect && call.arrived)
  const nameOf = (action: string, account: string | undefined) =>
    account === undefined ? action : `${action}:${account}`
  const expected = effects.map(({ action, account }) => nameOf(action, account))
  // Where nothing was said of an account, any will do
  const found = done.map(({ action, account }, index) =>
    nameOf(action, effects[index]?.account === undefined ? undefined : account),
  )
  if (JSON.stringify(expected) !== JSON.stringify(found)) {
    const list = (names: readonly string[]) => names.join(', ') || 'none'
    return [{ line, message: `The effects are: ${list(found)}; expected: ${list(expected)}.`, expected, found }]
  }
  return effects.flatMap((effect, index) =>
    differences(line, `The input of effect ${index + 1}, ${effect.action}`, effect.input, done[index]!.input),
  )
}

function judgeStep(expectation: Of<'step'>, test: PlaybookTest, runs: readonly RehearsedRun[]): Failure[] {
  const { line, path, atMs, status, output, attempts, error } = expectation
  const steps = runs[0]?.steps ?? []
  const step = steps.find(one => one.path === path) ?? steps.find(one => plainPath(one.path) === path)
  const fail = (what: string, expected: unknown, found: unknown): Failure => ({
    line,
    message: `${path} ${what} ${show(found)}, expected ${show(expected)}.`,
    expected,
    found,
  })
  if (!step) return [{ line, message: `${path} was never reached: no run began.`, expected: path, found: null }]
  const failures: Failure[] = []
  if (status !== undefined && step.status !== status) failures.push(fail('is', status, step.status))
  if (status === undefined && step.status === 'pending') return [fail('was not reached; it is', 'reached', 'pending')]
  if (atMs !== undefined) {
    const at = momentOf(step)
    const foundMs = at === undefined ? undefined : at.getTime() - test.now.getTime()
    const same = foundMs !== undefined && Math.floor(foundMs / 1000) === Math.floor(atMs / 1000)
    if (!same)
      failures.push(
        fail('was over at', shortDuration(atMs), foundMs === undefined ? 'no time' : shortDuration(foundMs)),
      )
  }
  if (attempts !== undefined && (step.attempt ?? 0) !== attempts)
    failures.push(fail('has attempts', attempts, step.attempt ?? 0))
  if (error !== undefined && step.error?.code !== error)
    failures.push(fail('has the error', error, step.error?.code ?? null))
  return [...failures, ...differences(line, `The output of ${path}`, output, step.output)]
}

/** When a step was over; when it began, where it is not. */
function momentOf(step: StepRecord): Date | undefined {
  const at = step.finishedAt ?? step.startedAt
  return at === null ? undefined : new Date(at)
}

function judgeEmitted({ line, type, data }: Of<'emitted'>, runs: readonly RehearsedRun[]): Failure[] {
  const emitted = runs.flatMap(run => run.emitted)
  const candidates = emitted.filter(event => event.type === type)
  if (candidates.length === 0) {
    const found = emitted.map(event => event.type)
    return [
      {
        line,
        message: `${type} was not emitted; the run emitted ${found.join(', ') || 'nothing'}.`,
        expected: type,
        found,
      },
    ]
  }
  const tried = candidates.map(event => differences(line, `The data of ${type}`, data, event.data))
  return tried.some(found => found.length === 0) ? [] : tried[0]!
}

function judgeCount({ line, count }: Of<'runs'>, { length }: readonly RehearsedRun[]): Failure[] {
  if (length === count) return []
  return [{ line, message: `${length} runs began, expected ${count}.`, expected: count, found: length }]
}

function differences(line: number, what: string, expected: unknown, found: unknown): Failure[] {
  if (expected === undefined) return []
  return matchValue(expected, found).map(difference => ({
    line,
    message: `${what} has ${show(difference.found)}${difference.path === '' ? '' : ` at ${difference.path}`}, expected ${show(difference.expected)}.`,
    expected: difference.expected,
    found: difference.found ?? null,
  }))
}
