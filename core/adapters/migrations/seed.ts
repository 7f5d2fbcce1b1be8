import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip as gunzipBack, gzip as gzipBack } from 'node:zlib'
import type { PGlite } from '@electric-sql/pglite'
import { TraeError } from '../../errors.ts'
import { migrationsHash } from './migrations.ts'

const [gunzip, gzip] = [promisify(gunzipBack), promisify(gzipBack)]

/** Where `trae build` leaves a database that is initialised and migrated, so that a first start need not do it. */
export const seedFile = () => join(import.meta.dirname, '../../../dist', `pglite-seed-${migrationsHash}.tar.gz`)

/**
 * A migrated database as the bytes of the file. It goes without the databases that Postgres copies new ones from: nobody makes
 * one beside ours, and they are half of all files that a first start writes. The database is of no use afterwards.
 */
export async function packSeed(pglite: PGlite): Promise<Buffer> {
  await pglite.exec(`update pg_database set datistemplate = false where datistemplate`)
  for (const name of ['template0', 'template1']) await pglite.exec(`drop database ${name}`)
  await pglite.exec('checkpoint') // else the first start would replay what the migrations wrote
  const tar = await pglite.dumpDataDir('none')
  return gzip(await tar.arrayBuffer())
}

/** The seed as a tar archive; undefined where it was not built. In one piece: PGlite itself unzips it in chunks, which takes four times as long. */
export async function readSeed(): Promise<Buffer<ArrayBuffer> | undefined> {
  let zipped: Buffer
  try {
    zipped = readFileSync(seedFile())
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  return gunzip(zipped) as Promise<Buffer<ArrayBuffer>>
}

/**
 * Writes the seed to a directory of the disk, which is there as a whole or not at all; through PGlite's own file system the same
 * takes three times as long. Throws `CONFIG` where something else is there.
 */
export function unpackSeed(tar: Uint8Array, directory: string): void {
  const fresh = `${directory}.new`
  rmSync(fresh, { recursive: true, force: true }) // of a start that died here
  mkdirSync(fresh, { recursive: true, mode: 0o700 })
  for (const { path, data } of entriesOf(Buffer.from(tar.buffer, tar.byteOffset, tar.byteLength)))
    if (data) writeFileSync(join(fresh, path), data, { mode: 0o600 })
    else mkdirSync(join(fresh, path), { recursive: true, mode: 0o700 })
  try {
    renameSync(fresh, directory)
  } catch (cause) {
    throw new TraeError(
      'CONFIG',
      `${directory} is no database, and is not empty: ${(cause as Error).message}. Move it away, or set TRAE_DATA_DIR to another directory.`,
      { cause },
    )
  }
}

/** Files and folders (without data), in the order of the archive: plain ustar, as PGlite packs it. */
function* entriesOf(tar: Buffer): Iterable<{ readonly path: string; readonly data?: Buffer }> {
  const text = (from: number, to: number) => tar.toString('latin1', from, to).replace(/\0[^]*$/, '')
  for (let at = 0; tar[at];) {
    const size = Number.parseInt(text(at + 124, at + 136), 8)
    const path = text(at, at + 100)
    const isFolder = text(at + 156, at + 157) === '5'
    at += 512
    yield isFolder ? { path } : { path, data: tar.subarray(at, at + size) }
    at += Math.ceil(size / 512) * 512
  }
}
