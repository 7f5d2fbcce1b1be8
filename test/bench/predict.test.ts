import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { predictions } from '../../bench/learning/predict.ts'

/** Files as the data sets have them, made by hand. */
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'datasets-'))
  mkdirSync(join(folder, 'text'))
  packed('crm_pipeline_asof_2017-09-30.csv.gz', pipeline())
  file('crm_products.csv', 'product,series,sales_price\nGTX Pro,GTX,4000\nMG,MG,50\n')
  const documents = [
    { id: 'd1', title: '', text: 'O mascote da universidade é um leão azul.' },
    { id: 'd2', title: '', text: 'A biblioteca abre às oito horas da manhã.' },
    { id: 'd3', title: '', text: 'O restaurante serve almoço aos alunos.' },
  ]
  packed('text/faquad_corpus.jsonl.gz', jsonLines(documents))
  packed('text/cranfield_corpus.jsonl.gz', jsonLines([{ id: '7', text: 'heat transfer in a boundary layer' }]))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const packed = (name: string, text: string) => writeFileSync(join(folder, name), gzipSync(text))
const jsonLines = (rows: readonly object[]) => rows.map(row => `${JSON.stringify(row)}\n`).join('')

const HEAD = 'opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n'
const OPEN = [
  'NEW1,Ana,GTXPro,,Engaging,2017-09-28,,',
  'OLD1,Ana,GTXPro,,Engaging,2017-01-05,,',
  'NEW2,Somebody Else,MG,,Engaging,2017-09-28,,',
]
/** Sixty deals that were closed after ten days, two of three won, and thirty that nobody closes. */
function pipeline(): string {
  const closed = Array.from({ length: 60 }, (_, n) => {
    const month = String((n % 6) + 3).padStart(2, '0')
    return `C${n},Ana,GTXPro,x,${n % 3 === 0 ? 'Lost' : 'Won'},2017-${month}-05,2017-${month}-15,4000`
  })
  const left = Array.from({ length: 30 }, (_, n) => `L${n},Ana,MG,,Engaging,2017-01-05,,`)
  return `${HEAD}${[...closed, ...left, ...OPEN].join('\n')}\n`
}

const table = (lines: readonly string[]) => lines.slice(1).map(line => line.split(','))

describe('rows without labels are answered', () => {
  test('of the forecast: the chance of each open deal to be won in the quarter, and what it brings', async () => {
    const lines = await predictions('forecast', file('open.csv', `${HEAD}${OPEN.join('\n')}\n`), folder)
    expect(lines[0]).toBe('id,prob,revenue')
    const [young, old, cheap] = table(lines)
    expect([young![0], old![0], cheap![0]]).toEqual(['NEW1', 'OLD1', 'NEW2'])
    const chances = [young, old, cheap].map(row => Number(row![1]))
    expect(chances.every(chance => chance > 0 && chance < 1)).toBe(true)
    expect(chances[0]).toBeGreaterThan(chances[1]! * 2) // none was ever won that was so old
    expect(Number(young![2])).toBeCloseTo(4000 * chances[0]!, 1)
    expect(Number(cheap![2])).toBeCloseTo(50 * chances[2]!, 1)
    const unknown = file('unknown.csv', `${HEAD}X,Ana,Soap,,Engaging,2017-09-28,,\n`)
    await expect(predictions('forecast', unknown, folder)).rejects.toThrow('Deal X: the product "Soap" has no price.')
  })

  test.each(['stsb', 'assin'])('of %s: how alike two texts are', async task => {
    const pairs = file(
      'pairs.csv',
      'id,s1,s2\na,"Um homem, só, toca flauta.",Um homem toca uma flauta.\nb,Um gato dorme.,"O preço ""subiu"" ontem."\nc,,\n',
    )
    const lines = await predictions(task, pairs, folder)
    expect(lines[0]).toBe('id,prob')
    const [near, far, empty] = table(lines)
    expect([near![0], far![0], empty![0]]).toEqual(['a', 'b', 'c'])
    expect(Number(near![1])).toBeGreaterThan(0.6)
    expect(Number(far![1])).toBeLessThan(0.2)
    expect(Number(empty![1])).toBe(0)
    await expect(predictions(task, file('bad.csv', 'id,one\n1,x\n'), folder)).rejects.toThrow('it has no s1, s2')
  })

  test('of faquad and cranfield: documents for each query, the nearest first', async () => {
    const queries = file('queries.csv', 'id,text\nq1,Qual é o mascote da universidade?\nq2,Quando abre a biblioteca?\n')
    const lines = await predictions('faquad', queries, folder)
    expect(lines[0]).toBe('id,prob,doc_id')
    const rows = table(lines)
    expect(rows.find(([id]) => id === 'q1')![2]).toBe('d1')
    expect(rows.find(([id]) => id === 'q2')![2]).toBe('d2')
    for (const query of ['q1', 'q2']) {
      const said = rows.filter(([id]) => id === query).map(([, prob]) => Number(prob))
      expect(said).toEqual(said.toSorted((a, b) => b - a))
      expect(said[0]).toBeLessThanOrEqual(1)
    }
    const english = file('queries.jsonl', jsonLines([{ id: 'q9', text: 'boundary layer heat' }]))
    expect(table(await predictions('cranfield', english, folder))).toMatchObject([['q9', expect.anything(), '7']])
  })

  test('by the command, into a file; a task that there is not is named', async () => {
    const [input, out] = [file('pair.csv', 'id,s1,s2\na,Olá,Olá\n'), join(folder, 'out.csv')]
    const run = (task: string) =>
      promisify(execFile)(
        process.execPath,
        [resolve('bench/learning.ts'), '--task', task, '--predict', input, '--out', out],
        { env: { ...process.env, TRAE_DATASETS: folder } },
      )
    await run('stsb')
    const [head, line] = readFileSync(out, 'utf8').split('\n')
    expect(head).toBe('id,prob')
    expect(Number(line!.split(',')[1])).toBeCloseTo(1, 6)
    await expect(run('weather')).rejects.toThrow('--predict needs --task leads, bank, churn, email, forecast, stsb')
  })
})
