import { expect } from 'vitest'
import type { CrashPoint } from '../../core/crash-point.ts'
import type { Home } from './home.ts'
import type { Life } from './life.ts'

/** Every lease of the life before is over when a life begins, and what it planned for in an hour is due. */
const LATER_MS = 2 * 3_600_000
const PATIENCE_MS = 60_000

/** Lives of a process in a home, one after the other, each two hours after the one before and with a place to die, or none. */
export function livesIn(home: Home, script: string): (crash?: CrashPoint) => Life {
  let now = Date.parse('2026-03-02T12:00:00Z')
  return crash => {
    now += LATER_MS
    return home.begin(script, {
      TEST_NOW: new Date(now).toISOString(),
      ...(crash ? { TRAE_CRASH_AT: crash } : {}),
    })
  }
}

/** Waits until it has come to where it is to die. */
export async function dies(life: Life): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; (await life.pause(1000)) !== 'dead';)
    if (Date.now() > deadline) throw new Error('It does not come to where it is to die.')
  expect(life.signal).toBe('SIGKILL')
}

/** Asks for its figures until nothing is left to do. */
export async function figuresOf<Figures>(life: Life, isOver: (figures: Figures) => boolean): Promise<Figures> {
  for (const deadline = Date.now() + PATIENCE_MS; ;) {
    const figures = await life.ask<Figures>({ figures: true }, 'figures')
    if (figures === 'dead') throw new Error('The process died without being killed.')
    if (isOver(figures)) return figures
    if (Date.now() > deadline) throw new Error(`It does not settle: ${JSON.stringify(figures)}`)
    await life.pause(20)
  }
}
