import { scanOver, type Scan } from './dot-kernel.ts'
import type { VectorFilter, VectorMatch, VectorMetadata } from './vector-store.ts'

/** A unit vector in signed bytes: a component is `scale` times its byte. */
export interface Bytes {
  readonly scale: number
  readonly components: Int8Array
}

/** Of any length: what is kept is its direction. */
export function toBytes(values: Float32Array): Bytes {
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const components = new Int8Array(values.length)
  if (most === 0) return { scale: 0, components }
  for (let i = 0; i < values.length; i++) components[i] = Math.round((values[i]! / most) * 127)
  const norm = components.reduce((sum, value) => sum + value * value, 0)
  return { scale: 1 / Math.sqrt(norm), components }
}

const PAGE = 65_536
/** Its id and metadata, measured. */
const BYTES_OF_ROW = 210

/**
 * The vectors of one space in memory, a byte a component, and the search through all of them. A row that is gone leaves its
 * place to the next that comes.
 */
export class VectorTable {
  readonly dimensions: number
  readonly #width: number
  readonly #memory = new WebAssembly.Memory({ initial: 1 })
  readonly #scan: Scan
  readonly #rows = new Map<string, number>()
  readonly #ids: (string | undefined)[] = []
  readonly #metadata: (VectorMetadata | undefined)[] = []
  readonly #free: number[] = []
  #scales = new Float32Array(1024)
  #times = new Float64Array(1024)

  constructor(dimensions: number) {
    this.dimensions = dimensions
    this.#width = Math.ceil(dimensions / 16) * 16
    this.#scan = scanOver(this.#memory)
  }

  get size(): number {
    return this.#rows.size
  }

  /** What it takes of the memory of the process, about. */
  get bytes(): number {
    const arrays = this.#memory.buffer.byteLength + this.#scales.byteLength + this.#times.byteLength
    return arrays + this.#ids.length * BYTES_OF_ROW
  }

  set(id: string, { scale, components }: Bytes, metadata: VectorMetadata): void {
    const row = this.#rows.get(id) ?? this.#free.pop() ?? this.#ids.length
    this.#rows.set(id, row)
    this.#ids[row] = id
    this.#metadata[row] = metadata
    if (row >= this.#scales.length) {
      this.#scales = grown(this.#scales, new Float32Array(row * 2))
      this.#times = grown(this.#times, new Float64Array(row * 2))
    }
    this.#scales[row] = scale
    this.#times[row] = Date.parse(metadata.timestamp)
    this.#reserve(row + 1)
    const place = new Int8Array(this.#memory.buffer, this.#at(row), this.#width)
    place.fill(0)
    place.set(components)
  }

  delete(id: string): void {
    const row = this.#rows.get(id)
    if (row === undefined) return
    this.#rows.delete(id)
    this.#ids[row] = this.#metadata[row] = undefined
    this.#scales[row] = 0
    this.#free.push(row)
  }

  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.delete(id)
  }

  nearest(values: Float32Array, top: number, filter: VectorFilter = {}): VectorMatch[] {
    const count = this.#ids.length
    if (count === 0 || values.length !== this.dimensions) return []
    const query = toBytes(values)
    const out = this.#at(count)
    new Int8Array(this.#memory.buffer, 0, this.#width).fill(0).set(query.components)
    this.#scan(0, this.#at(0), count, this.#width, out)
    const dots = new Int32Array(this.#memory.buffer, out, count)
    const fits = this.#fits(filter)
    const best: VectorMatch[] = []
    let worst = -Infinity
    for (let row = 0; row < count; row++) {
      const score = dots[row]! * this.#scales[row]! * query.scale
      if (best.length >= top && score < worst) continue
      const id = this.#ids[row]
      if (id === undefined || !fits(row)) continue
      best.push({ id, score })
      if (best.length >= top * 2) worst = keepBest(best, top)
    }
    keepBest(best, top)
    return best
  }

  #fits({ types, modules, outcomes, since }: VectorFilter): (row: number) => boolean {
    const from = since?.getTime() ?? -Infinity
    if (!types && !modules && !outcomes && !since) return () => true
    return row => {
      const metadata = this.#metadata[row]!
      return (
        this.#times[row]! >= from &&
        (!types || types.includes(metadata.type)) &&
        (!modules || (metadata.module !== undefined && modules.includes(metadata.module))) &&
        (!outcomes || (metadata.outcome !== undefined && outcomes.includes(metadata.outcome)))
      )
    }
  }

  /** The query stands first, then the rows, then room for the products. */
  #at(row: number): number {
    return this.#width * (row + 1)
  }

  #reserve(rows: number): void {
    const need = this.#at(rows) + rows * 4
    if (need <= this.#memory.buffer.byteLength) return
    this.#memory.grow(Math.ceil((need * 1.5 - this.#memory.buffer.byteLength) / PAGE))
  }
}

/** Cuts to the best; answers the score of the last. */
function keepBest(matches: VectorMatch[], top: number): number {
  matches.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
  matches.length = Math.min(matches.length, top)
  return matches.at(-1)?.score ?? -Infinity
}

function grown<T extends Float32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
