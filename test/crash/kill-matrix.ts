import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CrashPoint } from '../../core/crash-point.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import type { DatabaseKind } from '../support/database.ts'
import { type Home, makeHome } from './home.ts'
import type { Life } from './life.ts'
import { KEYS_A_RUN } from './matrix-playbook.ts'

/**
 * What becomes of runs whose process is killed with SIGKILL at one point of a step's life and started again. Promised:
 * no run lost, none stuck, nothing called again whose outcome was recorded, no effect twice. What was in flight is called again:
 * with the same key, or once a lookup has not found it; an effect that has neither is parked for a person.
 */
export interface Cell {
  readonly point: CrashPoint
  readonly action: Action
  readonly database: DatabaseKind
  /** Times the process died at the point. */
  readonly deaths: number
  readonly lost: number
  readonly stuck: number
  /** Calls beyond the first of a step: of one in flight when its process died, of an effect with its own key or after a lookup. */
  readonly again: number
  readonly doubled: number
  readonly parked: number
  /** Whatever else is not as it should be, in words. */
  readonly faults: readonly string[]
}

export const POINTS = [
  'event.dispatched',
  'run.claiming',
  'run.claimed',
  'step.before',
  'effect.intended',
  'effect.done',
  'journal.writing',
  'journal.committed',
  'wait.committed',
  'wait.ended',
  'retry.scheduled',
  'parallel.joined',
  'iteration.ended',
  'child.starting',
  'child.started',
  'child.ending',
  'child.ended',
  'approval.asked',
  'approval.voted',
  'approval.decided',
  'run.ending',
  'run.finishing',
  'run.finished',
] as const satisfies readonly CrashPoint[]

export const ACTIONS = ['none', 'read', 'write-key', 'send-key', 'send-lookup', 'send-none'] as const
export type Action = (typeof ACTIONS)[number]

/** Points that only a step with an effect passes. */
const OF_EFFECTS: ReadonlySet<string> = new Set(['effect.intended', 'effect.done'])

export function isReached(point: CrashPoint, action: Action): boolean {
  return !OF_EFFECTS.has(point) || (action !== 'none' && action !== 'read')
}

const SCRIPT = 'matrix-process.ts'

/** The folder of the built vendor; built once for many cells. */
export async function buildVendor(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trae-vendor-'))
  await buildPlugin(join(import.meta.dirname, '../support/plugins/vendor'), folder)
  return folder
}

/** A home whose vendor is installed and whose playbooks are published, stopped: every cell of the action begins with a copy. */
export interface Setting {
  readonly action: Action
  readonly database: DatabaseKind
  readonly home: Home
}

export async function prepare(action: Action, database: DatabaseKind, vendor: string): Promise<Setting> {
  const home = await makeHome(database, { MATRIX_VENDOR: vendor, MATRIX_ACTION: action })
  const life = home.begin(SCRIPT)
  if (!(await life.ready())) throw new Error(`${action}, ${database}: no home could be prepared`)
  await life.end()
  return { action, database, home }
}

/** Kills at the point's first, second … passing as `passings` says, a life and a run each; then lets all come to its end. */
export async function runCell(
  setting: Setting,
  point: CrashPoint,
  passings: readonly number[] = [1, 3],
): Promise<Cell> {
  const { action, database } = setting
  const home = await setting.home.copy()
  try {
    const stored: string[] = []
    let deaths = 0
    for (const passing of passings) {
      const life = home.begin(SCRIPT, { TRAE_CRASH_AT: `${point}:${passing}` })
      let alive = await life.ready()
      if (alive) {
        const begun = await life.ask<string>({ begin: `${point} ${passing}` }, 'begun')
        if (begun !== 'dead') stored.push(begun)
        alive = (await untilDone(life, stored.length, 20_000)) !== 'dead'
      }
      if (alive) await life.kill()
      else if (life.signal === 'SIGKILL') deaths++
      else throw new Error(`${point}, ${action}, ${database}: the process ended by itself`)
    }
    const life = home.begin(SCRIPT)
    await life.ready()
    const figures = await untilDone(life, stored.length, 30_000)
    await life.kill()
    if (figures === 'dead') throw new Error(`${point}, ${action}, ${database}: the process died without being killed`)
    return judge({ point, action, database, deaths }, stored.length, figures)
  } finally {
    await home.remove()
  }
}

interface Figures {
  readonly undispatched: number
  readonly runs: number
  readonly open: number
  readonly completed: number
  readonly parked: number
  readonly failures: readonly unknown[]
  readonly callsAgain: number
  /** Calls of a step whose outcome had been recorded: there may be none, whatever its effect. */
  readonly recordedAgain: number
  readonly doubled: number
  readonly keys: number
  readonly ended: number
}

async function untilDone(life: Life, stored: number, milliseconds: number): Promise<Figures | 'dead'> {
  for (const deadline = Date.now() + milliseconds; ;) {
    const figures = await life.ask<Figures>({ figures: true }, 'figures')
    if (figures === 'dead') return 'dead'
    if ((figures.runs >= stored && figures.open === 0 && figures.undispatched === 0) || Date.now() > deadline)
      return figures
    if ((await life.pause(20)) === 'dead') return 'dead'
  }
}

function judge(cell: Pick<Cell, 'point' | 'action' | 'database' | 'deaths'>, stored: number, figures: Figures): Cell {
  const faults: string[] = []
  if (cell.deaths === 0) faults.push('the point was never reached')
  if (figures.failures.length > 0) faults.push(JSON.stringify(figures.failures))
  if (figures.recordedAgain > 0) faults.push(`${figures.recordedAgain} calls of steps whose outcome was recorded`)
  if (figures.ended < figures.completed) faults.push(`${figures.completed - figures.ended} end events missing`)
  if (figures.ended > figures.runs) faults.push(`${figures.ended - figures.runs} end events too many`)
  if (figures.parked === 0 && figures.keys !== figures.completed * KEYS_A_RUN)
    faults.push(`${figures.keys} keys for ${figures.completed} runs of ${KEYS_A_RUN}`)
  return {
    ...cell,
    lost: Math.max(0, stored - figures.runs),
    stuck: figures.open,
    again: figures.callsAgain,
    doubled: figures.doubled,
    parked: figures.parked,
    faults,
  }
}

/** Nothing lost, nothing stuck, no effect twice; parked only where nobody can tell. */
export function isClean(cell: Cell): boolean {
  const mayPark = cell.action === 'send-none'
  return (
    cell.lost === 0 &&
    cell.stuck === 0 &&
    cell.doubled === 0 &&
    cell.faults.length === 0 &&
    (mayPark || cell.parked === 0)
  )
}
