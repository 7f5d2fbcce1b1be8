/**
 * What the decision engine learns from real data: npm run bench:learning [-- --task leads|bank|churn|email|text|forecast] [--json]
 * Scores rows of a file: -- --task TASK --predict FILE [--out FILE] writes id,prob, of some tasks with more columns (learning/predict.ts).
 * The training files stand in TRAE_DATASETS, else ../shared/data; they are no part of the repository.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bank } from './learning/bank.ts'
import { churn } from './learning/churn.ts'
import { datasets, PIPELINE, PRODUCTS, readRows } from './learning/dataset.ts'
import { email } from './learning/email.ts'
import { forecast } from './learning/forecast.ts'
import { leads } from './learning/leads.ts'
import type { Figure } from './learning/metrics.ts'
import { predictions } from './learning/predict.ts'
import { textFigures } from './learning/text.ts'

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
  forecast: () => forecast(readRows(join(folder, PIPELINE)), readRows(join(folder, PRODUCTS))),
}

if (values.predict) {
  const text = `${(await predictions(values.task ?? '', values.predict, folder)).join('\n')}\n`
  if (values.out) writeFileSync(values.out, text)
  else process.stdout.write(text)
} else {
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
