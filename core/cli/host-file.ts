import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the host of this data directory can be reached; written while it runs, for the other commands. */
export interface HostFile {
  readonly url: string
  readonly pid: number
}

const hostFile = (dataDir: string) => join(dataDir, 'host.json')
const tokenFile = (dataDir: string) => join(dataDir, 'cli-token')

/** Returns how to remove it; a file that another process has written since is left alone. */
export function writeHostFile(dataDir: string, host: HostFile): () => void {
  writePrivate(dataDir, hostFile(dataDir), `${JSON.stringify(host)}\n`)
  return () => {
    if (readHostFile(dataDir)?.pid === host.pid) rmSync(hostFile(dataDir), { force: true })
  }
}

/** Undefined where no host was started, or the one that was is gone. */
export function readHostFile(dataDir: string): HostFile | undefined {
  try {
    const host = JSON.parse(readFileSync(hostFile(dataDir), 'utf8')) as HostFile
    return isAlive(host.pid) ? host : undefined
  } catch {
    return undefined
  }
}

/** The refresh token that lets the commands on this machine speak for the owner. As secret as the rest of the data directory. */
export function readCliToken(dataDir: string): string | undefined {
  try {
    return readFileSync(tokenFile(dataDir), 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

export function writeCliToken(dataDir: string, token: string): void {
  writePrivate(dataDir, tokenFile(dataDir), `${token}\n`)
}

function writePrivate(dataDir: string, path: string, text: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  rmSync(path, { force: true }) // an existing file would keep the mode it has
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
