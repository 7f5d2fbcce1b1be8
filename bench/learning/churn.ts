import { anotherFifth, type Row, shuffled } from './dataset.ts'
import { auc, ece, type Figure, heldOutFigures, logLoss } from './metrics.ts'
import { heldOut, type ScoringTask, scoringTask } from './scoring-task.ts'

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
  const folds = [0, 1, 2, 3, 4].map(fold => heldOut(task, cases, new Set(order.filter((_, at) => at % 5 === fold))))
  const fifth = heldOut(task, cases, anotherFifth(cases.length))
  return [
    ...heldOutFigures(
      { what: 'churn, AUC', goal: 0.843, floor: 0.835, anchor: 'tie of all 0.846', better: 'higher' },
      { folds, fifth, of: auc },
    ),
    ...heldOutFigures(
      { what: 'churn, log-loss', goal: 0.419, floor: 0.43, anchor: '0.416', better: 'lower' },
      { folds, fifth, of: logLoss },
    ),
    ...heldOutFigures(
      { what: 'churn, ECE', goal: 0.025, floor: 0.04, anchor: '0.02', better: 'lower' },
      { folds, fifth, of: ece },
    ),
  ]
}
