import type { Rehearsal } from './rehearsal.ts'

/** Something that comes from outside at its moment. */
export interface Arrival {
  readonly at: Date
  bring(): Promise<unknown>
}

/**
 * Lets time pass: from one moment at which something is due or arrives to the next, the engine at rest in between, until
 * nothing more comes (or comes after `until`). Answers false where that takes more than `most` moments.
 */
export async function passTime(
  rehearsal: Rehearsal,
  arrivals: readonly Arrival[],
  options: { readonly most: number; readonly until?: Date; readonly told?: (moment: Date) => void },
): Promise<boolean> {
  const coming = arrivals.toSorted((a, b) => a.at.getTime() - b.at.getTime())
  let next = 0
  for (let moments = 0; moments <= options.most; moments++) {
    const due = await rehearsal.settle()
    const arrives = coming[next]?.at
    const moment = arrives && (!due || arrives <= due) ? arrives : due
    if (!moment || (options.until && moment > options.until)) return true
    rehearsal.clock.to(moment)
    options.told?.(moment)
    for (; coming[next] && coming[next]!.at <= moment; next++) await coming[next]!.bring()
  }
  return false
}
