/** A context as the learner sees it: the values of its fields, flattened, without what it may not know. */
export interface Field {
  readonly name: string
  /** A number keeps its size; everything else is one of several words. */
  readonly value: number | string
}

/** What untouched form fields and exports write where nobody answered. */
const UNANSWERED = new Set(['', 'select', 'null', 'undefined', 'n/a', 'none', '-'])

const LONGEST = 80
const MOST_FIELDS = 200
const DEEPEST = 4

/**
 * The fields of a context by sorted name, so that the order of keys changes nothing. Nested objects become `company.size`; a list says
 * each of its values as `tags=vip`; what is missing or unanswered is a value too (the empty word). Text is folded to lower
 * case and cut at 80 characters. At most 200 fields are read.
 */
export function readFields(context: Readonly<Record<string, unknown>>): Field[] {
  const fields: Field[] = []
  collect(context, '', 0, fields)
  return fields.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).slice(0, MOST_FIELDS)
}

function collect(value: unknown, name: string, depth: number, into: Field[]): void {
  if (Array.isArray(value)) {
    if (depth < DEEPEST) for (const item of value.slice(0, 20)) collect(item, name, depth + 1, into)
  } else if (typeof value === 'object' && value !== null) {
    if (depth >= DEEPEST) return
    for (const [key, part] of Object.entries(value))
      collect(part, name === '' ? key : `${name}.${key}`, depth + 1, into)
  } else if (typeof value === 'number') {
    into.push({ name, value: Number.isFinite(value) ? value : '' })
  } else {
    into.push({ name, value: word(value) })
  }
}

function word(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = String(value).trim().toLowerCase().slice(0, LONGEST)
  return UNANSWERED.has(text) ? '' : text
}

/** A number by its first two digits: 1279 and 1301 are the same word, `1.3e+3`. */
export const roundedWord = (value: number): string => (value === 0 ? '0' : value.toExponential(1))
