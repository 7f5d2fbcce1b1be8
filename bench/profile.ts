import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A place where time went, `core/runs` or a package, and its share of the whole. */
export interface Share {
  readonly place: string
  /** 0–1. */
  readonly share: number
}

/**
 * Lets `work` start a process with these flags of Node, and answers where its time went, the most first: what waited for
 * others is `idle`. Of several processes, the one that ended last.
 */
export async function profileOf(work: (flags: readonly string[]) => Promise<unknown>): Promise<Share[]> {
  const folder = await mkdtemp(join(tmpdir(), 'trae-profile-'))
  try {
    await work(['--cpu-prof', `--cpu-prof-dir=${folder}`])
    const files = (await readdir(folder)).map(name => join(folder, name))
    const times = await Promise.all(files.map(async file => ({ file, at: (await stat(file)).mtimeMs })))
    const last = times.toSorted((a, b) => b.at - a.at)[0]
    if (!last) throw new Error('the process left no profile')
    return sharesOf(JSON.parse(await readFile(last.file, 'utf8')) as Profile)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** As V8 writes it. Deltas are microseconds. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}
interface Frame {
  readonly functionName: string
  readonly url: string
}

function sharesOf({ nodes, samples, timeDeltas }: Profile): Share[] {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]))
  const spent = new Map<string, number>()
  let whole = 0
  for (const [index, id] of samples.entries()) {
    const place = places.get(id)!
    spent.set(place, (spent.get(place) ?? 0) + timeDeltas[index]!)
    whole += timeDeltas[index]!
  }
  return Array.from(spent, ([place, time]) => ({ place, share: time / whole })).sort((a, b) => b.share - a.share)
}

const OF_V8: Readonly<Record<string, string>> = {
  '(idle)': 'idle',
  '(program)': 'native code',
  '(garbage collector)': 'garbage collector',
}

/** Our own code by room, a package by its name or that of its bundle, Node's as one. */
function placeOf({ functionName, url }: Frame): string {
  if (url === '') return OF_V8[functionName] ?? 'native code'
  if (url.startsWith('node:')) return 'node'
  if (url.startsWith('wasm:')) return 'webassembly'
  const inside = url.split('/node_modules/').at(-1)!
  if (inside !== url) return inside.split('/', inside.startsWith('@') ? 2 : 1).join('/')
  const bundle = /\/dist\/packages\/([^/]+)\.mjs$/.exec(url)?.[1]
  if (bundle !== undefined) return bundle.startsWith('chunk-') ? 'bundled packages' : bundle // chunks are shared by several
  return /\/((?:core|graphql|bench)\/[^/]+)/.exec(url)?.[1] ?? 'other'
}
