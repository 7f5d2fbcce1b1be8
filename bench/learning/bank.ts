import { anotherFifth, type Row, shuffled } from './dataset.ts'
import { auc, ece, type Figure, type Fold, holds, logLoss } from './metrics.ts'
import { heldOut, type ScoringTask, scoringTask, stream } from './scoring-task.ts'

export function bankTask(rows: readonly Row[], pace: 'steady' | 'moving'): ScoringTask {
  return scoringTask({ rows, leaveOut: ['id', 'y'], target: row => row['y'] === 1, pace, prior: 11 })
}

/** The share of successes climbs from 3 to 31 %: how well is that followed? */
export function bank(rows: readonly Row[]): Figure[] {
  const moving = bankTask(rows, 'moving')
  const cases = rows.map(moving.caseOf)
  const half = Math.floor(cases.length / 2)
  const y = cases.slice(half).map(({ truth }) => truth)
  const [now, late] = [stream(moving, cases).slice(half), stream(moving, cases, 500).slice(half)]
  const trailing = cases
    .map((_, at) => cases.slice(Math.max(0, at - 200), at))
    .map(last => (last.reduce((sum, { truth }) => sum + truth, 0) + 1) / (last.length + 2))
    .slice(half)
  const steady = bankTask(rows, 'steady')
  const [fold, another] = [
    new Set(shuffled(cases.length, 42).slice(0, Math.floor(cases.length / 5))),
    anotherFifth(cases.length),
  ].map(places => heldOut(steady, cases, places)) as [Fold, Fold]
  return [
    {
      what: 'bank stream, 2nd half: log-loss',
      value: logLoss(now, y),
      goal: 0.366,
      floor: 0.385,
      anchor: 'FTRL 0.363',
      better: 'lower',
    },
    {
      what: 'bank stream, 2nd half: ECE',
      value: ece(now, y),
      goal: 0.012,
      floor: 0.03,
      anchor: 'FTRL 0.006',
      better: 'lower',
    },
    { what: 'bank stream, 2nd half: AUC', value: auc(now, y), anchor: 'mean of the last 200 0.784', better: 'higher' },
    { what: 'mean of the last 200: log-loss', value: logLoss(trailing, y), better: 'lower' },
    { what: 'mean of the last 200: AUC', value: auc(trailing, y), better: 'higher' },
    {
      what: 'bank stream, 500 late: log-loss',
      value: logLoss(late, y),
      goal: 0.396,
      floor: 0.413,
      anchor: 'FTRL 0.395',
      better: 'lower',
    },
    ...[fold, another].flatMap(({ p, y: truth }, index): Figure[] => [
      {
        what: `bank held out: AUC${index === 0 ? '' : ', a fifth by another draw'}`,
        value: auc(p, truth),
        goal: 0.8,
        floor: 0.785,
        anchor: 'Moro 0.80, HGB 0.813',
        better: 'higher',
      },
      {
        what: `bank held out: better half holds${index === 0 ? '' : ', a fifth by another draw'}`,
        value: holds(p, truth, 0.5),
        goal: 0.82,
        floor: 0.8,
        anchor: 'Moro 0.79, HGB 0.834',
        better: 'higher',
      },
    ]),
  ]
}
