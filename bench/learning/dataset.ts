import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

export type Row = Readonly<Record<string, string | number>>

export const PIPELINE = 'crm_pipeline_asof_2017-09-30.csv.gz'
export const PRODUCTS = 'crm_products.csv'

/** The folder of the training files: TRAE_DATASETS, else ../shared/data beside the repository or the worktree. Undefined: none. */
export function datasets(): string | undefined {
  const root = resolve(import.meta.dirname, '../..')
  return [process.env['TRAE_DATASETS'], join(root, '../shared/data')].find(
    folder => folder !== undefined && existsSync(folder),
  )
}

/** Rows of a CSV file, packed or not; what is written as a number becomes one. */
export const readRows = (path: string): Row[] =>
  readTexts(path).map(row => Object.fromEntries(Object.entries(row).map(([name, text]) => [name, valueOf(text)])))

/** The same, every cell as it is written. A file of JSON lines has the same rows. */
export function readTexts(path: string): Record<string, string>[] {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  if (/\.jsonl(\.gz)?$/.test(path))
    return text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, string>)
  const [header, ...lines] = cells(text)
  return lines.map(line => Object.fromEntries(header!.map((name, index) => [name, line[index] ?? ''])))
}

const valueOf = (text: string) => (/^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text.trim())

/** RFC 4180: quotes around a cell may hold commas, line ends and doubled quotes. */
function cells(text: string): string[][] {
  const lines: string[][] = []
  let line: string[] = []
  let cell = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (quoted) {
      if (character !== '"') cell += character
      else if (text[at + 1] === '"') cell += text[++at]
      else quoted = false
    } else if (character === '"') quoted = true
    else if (character === ',' || character === '\n') {
      line.push(cell)
      cell = ''
      if (character === '\n') {
        lines.push(line)
        line = []
      }
    } else if (character !== '\r') cell += character
  }
  if (cell !== '' || line.length > 0) lines.push([...line, cell])
  return lines
}

/** `Lead Source` is `leadSource`: inputs of a policy have names without spaces. */
export function inputName(column: string): string {
  const words = column.split(/[^A-Za-z0-9]+/).filter(word => word !== '')
  const name = words
    .map((word, index) => (index === 0 ? word[0]!.toLowerCase() : word[0]!.toUpperCase()) + word.slice(1))
    .join('')
  return /^[A-Za-z]/.test(name) ? name.slice(0, 60) : `c${name}`
}

/** The same shuffle for the same seed: every task splits by it. */
export function shuffled(length: number, seed: number): number[] {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const order = Array.from({ length }, (_, index) => index)
  for (let index = length - 1; index > 0; index--) {
    const other = Math.floor(next() * (index + 1))
    ;[order[index], order[other]] = [order[other]!, order[index]!]
  }
  return order
}

/** Places of a fifth of the rows, by a seed that no setting was ever chosen with. */
export const anotherFifth = (length: number): Set<number> =>
  new Set(shuffled(length, 2026).slice(0, Math.floor(length / 5)))
