import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { plainText } from '../sandbox/check-json.ts'
import { statement } from '../sql.ts'
import type { LogLine } from './capabilities/calling.ts'
import { originalPlaces, readSourceMap, type SourcePlace } from './source-map.ts'

/** A frame of a stack of the sandbox. */
const FRAME = /\bplugin\.js:(\d{1,7}):(\d{1,7})/g
/** Frames of the guest's own scripts, which say nothing to an author. */
const OURS = /\n\s+at [^\n]*\bguest[\w-]*\.js:\d+:\d+\)?/g
const MOST_FRAMES = 10
const LONGEST_LINE = 200

/**
 * What a plugin's code threw, in lines of its author's own source: the message says file and line, the log has the stack and the
 * line itself. Only for errors that the author did not mean (code PLUGIN), and only where the package came with a source map.
 * Never throws: an error without its place is still the error.
 */
export async function inAuthorsLines(
  core: Pick<Core, 'sql'>,
  { digest, onLog }: { readonly digest: string; readonly onLog?: ((line: LogLine) => void) | undefined },
  error: unknown,
): Promise<unknown> {
  const stack = error instanceof TraeError && error.code === 'PLUGIN' ? error.details?.['stack'] : undefined
  if (!(error instanceof TraeError) || typeof stack !== 'string') return error
  const frames = [...stack.matchAll(FRAME)].slice(0, MOST_FRAMES)
  if (frames.length === 0) return error
  const [row] = await core.sql.query<{ source_map: string | null }>(READ_SOURCE_MAP, [digest]).catch(() => [])
  const map = row?.source_map ? readSourceMap(row.source_map) : undefined
  if (map === undefined) return error
  const found = originalPlaces(
    map,
    frames.map(([, line, column]) => ({ line: Number(line), column: Number(column) })),
  )
  let next = 0
  const own = stack.replace(OURS, '').replace(FRAME, frame => {
    const place = found[next++]
    return place ? `${shown(place)}:${place.column}` : frame
  })
  const first = found.find(place => place !== undefined && isAuthors(place.source))
  const message = first ? `${error.message} (${shown(first)})` : error.message
  const text = first?.text === undefined ? undefined : plainText(first.text.trim().slice(0, LONGEST_LINE))
  onLog?.({
    level: 'error',
    message: own,
    ...(first ? { fields: { source: nameOf(first.source), line: first.line, ...(text ? { text } : {}) } } : {}),
  })
  return new TraeError(error.code, message, {
    retryable: error.retryable,
    ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
    details: { ...error.details, stack: own },
    cause: error,
  })
}

// What is stored is read only when something is thrown: a map is as long as the bundle, or longer.
const READ_SOURCE_MAP = statement('read-source-map', `select source_map from plugin_packages where digest = $1`)

const shown = (place: SourcePlace) => `${nameOf(place.source)}:${place.line}`

/** Of a library, the part below `node_modules`; of a file beside the author's folder, its own name. */
function nameOf(source: string): string {
  const name = source.includes('node_modules/')
    ? source.slice(source.lastIndexOf('node_modules/') + 'node_modules/'.length)
    : source.replace(/^(?:\.\.\/)+.*\//, '')
  return plainText(name.slice(-LONGEST_LINE)).replaceAll('\n', ' ')
}

/** Not of a library, and not of our SDK. */
const isAuthors = (source: string) => !source.includes('node_modules/') && !source.startsWith('../')
