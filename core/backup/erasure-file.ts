import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Core } from '../context.ts'
import { listErasures, readErasures } from '../privacy/erasure-list.ts'
import { writeWhole } from './backup-files.ts'

/** The list of erasures in a directory of backups. */
export const erasuresIn = (directory: string) => join(directory, 'erasures.jsonl')

/**
 * Brings the list up to date. Whatever was on it stays on it: after a restore the database knows less than the list. Throws
 * `BAD_USER_INPUT` for a list that cannot be read, and leaves it as it is.
 */
export async function refreshErasures(core: Pick<Core, 'sql'>, directory: string): Promise<void> {
  const path = erasuresIn(directory)
  const before = existsSync(path) ? await readErasures(path) : []
  const known = new Set(before.map(({ request }) => request))
  const news = (await listErasures(core)).filter(({ request }) => !known.has(request))
  if (news.length === 0 && existsSync(path)) return
  await writeWhole(path, [Buffer.from([...before, ...news].map(one => `${JSON.stringify(one)}\n`).join(''))])
}
