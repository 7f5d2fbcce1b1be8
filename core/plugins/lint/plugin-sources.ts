import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** A source file of a plugin. */
export interface PluginSource {
  /** Below the folder of the plugin, with `/`. */
  readonly path: string
  readonly lines: readonly string[]
}

/** Where something stands. `line` from 1. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** The TypeScript of a plugin, without its tests and what is built or installed. */
export async function readSources(folder: string): Promise<PluginSource[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts') && !/\.(test|d)\.ts$/.test(entry.name))
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter(path => !/(^|\/)(node_modules|dist)\//.test(path))
    .sort()
  return Promise.all(
    paths.map(async path => ({ path, lines: (await readFile(join(folder, path), 'utf8')).split('\n') })),
  )
}

/**
 * The line that a key of the manifest was written in, as near as text tells: `['actions', 'greet', 'sample']` is looked for
 * in the definition of that action, wherever it is; everything else in index.ts. Undefined where not even the first key is found.
 */
export function placeOf(sources: readonly PluginSource[], key: readonly string[]): Place | undefined {
  const index = sources.find(({ path }) => path === 'index.ts')
  if (!index) return undefined
  const [kind, name, ...rest] = key
  if ((kind === 'actions' || kind === 'triggers') && name !== undefined) {
    const defined = definitionOf(sources, index, name)
    if (defined) return follow(defined.source, defined.at, rest) ?? { file: defined.source.path, line: defined.at + 1 }
  }
  return follow(index, 0, key)
}

/** `greet`, `'upsert-contact': upsertContact` and `'upsert-contact': defineAction(…)` of index.ts, to where it is defined. */
function definitionOf(sources: readonly PluginSource[], index: PluginSource, name: string) {
  const named = new RegExp(`['"]?${name}['"]?\\s*:\\s*(\\w+)`)
  const called = index.lines.map(line => named.exec(line)?.[1]).find(found => found !== undefined) ?? name
  const defines = new RegExp(
    called.startsWith('define') ? named.source : `\\b(?:const|let|var)\\s+${called}\\b.*\\bdefine(?:Action|Trigger)\\b`,
  )
  for (const source of sources) {
    const at = source.lines.findIndex(line => defines.test(line))
    if (at !== -1) return { source, at }
  }
  return undefined
}

/** The line of the last key that is found, each looked for from where the one before it stands. */
function follow(source: PluginSource, from: number, key: readonly string[]): Place | undefined {
  let at: number | undefined
  for (const part of key) {
    if (/^\d+$/.test(part)) continue // a place in a list
    const written = new RegExp(`(^|[\\s{,(])['"]?${part.replace(/[^\w-]/g, '.')}['"]?\\s*[:,(]`)
    const found = source.lines.findIndex((line, i) => i >= (at ?? from) && written.test(line))
    if (found === -1) break
    at = found
  }
  return at === undefined ? undefined : { file: source.path, line: at + 1 }
}

/** The first line that holds a text. */
export function lineWith(sources: readonly PluginSource[], text: string): Place | undefined {
  for (const { path, lines } of sources) {
    const at = lines.findIndex(line => line.includes(text))
    if (at !== -1) return { file: path, line: at + 1 }
  }
  return undefined
}
