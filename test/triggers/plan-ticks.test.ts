import { describe, expect, it } from 'vitest'
import { planTicks, type ScheduleState } from '../../core/triggers/plan-ticks.ts'

const HOUR = 3_600_000
const START = Date.parse('2026-03-02T12:00:00Z')
const at = (hours: number) => new Date(START + hours * HOUR)
/** Hourly, due at the start. */
const schedule = (over: Partial<ScheduleState>): ScheduleState => ({
  timing: { kind: 'every', everyMs: HOUR },
  missed: 'last',
  overlap: 'allow',
  nextAt: at(0),
  queued: [],
  active: true,
  busy: false,
  ...over,
})
const fired = (over: Partial<ScheduleState>, hours: number) =>
  planTicks(schedule(over), at(hours)).fire.map(({ tick }) => (tick.getTime() - START) / HOUR)

describe('planTicks', () => {
  it('fires a tick that is due and moves on to the next', () => {
    expect(planTicks(schedule({}), at(0))).toEqual({
      fire: [{ tick: at(0), missed: false }],
      queued: [],
      nextAt: at(1),
      dueAt: at(1),
      overflow: false,
    })
  })

  it('after a downtime makes up for all, for the last or for none', () => {
    expect(fired({ missed: 'all' }, 3.5)).toEqual([0, 1, 2, 3])
    expect(fired({ missed: 'last' }, 3.5)).toEqual([3])
    expect(fired({ missed: 'none' }, 3.5)).toEqual([])
    expect(fired({ missed: 'none' }, 3)).toEqual([3])
    expect(planTicks(schedule({ missed: 'all' }), at(1.5)).fire.map(tick => tick.missed)).toEqual([true, true])
    for (const missed of ['all', 'last', 'none'] as const)
      expect(planTicks(schedule({ missed }), at(3.5)).nextAt).toEqual(at(4))
  })

  it('makes up for a hundred at most, the latest, and says so', () => {
    const plan = planTicks(schedule({ missed: 'all' }), at(150))
    expect([plan.fire.length, plan.fire[0]!.tick, plan.overflow]).toEqual([100, at(51), true])
    expect(planTicks(schedule({ missed: 'all' }), at(99)).overflow).toBe(false)
  })

  it('while the run before is not over: starts another, leaves out, or keeps in order', () => {
    expect(fired({ overlap: 'allow', busy: true }, 0)).toEqual([0])
    expect(fired({ overlap: 'skip', busy: true }, 0)).toEqual([])
    expect(planTicks(schedule({ overlap: 'queue', busy: true }), at(0))).toMatchObject({
      fire: [],
      queued: [at(0)],
      nextAt: at(1),
      dueAt: new Date(START + 1000),
    })
    const next = schedule({ overlap: 'queue', nextAt: at(2), queued: [at(0), at(1)] })
    expect(planTicks(next, at(1.5))).toMatchObject({ fire: [{ tick: at(0) }], queued: [at(1)], nextAt: at(2) })
  })

  it('several made up for at once do not overlap either', () => {
    expect(fired({ overlap: 'skip', missed: 'all' }, 3)).toEqual([3])
    const plan = planTicks(schedule({ overlap: 'queue', missed: 'all' }), at(3))
    expect([plan.fire.map(({ tick }) => tick), plan.queued]).toEqual([[at(0)], [at(1), at(2), at(3)]])
  })

  it('keeps a hundred in the queue at most, and says so', () => {
    const queued = Array.from({ length: 100 }, (_, hour) => at(hour - 100))
    const plan = planTicks(schedule({ overlap: 'queue', busy: true, queued }), at(0))
    expect([plan.queued, plan.overflow]).toEqual([queued, true])
    expect(planTicks(schedule({ overlap: 'queue', queued }), at(0))).toMatchObject({ overflow: false })
  })

  it('of a playbook that is paused lets its ticks go by, queued ones too', () => {
    expect(planTicks(schedule({ active: false, missed: 'all', overlap: 'queue', queued: [at(-1)] }), at(3.5))).toEqual({
      fire: [],
      queued: [],
      nextAt: at(4),
      dueAt: at(4),
      overflow: false,
    })
  })
})
