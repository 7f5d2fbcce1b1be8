import { readdir, readFile } from 'node:fs/promises'
import { Client } from 'pg'

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
    cpuMs += (Number(parts[11]) + Number(parts[12])) * TICK_MS
    rssMiBOfEach.push((Number(parts[21]) * 4096) / 1_048_576)
  }
  return { rssMiB: rssMiBOfEach.reduce((sum, one) => sum + one, 0), rssMiBOfEach, cpuMs }
}

/**
 * CPU milliseconds (user and system) of the whole Postgres server at an address, with its connections that have ended. Also of
 * what others ask of it meanwhile: measure on a server that nobody else uses. Throws where it is on another machine.
 */
export async function serverCpuMs(url: string): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const backend = await readFile(`/proc/${rows[0]!.pid}/stat`, 'utf8')
    if (!/\((postgres|postmaster)\)/.test(backend))
      throw new Error('Postgres is not on this machine: its CPU cannot be read')
    const server = Number(fields(backend)[1])
    const ended = fields(await readFile(`/proc/${server}/stat`, 'utf8'))
    return (await usage(server)).cpuMs + (Number(ended[13]) + Number(ended[14])) * TICK_MS
  } finally {
    await client.end()
  }
}

/** A clock tick of `/proc`. */
const TICK_MS = 10

/** proc(5): the fields after the name, which is in brackets and may hold anything; the first is the state. */
const fields = (stat: string) => stat.slice(stat.lastIndexOf(')') + 2).split(' ')
