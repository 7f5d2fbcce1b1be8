import { join } from 'node:path'
import { bankTask } from './bank.ts'
import { churnTask } from './churn.ts'
import { PIPELINE, PRODUCTS, readRows, readTexts, type Row } from './dataset.ts'
import { emailChoice, emailKnowledge } from './email.ts'
import { forecastLines } from './forecast.ts'
import { leadsTask } from './leads.ts'
import { score, type ScoringTask, taught } from './scoring-task.ts'
import { documentsOf, searching, similarities } from './text.ts'

/**
 * Lines of a CSV file for rows without labels: `id,prob` of each, in their order, and what else belongs to the answer.
 *
 * - leads, bank, churn: `id,prob`.
 * - email: `id,prob,action`, the chance of a visit with the best action.
 * - forecast: open deals as the pipeline file has them; `id,prob,revenue`, of `opportunity_id` the chance to be won in the 92 days after the file ends, and
 *   times its price. The forecast is the sum of `revenue`.
 * - stsb, assin: `id,s1,s2`; `prob` is how alike the two are, 0 to 1.
 * - faquad, cranfield: queries, `id,text` (or JSON lines); `id,prob,doc_id`, ten lines a query, the nearest document first.
 */
export async function predictions(task: string, file: string, folder: string): Promise<string[]> {
  const answer = ANSWERS[task]
  if (!answer)
    throw new Error(`--predict needs --task ${Object.keys(ANSWERS).join(', ')}; found ${JSON.stringify(task)}.`)
  return answer(file, folder)
}

const training = (folder: string, name: string) => readRows(join(folder, `${name}_train.csv.gz`))

const ANSWERS: Readonly<Record<string, (file: string, folder: string) => string[] | Promise<string[]>>> = {
  leads: scored('leads', known => leadsTask(known, 'steady')),
  bank: scored('bank', known => bankTask(known, 'steady')),
  churn: scored('churn', churnTask),
  email: (file, folder) => emailLines(readRows(file), training(folder, 'email')),
  forecast: (file, folder) =>
    forecastLines(readRows(file), readRows(join(folder, PIPELINE)), readRows(join(folder, PRODUCTS))),
  stsb: similarityLines,
  assin: similarityLines,
  faquad: ranked('faquad'),
  cranfield: ranked('cranfield'),
}

function scored(name: string, make: (known: readonly Row[]) => ScoringTask) {
  return (file: string, folder: string): string[] => {
    const known = training(folder, name)
    const task = make(known)
    const knowledge = taught(task, known.map(task.caseOf))
    return ['id,prob', ...readRows(file).map(row => `${row['id']},${score(task, knowledge, task.caseOf(row))}`)]
  }
}

function emailLines(rows: readonly Row[], known: readonly Row[]): string[] {
  const knowledge = emailKnowledge(known)
  return [
    'id,prob,action',
    ...rows.map(row => {
      const { action, probability } = emailChoice(knowledge, row)
      return `${row['id']},${probability},${action}`
    }),
  ]
}

async function similarityLines(file: string): Promise<string[]> {
  const pairs = columnsOf(file, ['id', 's1', 's2'])
  const alike = await similarities(pairs.map(({ s1, s2 }) => ({ s1: s1!, s2: s2! })))
  return ['id,prob', ...pairs.map(({ id }, at) => `${id},${Math.max(0, Math.min(1, alike[at]!))}`)]
}

function ranked(name: string) {
  return async (file: string, folder: string): Promise<string[]> => {
    const queries = columnsOf(file, ['id', 'text'])
    return searching(documentsOf(join(folder, 'text'), name), async search => {
      const lines = ['id,prob,doc_id']
      for (const { id, text } of queries)
        for (const found of await search(text!, 'both')) lines.push(`${id},${found.score},${found.id}`)
      return lines
    })
  }
}

function columnsOf(file: string, names: readonly string[]): Record<string, string>[] {
  const rows = readTexts(file)
  const missing = names.filter(name => rows[0]?.[name] === undefined)
  if (missing.length > 0)
    throw new Error(`${file} needs the columns ${names.join(', ')}; it has no ${missing.join(', ')}, or no rows.`)
  return rows
}
