import { type Row, shuffled } from './dataset.ts'
import { auc, ece, type Figure, logLoss, mean } from './metrics.ts'
import { score, type ScoringTask, scoringTask, taught } from './scoring-task.ts'

export function churnTask(rows: readonly Row[]): ScoringTask {
  return scoringTask({
    rows,
    leaveOut: ['id', 'Churn'],
    target: row => row['Churn'] === 'Yes' || row['Churn'] === 1,
    pace: 'steady',
    prior: 27,
  })
}

export function churn(rows: readonly Row[]): Figure[] {
  const task = churnTask(rows)
  const cases = rows.map(task.caseOf)
  const order = shuffled(cases.length, 42)
  const folds = [0, 1, 2, 3, 4].map(fold => {
    const inFold = new Set(order.filter((_, at) => at % 5 === fold))
    const knowledge = taught(
      task,
      cases.filter((_, at) => !inFold.has(at)),
    )
    const test = cases.filter((_, at) => inFold.has(at))
    return { p: test.map(one => score(task, knowledge, one)), y: test.map(({ truth }) => truth) }
  })
  const of = (measure: (p: readonly number[], y: readonly number[]) => number) =>
    mean(folds.map(({ p, y }) => measure(p, y)))
  return [
    { what: 'churn, AUC', value: of(auc), goal: 0.843, floor: 0.835, anchor: 'tie of all 0.846', better: 'higher' },
    { what: 'churn, log-loss', value: of(logLoss), goal: 0.419, floor: 0.43, anchor: '0.416', better: 'lower' },
    { what: 'churn, ECE', value: of(ece), goal: 0.025, floor: 0.04, anchor: '0.02', better: 'lower' },
  ]
}
