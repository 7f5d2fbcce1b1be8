import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { TraeError } from '../errors.ts'

/** A process that was killed is there for some milliseconds more, with all that it had. */
const PATIENCE_MS = 2000

/**
 * Takes the data directory for this process alone: PGlite itself lets two processes open one directory and ruin it.
 * The lock is a file with our pid and start time, made with an exclusive open; one left by a process that is gone is
 * taken over. Resolves with how to give it back. Throws `CONFIG` when another process holds it and does not go away.
 */
export async function lockDataDirectory(directory: string): Promise<() => void> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new TraeError(
      'CONFIG',
      `The data directory ${directory} cannot be made: ${(cause as Error).message}. Set TRAE_DATA_DIR.`,
      { cause },
    )
  }
  const path = join(directory, 'lock')
  const deadline = performance.now() + PATIENCE_MS
  for (let attempt = 0; ;) {
    try {
      const fd = openSync(path, 'wx', 0o600)
      writeSync(fd, `${process.pid} ${startTime(process.pid) ?? ''}\n`)
      closeSync(fd)
      return () => rmSync(path, { force: true })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 2)
        throw new TraeError(
          'CONFIG',
          `The data directory ${directory} cannot be locked: ${(cause as Error).message}.`,
          { cause },
        )
      const holder = livingHolder(path)
      if (holder === undefined) {
        rmSync(path, { force: true })
        attempt++
      } else if (performance.now() < deadline) await setTimeout(50)
      else
        throw new TraeError(
          'CONFIG',
          `The data directory ${directory} is in use by another TRAE OS (process ${holder}). Stop that one, or set TRAE_DATA_DIR to another directory.`,
        )
    }
  }
}

function livingHolder(path: string): number | undefined {
  let lock: string
  try {
    lock = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined // given back just now
    throw error
  }
  const [pid, started] = lock.trim().split(' ')
  const holder = Number(pid)
  if (!Number.isInteger(holder) || holder <= 0 || holder === process.pid) return undefined
  try {
    process.kill(holder, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
  }
  const now = startTime(holder)
  return now !== undefined && started && now !== started ? undefined : holder // the pid was given to somebody else since
}

/** Clock ticks after boot at which a process started (proc(5), field 22): tells a process from a later one with its pid. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined // not Linux, or gone
  }
}
