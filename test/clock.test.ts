import { describe, expect, it } from 'vitest'
import { createClock } from '../core/clock.ts'

describe('the clock of a process', () => {
  function machine() {
    const time = { wall: Date.parse('2026-03-02T12:00:00Z'), steady: 0 }
    const clock = createClock({ wall: () => time.wall, steady: () => time.steady })
    const pass = (milliseconds: number) => {
      time.wall += milliseconds
      time.steady += milliseconds
      return clock.now().toISOString()
    }
    return { time, pass }
  }

  it('is the machine’s as long as nobody sets it', () => {
    const { pass } = machine()
    expect(pass(1500)).toBe('2026-03-02T12:00:01.500Z')
    expect(pass(0)).toBe('2026-03-02T12:00:01.500Z')
  })

  it('goes along when the machine’s is set forward', () => {
    const { time, pass } = machine()
    time.wall += 86_400_000
    expect(pass(1000)).toBe('2026-03-03T12:00:01.000Z')
  })

  it('never goes back, and never stands still, until the machine’s has caught up', () => {
    const { time, pass } = machine()
    time.wall -= 60_000
    expect(pass(1000)).toBe('2026-03-02T12:00:00.500Z')
    expect(pass(1000)).toBe('2026-03-02T12:00:01.000Z')
    expect(pass(116_000)).toBe('2026-03-02T12:00:59.000Z')
    expect(pass(2000)).toBe('2026-03-02T12:01:00.000Z')
    expect(pass(1000)).toBe('2026-03-02T12:01:01.000Z')
  })
})
