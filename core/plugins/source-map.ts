import { z } from 'zod'

/** A source map (ECMA-426), as far as we read it: whoever made the plugin made it, so nothing of it is trusted. */
const sourceMap = z.object({
  version: z.literal(3),
  sources: z.array(z.string().nullable()),
  sourcesContent: z.array(z.string().nullable()).optional(),
  mappings: z.string(),
})
export type SourceMap = z.infer<typeof sourceMap>

/** A place in a text; the first line is 1, the first column 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A place in a file of the author. */
export interface SourcePlace extends Place {
  readonly source: string
  /** The line itself, where the map holds it. */
  readonly text: string | undefined
}

/** Undefined for a text that is no source map. */
export function readSourceMap(text: string): SourceMap | undefined {
  try {
    return sourceMap.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Where these places of the bundle come from, in one pass over the map; undefined where it does not say. */
export function originalPlaces(map: SourceMap, places: readonly Place[]): (SourcePlace | undefined)[] {
  const found = new Map<Place, SourcePlace | undefined>()
  const wanted = [...places].sort((a, b) => a.line - b.line || a.column - b.column)
  let next = 0
  let before: Segment = { line: 0, column: 0, source: -1, fromLine: 0, fromColumn: 0 }
  /** What stands before this place of the bundle comes from the segment before it. */
  const passUntil = (line: number, column: number) => {
    for (; next < wanted.length; next++) {
      const place = wanted[next]!
      if (place.line > line || (place.line === line && place.column - 1 >= column)) return
      found.set(place, before.line === place.line ? sourcePlace(map, before) : undefined)
    }
  }
  readSegments(
    map.mappings,
    segment => {
      passUntil(segment.line, segment.column)
      before = { ...segment }
      return next < wanted.length
    },
    wanted[0]?.line ?? 0,
  )
  passUntil(Number.POSITIVE_INFINITY, 0)
  return places.map(place => found.get(place))
}

function sourcePlace(
  { sources, sourcesContent }: SourceMap,
  { source, fromLine, fromColumn }: Segment,
): SourcePlace | undefined {
  const name = sources[source]
  if (typeof name !== 'string' || fromLine < 0 || fromColumn < 0) return undefined
  const text = lineOf(sourcesContent?.[source] ?? '', fromLine)
  return { source: name, line: fromLine + 1, column: fromColumn + 1, text }
}

/** One line of a text, without cutting up the others. */
function lineOf(text: string, line: number): string | undefined {
  let at = 0
  for (let i = 0; i < line; i++) {
    at = text.indexOf('\n', at) + 1
    if (at === 0) return undefined
  }
  const end = text.indexOf('\n', at)
  return text.slice(at, end < 0 ? undefined : end) || undefined
}

interface Segment {
  /** Of the bundle: the first line is 1, the first column 0. */
  line: number
  column: number
  /** Number of its source, -1 where it has none. Its lines and columns begin with 0. */
  source: number
  fromLine: number
  fromColumn: number
}

/**
 * Reads the `mappings` of a source map to their end, to the first letter that is none of theirs, or until `each` has enough.
 * Lines before `first` are read, for each number counts on from the one before, and not told. A long map must not hold the event
 * loop: nothing is made for a segment.
 */
function readSegments(mappings: string, each: (segment: Readonly<Segment>) => boolean, first: number): void {
  const segment: Segment = { line: 1, column: 0, source: -1, fromLine: 0, fromColumn: 0 }
  let [source, field, value, shift] = [0, 0, 0, 0]
  for (let i = 0; i <= mappings.length; i++) {
    const letter = i < mappings.length ? mappings.charCodeAt(i) : SEMICOLON
    if (letter !== COMMA && letter !== SEMICOLON) {
      const digit = DIGITS[letter] ?? -1
      if (digit < 0 || shift > 25) return
      value |= (digit & 31) << shift
      shift += 5
      if (digit & 32) continue
      const change = value & 1 ? -(value >>> 1) : value >>> 1
      if (field === 0) segment.column += change
      else if (field === 1) source += change
      else if (field === 2) segment.fromLine += change
      else if (field === 3) segment.fromColumn += change
      field++
      value = shift = 0
      continue
    }
    if (field > 0 && segment.line >= first) {
      segment.source = field >= 4 ? source : -1
      if (!each(segment)) return
    }
    field = value = shift = 0
    if (letter === SEMICOLON) {
      segment.line++
      segment.column = 0
    }
  }
}

const COMMA = 0x2c
const SEMICOLON = 0x3b
const DIGITS: readonly number[] = Array.from({ length: 128 }, (_, code) =>
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(String.fromCharCode(code)),
)
