/**
 * What the decision engine learns from real data: npm run bench:learning [-- --task leads|bank|churn|email|text|forecast] [--json]
 * Scores rows of a file: -- --task leads|bank|churn|email --predict FILE [--out FILE] writes id,prob (of email also the action).
 * The training files stand in TRAE_DATASETS, else ../shared/data; they are no part of the repository.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bank, bankTask } from './learning/bank.ts'
import { churn, churnTask } from './learning/churn.ts'
import { datasets, readRows, type Row } from './learning/dataset.ts'
import { email, emailChoice, emailKnowledge } from './learning/email.ts'
import { forecast } from './learning/forecast.ts'
import { leads, leadsTask } from './learning/leads.ts'
import type { Figure } from './learning/metrics.ts'
import { textFigures } from './learning/text.ts'
import { score, type ScoringTask, taught } from './learning/scoring-task.ts'

const { values } = parseArgs({
  options: {
    task: { type: 'string' },
    predict: { type: 'string' },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const folder = datasets()
if (!folder) {
  console.error('No training files: set TRAE_DATASETS to their folder.')
  process.exit(2)
}
const training = (name: string) => readRows(join(folder, `${name}_train.csv.gz`))

const FIGURES: Readonly<Record<string, () => Figure[] | Promise<Figure[]>>> = {
  leads: () => leads(training('leads')),
  bank: () => bank(training('bank')),
  churn: () => churn(training('churn')),
  email: () => email(training('email')),
  text: () => textFigures(folder),
  forecast: () =>
    forecast(readRows(join(folder, 'crm_pipeline_asof_2017-09-30.csv.gz')), readRows(join(folder, 'crm_products.csv'))),
}

if (values.predict) predict(values.task ?? '', readRows(values.predict))
else {
  const tasks = values.task ? [values.task] : Object.keys(FIGURES)
  const measured = tasks.map(async task => {
    const measure = FIGURES[task]
    if (!measure) throw new Error(`There is no task ${task}; there are ${Object.keys(FIGURES).join(', ')}.`)
    return measure()
  })
  const figures = (await Promise.all(measured)).flat()
  if (values.json) console.log(JSON.stringify(figures))
  else console.table(Object.fromEntries(figures.map(figure => [figure.what, shown(figure)])))
}

function shown({ value, goal, floor, anchor, better }: Figure) {
  const reaches = (limit: number) => (better === 'higher' ? value >= limit : value <= limit)
  const verdict =
    goal === undefined ? '' : reaches(goal) ? 'goal' : floor !== undefined && reaches(floor) ? 'floor' : 'MISSED'
  return {
    figure: Number(value.toFixed(4)),
    goal: goal ?? '',
    floor: floor ?? '',
    anchor: anchor ?? '',
    reaches: verdict,
  }
}

function predict(task: string, rows: readonly Row[]): void {
  const lines = task === 'email' ? emailLines(rows) : scoreLines(task, rows)
  const text = `${lines.join('\n')}\n`
  if (values.out) writeFileSync(values.out, text)
  else process.stdout.write(text)
}

function scoreLines(name: string, rows: readonly Row[]): string[] {
  const TASKS: Readonly<Record<string, (known: readonly Row[]) => ScoringTask>> = {
    leads: known => leadsTask(known, 'steady'),
    bank: known => bankTask(known, 'steady'),
    churn: churnTask,
  }
  const make = TASKS[name]
  if (!make) throw new Error(`--predict needs --task leads, bank, churn or email; found ${JSON.stringify(name)}.`)
  const known = training(name)
  const task = make(known)
  const knowledge = taught(task, known.map(task.caseOf))
  return ['id,prob', ...rows.map(row => `${row['id']},${score(task, knowledge, task.caseOf(row))}`)]
}

function emailLines(rows: readonly Row[]): string[] {
  const knowledge = emailKnowledge(training('email'))
  return [
    'id,prob,action',
    ...rows.map(row => {
      const { action, probability } = emailChoice(knowledge, row)
      return `${row['id']},${probability},${action}`
    }),
  ]
}
