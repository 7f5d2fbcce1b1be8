import { createHash } from 'node:crypto'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { crashPoint } from '../crash-point.ts'

/** What stands beside a backup, as `<file>.json`. */
export const manifest = z.strictObject({
  file: z.string(),
  /** Of the file, hexadecimal. */
  sha256: z.string(),
  /** In bytes. */
  size: z.number(),
  takenAt: z.iso.datetime(),
  /** Which backup key opens it. */
  keyId: z.string(),
  /** Version of TRAE OS. */
  program: z.string(),
  /** Of all tables. */
  rows: z.number(),
})
export type Manifest = z.output<typeof manifest>

export const manifestOf = (path: string) => `${path}.json`

/** `trae-2026-11-30T030000Z.backup` */
export const nameOf = (takenAt: Date) => `trae-${takenAt.toISOString().replace(/\.\d+/, '').replaceAll(':', '')}.backup`
const NAME = /^trae-(\d{4}-\d\d-\d\dT)(\d\d)(\d\d)(\d\d)Z\.backup$/

/**
 * Writes a file that is there whole or not at all: under another name first, synced, then renamed. Only its owner may read it. What a
 * process left that died is overwritten or taken away by `removeOld`.
 */
export async function writeWhole(
  path: string,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  signal?: AbortSignal,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const part = join(dirname(path), `.${basename(path)}.${process.pid}${PART}`)
  const hash = createHash('sha256')
  let size = 0
  try {
    const file = await open(part, 'w', 0o600)
    try {
      for await (const piece of pieces) {
        signal?.throwIfAborted()
        await file.writeFile(piece)
        hash.update(piece)
        size += piece.length
        crashPoint('backup.writing')
      }
      await file.sync()
    } finally {
      await file.close()
    }
    crashPoint('backup.written')
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
  return { size, sha256: hash.digest('hex') }
}
const PART = '.part'
const BEGUN = /^\.(?:trae-|erasures\.).*\.(\d+)\.part$/

/** Takes away backups that are older, with what stands beside them, and what a process left that died. The newest one stays. */
export async function removeOld(directory: string, before: Date): Promise<string[]> {
  const names = await readdir(directory)
  const old = names
    .filter(name => NAME.test(name))
    .toSorted()
    .slice(0, -1)
    .filter(name => takenAtOf(name) < before)
  for (const name of old) {
    await rm(join(directory, name), { force: true })
    await rm(manifestOf(join(directory, name)), { force: true })
  }
  for (const name of names.filter(name => !isAlive(Number(BEGUN.exec(name)?.[1] ?? process.pid))))
    await rm(join(directory, name), { force: true })
  return old
}

function takenAtOf(name: string): Date {
  const [, day, hours, minutes, seconds] = NAME.exec(name)!
  return new Date(`${day}${hours}:${minutes}:${seconds}Z`)
}

/** Of another machine it is not known: what that one writes is younger than what it left. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
