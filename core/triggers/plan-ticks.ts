import type { Missed, Overlap } from '../playbooks/playbook.ts'
import { nextTick, ticksUntil, type Timing } from '../playbooks/schedule-times.ts'
import { MAX_MISSED } from '../playbooks/trigger-kinds/schedule.ts'

/** A tick that is later than this was missed. */
const LATE_MS = 60_000
/** When a tick that waits for a run to end is looked at again. */
const AGAIN_MS = 1000

/** What is known of a schedule when it is due. */
export interface ScheduleState {
  readonly timing: Timing
  readonly missed: Missed
  readonly overlap: Overlap
  readonly nextAt: Date | null
  readonly queued: readonly Date[]
  /** Its playbook is neither paused nor archived. */
  readonly active: boolean
  /** What its last tick has started is not over. */
  readonly busy: boolean
}

export interface TickPlan {
  readonly fire: readonly { readonly tick: Date; readonly missed: boolean }[]
  readonly queued: readonly Date[]
  readonly nextAt: Date | null
  readonly dueAt: Date | null
  /** There were more at once than are made up for, or than may wait: the rest is left out. */
  readonly overflow: boolean
}

/**
 * What a due schedule does now; pure. Of the ticks since it was last looked at, `missed` says which count; then `overlap`
 * says what they do while the run of the tick before is not over. A schedule that rests lets its ticks go by.
 */
export function planTicks(schedule: ScheduleState, now: Date): TickPlan {
  const { timing, overlap, active, busy } = schedule
  const first = schedule.nextAt?.getTime()
  const limit = schedule.missed === 'all' ? MAX_MISSED : 1
  const { ticks, more } =
    first === undefined ? { ticks: [], more: false } : ticksUntil(timing, first, now.getTime(), limit)
  const last = ticks.at(-1)
  const next = last === undefined ? first : nextTick(timing, last)
  const nextAt = next === undefined ? null : new Date(next)
  const counted = active ? countedTicks(schedule.missed, ticks, now) : []
  const waiting = active ? [...schedule.queued, ...counted] : []
  const queued = overlap === 'queue' ? waiting.slice(busy ? 0 : 1, busy ? MAX_MISSED : MAX_MISSED + 1) : []
  const fire = firing(overlap, busy, waiting)
  return {
    fire: fire.map(tick => ({ tick, missed: isLate(tick, now) })),
    queued,
    nextAt,
    dueAt: queued.length > 0 ? new Date(now.getTime() + AGAIN_MS) : nextAt,
    overflow:
      active &&
      ((more && schedule.missed === 'all') || (overlap === 'queue' && queued.length + fire.length < waiting.length)),
  }
}

function countedTicks(missed: Missed, ticks: readonly number[], now: Date): Date[] {
  const all = ticks.map(tick => new Date(tick))
  switch (missed) {
    case 'all':
      return all
    case 'last':
      return all.slice(-1)
    case 'none':
      return all.slice(-1).filter(tick => !isLate(tick, now))
    default:
      return missed satisfies never
  }
}

/** Several at once overlap each other as well: of these, `skip` takes the latest. */
function firing(overlap: Overlap, busy: boolean, waiting: readonly Date[]): readonly Date[] {
  switch (overlap) {
    case 'allow':
      return waiting
    case 'skip':
      return busy ? [] : waiting.slice(-1)
    case 'queue':
      return busy ? [] : waiting.slice(0, 1)
    default:
      return overlap satisfies never
  }
}

const isLate = (tick: Date, now: Date) => now.getTime() - tick.getTime() > LATE_MS
