import type { Shown } from './dashboard-query.ts'

type Row = Readonly<Record<string, unknown>>

/** Says where something that is shown is not what was counted, and remembers which fields were compared. */
export class Compared {
  readonly wrong: string[] = []
  readonly fields = new Set<string>()

  same(field: string, shown: unknown, counted: unknown, of = ''): void {
    this.fields.add(field)
    if (!alike(shown, counted)) this.wrong.push(`${field}${of && ` of ${of}`}: shown ${JSON.stringify(shown)}, counted ${JSON.stringify(counted)}.`) // prettier-ignore
  }

  holds(field: string, holds: boolean, shown: unknown): void {
    this.fields.add(field)
    if (!holds) this.wrong.push(`${field}: shown ${JSON.stringify(shown)}, which cannot be.`)
  }

  /** Row by row and field by field, in one order. */
  rows(type: string, shown: readonly Shown[], counted: readonly Row[], by: string): void {
    this.same(`${type}.${by}`, shown.map(row => row[by]), counted.map(row => row[by])) // prettier-ignore
    for (const row of counted) {
      const found = shown.find(one => one[by] === row[by])
      for (const [field, value] of Object.entries(row)) this.same(`${type}.${field}`, found?.[field], value, String(row[by])) // prettier-ignore
    }
  }
}

/** Numbers to nine digits: sums of floats depend on their order. */
function alike(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number')
    return Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(other))
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => alike(item, other[index]))
  return JSON.stringify(one) === JSON.stringify(other)
}

export const time = (value: unknown) => (value as Date).getTime()
/** A deal in a stage: since when, until when, and what came then. */
export interface Move {
  readonly deal: unknown
  readonly stage: string
  readonly at: number
  readonly until: number
  readonly next: string | undefined
  /** What came then has stayed so. */
  readonly ends: boolean
}
