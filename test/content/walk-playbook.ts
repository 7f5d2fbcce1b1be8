import { errorRecord } from '../../core/errors.ts'
import type { Playbook, Step } from '../../core/playbooks/playbook.ts'
import type { Scope, StepScope } from '../../core/playbooks/expressions/expression.ts'

export interface World {
  readonly event: Record<string, unknown>
  readonly lead: Record<string, unknown>
  /** Does an action: its output, or an error to fail with. */
  readonly act: (uses: string, input: Record<string, unknown>) => unknown
  /** What the decision engine says. */
  readonly choice?: string
  /** Data of the events that end the waits, in order; undefined lets a wait time out. */
  readonly replies: (Record<string, unknown> | undefined)[]
}

export interface Walk {
  output: unknown
  readonly used: string[]
  readonly emitted: { event: string; data: unknown }[]
}

/**
 * Walks a compiled playbook in order with given outcomes, to ask where its paths lead. No engine: no journal, no retry,
 * no time. Steps and words that our playbooks do not use are missing.
 */
export async function walkPlaybook(playbook: Playbook, world: World): Promise<Walk> {
  const walk: Walk = { output: undefined, used: [], emitted: [] }
  const steps: Record<string, StepScope> = {}
  const vars: Record<string, unknown> = {}
  const scope = (): Scope => ({
    event: world.event,
    lead: world.lead,
    steps,
    vars,
    run: { id: 'r', timeZone: 'America/Sao_Paulo' },
  })
  const replies = [...world.replies]
  const record = (step: Step, output: unknown, status = 'completed', error: unknown = null) => {
    if (step.id) steps[step.id] = { output, error, status }
  }

  const all = async (list: readonly Step[]): Promise<boolean> => {
    for (const step of list) if (await one(step)) return true
    return false
  }
  const one = async (step: Step): Promise<boolean> => {
    const holds = step.if === undefined || step.if.evaluate(scope()) === true
    if (step.kind === 'if') return all(holds ? step.then : step.else)
    if (!holds) {
      record(step, null, 'skipped')
      return false
    }
    switch (step.kind) {
      case 'uses': {
        walk.used.push(step.uses)
        try {
          record(
            step,
            await world.act(step.uses.split('@')[0]!, step.with.evaluate(scope()) as Record<string, unknown>),
          )
        } catch (error) {
          if (step.onError !== 'continue') throw error
          record(step, null, 'failed', errorRecord(error))
        }
        return false
      }
      case 'decide':
        record(step, { choice: world.choice ?? 'email', by: 'engine' })
        return false
      case 'set':
        Object.assign(vars, step.values.evaluate(scope()))
        return false
      case 'wait':
        return false
      case 'waitFor': {
        // Nothing fails in this world
        const data = step.events.every(({ event }) => event === 'message.failed') ? undefined : replies.shift()
        record(
          step,
          data === undefined
            ? { timedOut: true }
            : { type: step.events[0]!.event, data, at: '2026-03-02T12:00:00Z', timedOut: false },
        )
        return false
      }
      case 'parallel': {
        // Ours are races between an answer and patience: the reminder goes out before anything comes.
        const isAnswer = ({ steps: [first] }: { steps: readonly Step[] }) => first?.kind === 'waitFor'
        const [answer, patience] = [step.branches.find(isAnswer)!, step.branches.find(one => !isAnswer(one))!]
        for (const branch of [patience, answer]) if (await all(branch.steps)) return true
        const heard = steps[answer.steps[0]!.id!]!.output as { timedOut: boolean }
        const winner = heard.timedOut ? patience : answer
        record(step, { winner: winner.name, output: heard.timedOut ? null : heard })
        return false
      }
      case 'emit':
        walk.emitted.push({ event: step.event, data: step.data.evaluate(scope()) })
        return false
      case 'return':
        walk.output = step.value.evaluate(scope())
        return true
      default:
        throw new Error(`This walk knows no ${step.kind}.`)
    }
  }
  if (!(await all(playbook.steps))) walk.output = playbook.outputs.evaluate(scope())
  return walk
}
