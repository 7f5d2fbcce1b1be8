import { newId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'

/** From so many bytes of JSON on, about, a value is stored beside the journal. */
const LARGE_BYTES = 32 * 1024

/** Stands for a value that is stored beside the journal and has not been read. */
export class LargeValue {
  readonly id: string
  readonly bytes: number

  constructor(id: string, bytes: number) {
    this.id = id
    this.bytes = bytes
  }

  /** What is shown where the value itself was not asked for. */
  toJSON(): { readonly largeValueOfBytes: number } {
    return { largeValueOfBytes: this.bytes }
  }
}

/** Where in a value another one belongs: keys and indices from the outside in. */
interface Ref {
  readonly at: readonly (string | number)[]
  readonly id: string
  readonly bytes: number
}

/** A value to be stored, in the commit before that of the entry which names it. */
export interface LargeValueRow {
  readonly id: string
  readonly bytes: number
  readonly value: unknown
  readonly refs: readonly Ref[]
}

type Data = Readonly<Record<string, unknown>>

/** The part of an entry's data that may be large. */
const PARTS = ['output', 'items'] as const

/**
 * The large values of a run. An output that is large is stored once, however many outputs hold it: that of the step, of
 * the branch that ends with it, of the loop around. Recognised by identity, so what is only passed on is never copied.
 */
export class LargeValues {
  readonly #objects = new WeakMap<object, LargeValue>()
  readonly #texts = new Map<string, LargeValue>()
  /** Has the run any? Most have none, and pay for one look at the size of each output. */
  any = false

  /** `data` of an entry as it is stored, and what is to be stored beside it. Fields of a `set` are looked at one by one. */
  fold(data: Data, isSet: boolean): { readonly data: Data; readonly rows: LargeValueRow[] } {
    const part = PARTS.find(name => name in data)
    if (!part || (!this.any && sizeWithin(data[part], LARGE_BYTES) !== undefined)) return { data, rows: [] }
    this.any = true
    const rows: LargeValueRow[] = []
    const refs: Ref[] = []
    const value =
      isSet && typeof data[part] === 'object' && data[part] !== null
        ? Object.fromEntries(
            Object.entries(data[part]).map(([name, field]) => [name, this.#part(field, [part, name], refs, rows)]),
          )
        : this.#part(data[part], [part], refs, rows)
    return { data: refs.length === 0 ? data : { ...data, [part]: value, refs }, rows }
  }

  /** A value that was stored and has been read, or stands for itself: what holds it need not store it again. */
  know(value: unknown, large: LargeValue): void {
    if (typeof value === 'object' && value !== null) this.#objects.set(value, large)
    else if (typeof value === 'string') this.#texts.set(value, large)
  }

  /** What stands for a value that is stored beside the journal; a value that is not is answered as it is. */
  standIn(value: unknown): unknown {
    return this.#known(value) ?? value
  }

  #known(value: unknown): LargeValue | undefined {
    if (value instanceof LargeValue) return value
    if (typeof value === 'object' && value !== null) return this.#objects.get(value)
    return typeof value === 'string' && value.length >= LARGE_BYTES ? this.#texts.get(value) : undefined
  }

  #part(value: unknown, at: readonly (string | number)[], refs: Ref[], rows: LargeValueRow[]): unknown {
    const inside: Ref[] = []
    const rest = without(value, [], inside, child => this.#known(child))
    const size = sizeWithin(rest, LARGE_BYTES)
    if (size !== undefined) {
      refs.push(...inside.map(ref => ({ ...ref, at: [...at, ...ref.at] })))
      return rest
    }
    const large = new LargeValue(newId(), sizeWithin(rest, Infinity)!)
    rows.push({ id: large.id, bytes: large.bytes, value: rest, refs: inside })
    this.know(value, large)
    refs.push({ at, id: large.id, bytes: large.bytes })
    return null
  }
}

/** Data of an entry as it is read: a `LargeValue` where one belongs. Changes `data`. */
export function unfold(data: Record<string, unknown> | null): Record<string, unknown> | null {
  const refs = data?.['refs'] as readonly Ref[] | undefined
  if (!refs) return data
  delete data!['refs']
  return placed(data, refs) as Record<string, unknown>
}

/** What `unfold` gave, as it was stored: for a run that carries the entry over. */
export function refold(data: Data | null): Data | null {
  const part = data && PARTS.find(name => name in data)
  if (!part) return data
  const refs: Ref[] = []
  const value = without(data[part], [part], refs, child => (child instanceof LargeValue ? child : undefined))
  return refs.length === 0 ? data : { ...data, [part]: value, refs }
}

/** The value with everything in it that stands for a large one, read now. `told` hears of each. Throws `DATABASE`. */
export async function readLarge(
  core: { readonly sql: Sql },
  workspaceId: WorkspaceId,
  value: unknown,
  told: (value: unknown, large: LargeValue) => void = () => {},
): Promise<unknown> {
  const wanted = new Map(standInsOf(value).map(large => [large.id, large]))
  if (wanted.size === 0) return value
  const rows = await core.sql.query<LargeValueRow>(READ_LARGE_VALUES, [workspaceId, [...wanted.keys()]])
  const found = new Map<string, unknown>()
  for (const row of rows) {
    const whole = await readLarge(core, workspaceId, placed(row.value, row.refs), told)
    told(whole, wanted.get(row.id)!)
    found.set(row.id, whole)
  }
  const read = (part: unknown): unknown =>
    part instanceof LargeValue ? (found.get(part.id) ?? null) : mapChildren(part, read)
  return read(value)
}
const READ_LARGE_VALUES = statement(
  'read-large-values',
  `select id, value, refs, bytes from large_values where workspace_id = $1 and id = any($2::uuid[])`,
)

/** Does anything in the value stand for a large one? */
export const hasLarge = (value: unknown): boolean => standInsOf(value).length > 0

function standInsOf(value: unknown): LargeValue[] {
  if (value instanceof LargeValue) return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(standInsOf) : []
}

/** The value with null for what `known` knows as a large one, which goes to `refs` with its place. */
function without(
  value: unknown,
  at: readonly (string | number)[],
  refs: Ref[],
  known: (value: unknown) => LargeValue | undefined,
): unknown {
  const large = known(value)
  if (!large) return mapChildren(value, (child, key) => without(child, [...at, key], refs, known))
  refs.push({ at, id: large.id, bytes: large.bytes })
  return null
}

/** The value with a `LargeValue` at each of the places. Changes what is inside the value. */
function placed(value: unknown, refs: readonly Ref[]): unknown {
  let root = value
  for (const { at, id, bytes } of refs) {
    const last = at.at(-1)
    if (last === undefined) root = new LargeValue(id, bytes)
    else {
      const holder = at.slice(0, -1).reduce((node, key) => (node as Record<string | number, unknown>)[key], root)
      ;(holder as Record<string | number, unknown>)[last] = new LargeValue(id, bytes)
    }
  }
  return root
}

/** A list or an object with every child changed; itself where none is. */
function mapChildren(value: unknown, change: (child: unknown, key: string | number) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  let isChanged = false
  const changed = (child: unknown, key: string | number): unknown => {
    const now = change(child, key)
    isChanged ||= now !== child
    return now
  }
  const copy = Array.isArray(value)
    ? value.map(changed)
    : Object.fromEntries(Object.entries(value).map(([key, child]) => [key, changed(child, key)]))
  return isChanged ? copy : value
}

/** About the bytes of the value as JSON; undefined as soon as they are more than `limit`. */
function sizeWithin(value: unknown, limit: number): number | undefined {
  let bytes = 0
  const add = (part: unknown): boolean => {
    if (typeof part === 'string') bytes += part.length + 2
    else if (typeof part !== 'object' || part === null || part instanceof LargeValue) bytes += 5
    else if (Array.isArray(part)) {
      bytes += 2 + part.length
      for (const item of part) if (!add(item)) return false
    } else
      for (const key in part) {
        bytes += key.length + 4
        if (!add((part as Record<string, unknown>)[key])) return false
      }
    return bytes <= limit
  }
  return add(value) ? bytes : undefined
}
