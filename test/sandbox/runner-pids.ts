import { readdirSync, readFileSync } from 'node:fs'

/** Process ids of the sandbox runners that `parent` has started (Linux). */
export function runnerPids(parent = process.pid): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      const [status, command] = [read(pid, 'stat'), read(pid, 'cmdline')]
      return (
        Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]) === parent &&
        command.includes('sandbox/runner.js')
      )
    })
    .map(Number)
}

export function isAlive(pid: number): boolean {
  const status = read(String(pid), 'stat')
  return status !== '' && !/\) [ZX] /.test(status)
}

/** Resolves when `fact` holds; fails after some seconds. */
export async function until(fact: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (fact()) return
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  throw new Error(`It did not come to pass that ${what}.`)
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return '' // it is gone
  }
}
