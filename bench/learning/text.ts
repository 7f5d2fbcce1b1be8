import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { LexicalEmbedder } from '../../core/adapters/embedder/lexical-embedder.ts'
import { createClock } from '../../core/clock.ts'
import { newId, type WorkspaceId } from '../../core/ids.ts'
import { createLog } from '../../core/log.ts'
import { keepVectors } from '../../core/memory/keep-vectors.ts'
import { searchMemory } from '../../core/memory/search-memory.ts'
import { openTestDatabase } from '../../test/support/database.ts'
import { openTestMemory } from '../../test/support/memory.ts'
import type { Figure } from './metrics.ts'

/** How well the memory finds texts with nothing but what a host brings along: whole searches, as a user makes them. */
export async function textFigures(datasets: string): Promise<Figure[]> {
  const folder = join(datasets, 'text')
  const faquad = await retrieval(folder, 'faquad')
  const cranfield = await retrieval(folder, 'cranfield')
  const figures = [
    { what: 'FaQuAD nDCG@10', value: faquad.ndcg, floor: 0.9, goal: 0.93, anchor: 'BM25 .904, fused .930' },
    { what: 'FaQuAD recall@10', value: faquad.recall, floor: 0.985, goal: 0.995, anchor: '' },
    { what: 'Cranfield nDCG@10', value: cranfield.ndcg, floor: 0.49, goal: 0.54, anchor: 'BM25 .494, LSA .568' },
    {
      what: 'STS-B pt Spearman (train)',
      value: await similarity(folder, 'stsb_pt_train'),
      floor: 0.6,
      goal: 0.68,
      anchor: '.682',
    },
    {
      what: 'STS-B pt Spearman (dev)',
      value: await similarity(folder, 'stsb_pt_dev'),
      floor: 0.6,
      goal: 0.68,
      anchor: '.682',
    },
    {
      what: 'ASSIN pt-BR Spearman',
      value: await similarity(folder, 'assin_ptbr_train'),
      floor: 0.6,
      goal: 0.68,
      anchor: '',
    },
  ]
  return figures.map(figure => ({ ...figure, better: 'higher' as const }))
}

async function retrieval(folder: string, name: string): Promise<{ ndcg: number; recall: number }> {
  const documents = lines(folder, `${name}_corpus.jsonl.gz`)
  const queries = lines(folder, `${name}_train_queries.jsonl.gz`)
  const wanted = judgements(folder, `${name}_train_qrels.tsv`)
  const database = await openTestDatabase('postgres', [])
  try {
    const { sql } = database
    const memory = openTestMemory(sql)
    const core = { sql, memory, clock: createClock(), log: createLog('error') }
    const workspaceId = newId<WorkspaceId>()
    await sql.query({ name: '', text: INSERT_WORKSPACE }, [workspaceId])
    await sql.query({ name: '', text: INSERT_DOCUMENTS }, [workspaceId, JSON.stringify(documents)])
    await keepVectors(core, 'bench')()
    let [ndcg, recall] = [0, 0]
    for (const { id, text } of queries) {
      const grades = wanted.get(id)!
      const { found } = await searchMemory(core, workspaceId, text.slice(0, 2000), { first: 10 })
      const got = found.map(({ entry }) => grades.get(entry.key.slice('note_'.length)) ?? 0)
      const ideal = [...grades.values()].toSorted((a, b) => b - a).slice(0, 10)
      ndcg += gain(got) / gain(ideal)
      recall += got.filter(grade => grade > 0).length / Math.min(10, ideal.filter(grade => grade > 0).length)
    }
    return { ndcg: ndcg / queries.length, recall: recall / queries.length }
  } finally {
    await database.close()
  }
}

const gain = (grades: readonly number[]) => grades.reduce((sum, grade, rank) => sum + grade / Math.log2(rank + 2), 0)

const INSERT_WORKSPACE = `insert into workspaces (id, slug, name, time_zone, locale, created_at) values ($1, 'bench', 'Bench', 'UTC', 'pt-BR', now())`
const INSERT_DOCUMENTS = `
  with space as (insert into memory_spaces (workspace_id, revision) values ($1, 1) returning revision)
  insert into memory_entries (id, workspace_id, key, type, content, data, importance, origin, happened_at, created_at, updated_at, revision, stale)
  select gen_random_uuid(), $1, 'note_' || d.id, 'note', d.text, '{}', 0.5, 'bench', now(), now(), now(), revision, true
  from space, jsonb_to_recordset($2::jsonb) as d(id text, text text)`

/** Spearman's rank correlation of the cosine with what people said. */
async function similarity(folder: string, name: string): Promise<number> {
  const rows = csv(gunzipSync(readFileSync(join(folder, `${name}.csv.gz`))).toString())
  const [head, ...pairs] = rows
  const [first, second, score] = ['s1', 's2', 'score'].map(column => head!.indexOf(column)) as [number, number, number]
  const embedder = new LexicalEmbedder()
  const a = await embedder.embed(pairs.map(row => row[first]!))
  const b = await embedder.embed(pairs.map(row => row[second]!))
  const cosines = a.map((values, i) => values.reduce((sum, value, j) => sum + value * b[i]![j]!, 0))
  return spearman(
    cosines,
    pairs.map(row => Number(row[score])),
  )
}

function spearman(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [ranks(x), ranks(y)]
  const mean = (x.length - 1) / 2
  const covariance = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, value, i) => sum + (value - mean) * (q[i]! - mean), 0)
  return covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b))
}

/** Equal values share their mean rank. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((value, i) => ({ value, i })).toSorted((a, b) => a.value - b.value)
  const result: number[] = Array.from({ length: values.length })
  for (let i = 0; i < order.length;) {
    let end = i
    while (end < order.length && order[end]!.value === order[i]!.value) end++
    for (let at = i; at < end; at++) result[order[at]!.i] = (i + end - 1) / 2
    i = end
  }
  return result
}

const lines = (folder: string, file: string) =>
  gunzipSync(readFileSync(join(folder, file)))
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { readonly id: string; readonly text: string })

function judgements(folder: string, file: string): Map<string, Map<string, number>> {
  const wanted = new Map<string, Map<string, number>>()
  for (const line of readFileSync(join(folder, file), 'utf8').trim().split('\n').slice(1)) {
    const [query, document, grade] = line.split('\t') as [string, string, string]
    const grades = wanted.get(query) ?? new Map<string, number>()
    wanted.set(query, grades.set(document, Number(grade)))
  }
  return wanted
}

/** Quoted fields may hold commas, quotes and line ends. */
function csv(text: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'))
    if (end !== ',') rows.push([])
  }
  return rows.filter(row => row.length > 1)
}
