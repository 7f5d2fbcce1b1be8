import { readdir, readFile } from 'node:fs/promises'

/** The process and all its descendants, by /proc (Linux). */
export async function processTree(root: number): Promise<number[]> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined)
    if (stat) parents.set(Number(name), Number(fields(stat)[1]))
  }
  const tree = [root]
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child)
  return tree
}

export interface Usage {
  readonly rssMiB: number
  /** The process first, then its descendants. */
  readonly rssMiBOfEach: readonly number[]
  readonly cpuMs: number
}

/** Resident memory and CPU time (user and system) of a process with its descendants. Postgres' own is not in it. */
export async function usage(root: number): Promise<Usage> {
  const rssMiBOfEach: number[] = []
  let cpuMs = 0
  for (const pid of await processTree(root)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
    if (!stat) continue
    const parts = fields(stat)
    cpuMs += (Number(parts[11]) + Number(parts[12])) * 10 // clock ticks of 10 ms
    rssMiBOfEach.push((Number(parts[21]) * 4096) / 1_048_576)
  }
  return { rssMiB: rssMiBOfEach.reduce((sum, one) => sum + one, 0), rssMiBOfEach, cpuMs }
}

/** proc(5): the fields after the name, which is in brackets and may hold anything; the first is the state. */
const fields = (stat: string) => stat.slice(stat.lastIndexOf(')') + 2).split(' ')
