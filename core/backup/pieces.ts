/**
 * What is sealed in a backup: lines of JSON, gzipped.
 *
 *   {"table": "leads", "columns": ["id", …]}     then a line for each of its rows, an array
 *   {"end": {"leads": {"rows": 3, "sum": "…"}}}  the last line
 */
import { Readable, pipeline } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip, createGzip } from 'node:zlib'
import { z } from 'zod'
import { TraeError } from '../errors.ts'
import type { TableSum } from './tables.ts'

export type Piece =
  | { readonly kind: 'table'; readonly name: string; readonly columns: readonly string[] }
  | { readonly kind: 'rows'; readonly lines: readonly string[] }
  | { readonly kind: 'end'; readonly tables: Readonly<Record<string, TableSum>> }

export function packed(pieces: AsyncIterable<Piece>): AsyncIterable<Buffer> {
  const source = Readable.from(texts(pieces), { objectMode: true, highWaterMark: 1 })
  return pipeline(source, createGzip(), () => {}) // an error destroys both, and comes to whoever reads
}

async function* texts(pieces: AsyncIterable<Piece>): AsyncGenerator<string> {
  for await (const piece of pieces)
    switch (piece.kind) {
      case 'table':
        yield `${JSON.stringify({ table: piece.name, columns: piece.columns })}\n`
        break
      case 'rows':
        yield `${piece.lines.join('\n')}\n`
        break
      case 'end':
        yield `${JSON.stringify({ end: piece.tables })}\n`
        break
      default:
        piece satisfies never
    }
}

/** The same pieces again; rows come some at a time. Throws `BAD_USER_INPUT` where the end is missing. */
export async function* unpacked(plain: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  let rows: string[] = []
  let length = 0
  let ended = false
  const source = Readable.from(plain, { objectMode: true, highWaterMark: 1 })
  for await (const line of linesOf(pipeline(source, createGunzip(), () => {}))) {
    if (line.startsWith('[')) {
      rows.push(line)
      length += line.length
      if (rows.length < ROWS_AT_ONCE && length < LENGTH_AT_ONCE) continue
    }
    if (rows.length > 0) yield { kind: 'rows', lines: rows }
    ;[rows, length] = [[], 0]
    if (line.startsWith('[')) continue
    const piece = control.parse(JSON.parse(line))
    ended = 'end' in piece
    yield 'end' in piece
      ? { kind: 'end', tables: piece.end }
      : { kind: 'table', name: piece.table, columns: piece.columns }
  }
  if (!ended) throw new TraeError('BAD_USER_INPUT', 'The backup has no end.')
}
const ROWS_AT_ONCE = 500
const LENGTH_AT_ONCE = 2 * 1024 * 1024

const control = z.union([
  z.strictObject({ table: z.string(), columns: z.array(z.string()) }),
  z.strictObject({ end: z.record(z.string(), z.strictObject({ rows: z.number(), sum: z.string() })) }),
])

async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let begun: string[] = []
  for await (const piece of bytes) {
    const text = decoder.write(piece)
    let from = 0
    for (let at; (at = text.indexOf('\n', from)) >= 0; from = at + 1) {
      begun.push(text.slice(from, at))
      yield begun.join('')
      begun = []
    }
    begun.push(text.slice(from))
  }
}
