import type { Rehearsal } from './rehearsal.ts'

/** Something that comes from outside at its moment. */
export interface Arrival {
  readonly at: Date
  bring(): Promise<unknown>
}

/**
 * Lets time pass: from one moment at which something is due or arrives to the next, the engine at rest in between, until
 * nothing more comes (or comes after `until`). `look` is asked whenever it is at rest, for what comes as a consequence. Answers
 * false where it takes more than `most` moments.
 */
export async function passTime(
  rehearsal: Rehearsal,
  arrivals: readonly Arrival[],
  options: {
    readonly most: number
    readonly until?: Date | undefined
    readonly told?: (moment: Date) => void
    readonly look?: () => Promise<readonly Arrival[]>
  },
): Promise<boolean> {
  let coming = inOrder(arrivals)
  for (let moments = 0; moments <= options.most; moments++) {
    let due = await rehearsal.settle()
    const more = await options.look?.()
    if (more) {
      coming = inOrder([...coming, ...more])
      due = await rehearsal.settle() // looking may have put a schedule to rest
    }
    const arrives = coming[0]?.at
    const moment = arrives && (!due || arrives <= due) ? arrives : due
    if (!moment || (options.until && moment > options.until)) return true
    rehearsal.clock.to(moment)
    options.told?.(moment)
    while (coming[0] && coming[0].at <= moment) await coming.shift()!.bring()
  }
  return false
}

const inOrder = (arrivals: readonly Arrival[]) => arrivals.toSorted((a, b) => a.at.getTime() - b.at.getTime())
