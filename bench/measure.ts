import { readFileSync } from 'node:fs'

export interface Measured {
  readonly what: string
  readonly perSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  /** Of this process, and of its children: CPU a call. */
  readonly hostCpuMs: number
  readonly runnerCpuMs: number
}

/** Calls `once` so many times, `atOnce` of them under way at any time. */
export async function measure(
  what: string,
  { atOnce, count }: { readonly atOnce: number; readonly count: number },
  once: (index: number) => unknown,
): Promise<Measured> {
  const times: number[] = []
  let next = 0
  const worker = async () => {
    while (next < count) {
      const start = performance.now()
      await once(next++)
      times.push(performance.now() - start)
    }
  }
  const [cpu, children, start] = [process.cpuUsage(), childrenCpuMs(), performance.now()]
  await Promise.all(Array.from({ length: atOnce }, worker))
  const wall = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  times.sort((a, b) => a - b)
  const at = (part: number) => round(times[Math.floor(times.length * part)] ?? NaN)
  return {
    what,
    perSecond: Math.round((count / wall) * 1000),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    hostCpuMs: round((user + system) / 1000 / count),
    runnerCpuMs: round((childrenCpuMs() - children) / count),
  }
}

/** CPU milliseconds of all children, those that have ended included, from /proc (proc(5)); NaN elsewhere. */
function childrenCpuMs(): number {
  try {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim()
    const ofEnded = ticks(process.pid, CUTIME)
    return 10 * children.split(' ').reduce((sum, pid) => sum + (pid === '' ? 0 : ticks(Number(pid), UTIME)), ofEnded)
  } catch {
    return NaN
  }
}

/** Where user time stands behind the name; system time follows. `CUTIME`: of children that were waited for. */
const UTIME = 11
const CUTIME = 13

/** Clock ticks of 10 ms. */
function ticks(pid: number, from: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return Number(fields[from]) + Number(fields[from + 1])
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
