import { compilePolicy } from '../../core/decisions/compile-policy.ts'
import { Knowledge } from '../../core/decisions/knowledge.ts'
import type { Policy } from '../../core/decisions/policy.ts'
import { learnable, ruleScore, weigh } from '../../core/decisions/weigh.ts'
import { inputName, type Row } from './dataset.ts'
import type { Fold } from './metrics.ts'

export interface Case {
  readonly inputs: Readonly<Record<string, unknown>>
  /** 1: success. */
  readonly truth: number
}

/** A policy that scores rows of a file, and the rows as its cases: what the API is given and what it learns. */
export interface ScoringTask {
  /** The policy as it is published. */
  readonly source: string
  readonly policy: Policy
  readonly caseOf: (row: Row) => Case
}

/** A policy whose inputs are the columns of a file. `rules` is YAML, one level deep. */
export function scoringTask(options: {
  readonly rows: readonly Row[]
  readonly leaveOut: readonly string[]
  readonly target: (row: Row) => boolean
  readonly pace: Policy['pace']
  readonly prior?: number
  readonly rules?: string
}): ScoringTask {
  const columns = Object.keys(options.rows[0]!).filter(column => !options.leaveOut.includes(column))
  const typeOf = (column: string) =>
    options.rows.every(row => typeof row[column] === 'number' || row[column] === '') ? 'number' : 'string'
  const types = new Map(columns.map(column => [column, typeOf(column)]))
  const source = `policy: task
name: Task
module: pre_vendas
type: OPERATIONAL
question: Will it succeed?
inputs:
${columns.map(column => `  ${inputName(column)}: { type: ${types.get(column)!} }`).join('\n')}
options:
  good: { title: Good, from: 60 }
  other: { title: Other, from: 0 }
prior: \${{ ${options.prior ?? 50} }}
threshold: 0
auto: true
${options.rules ?? ''}
learn:
  from: [${columns.map(inputName).join(', ')}]
  pace: ${options.pace}
`
  const { policy, diagnostics } = compilePolicy(source)
  if (!policy) throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  return {
    source,
    policy,
    caseOf: row => ({
      inputs: Object.fromEntries(
        columns.map(column => [
          inputName(column),
          types.get(column) === 'number' && row[column] === '' ? null : (row[column] ?? null),
        ]),
      ),
      truth: Number(options.target(row)),
    }),
  }
}

/** What the product says of a case: 0 to 1. */
export function score({ policy }: ScoringTask, knowledge: Knowledge, { inputs }: Case): number {
  return weigh(policy, knowledge, inputs, [], '').combination.probability
}

export const rulesOnly = ({ policy }: ScoringTask, { inputs }: Case) => ruleScore(policy, inputs).score / 100

export function learn({ policy }: ScoringTask, knowledge: Knowledge, { inputs, truth }: Case): void {
  const prior = ruleScore(policy, inputs).score / 100
  knowledge.learn({ option: 'good', context: learnable(policy, inputs), prior, success: truth === 1 })
}

export function taught(task: ScoringTask, cases: readonly Case[]): Knowledge {
  const knowledge = new Knowledge(task.policy.pace)
  for (const one of cases) learn(task, knowledge, one)
  return knowledge
}

/** Learns from all cases but those at `places`, in their order, and scores these. */
export function heldOut(task: ScoringTask, cases: readonly Case[], places: ReadonlySet<number>): Fold {
  const knowledge = taught(
    task,
    cases.filter((_, at) => !places.has(at)),
  )
  const test = cases.filter((_, at) => places.has(at))
  return { p: test.map(one => score(task, knowledge, one)), y: test.map(({ truth }) => truth) }
}

/** Scores each case as it comes; its outcome is known `late` cases later. */
export function stream(task: ScoringTask, cases: readonly Case[], late = 0): number[] {
  const knowledge = new Knowledge(task.policy.pace)
  return cases.map((one, at) => {
    const said = score(task, knowledge, one)
    const known = cases[at - late]
    if (known) learn(task, knowledge, known)
    return said
  })
}
