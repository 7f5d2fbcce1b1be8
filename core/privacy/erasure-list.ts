/**
 * Erasures outlive a backup: what is restored brings back people who were erased since. So the list of erasures, which has hashes and no
 * names, is kept elsewhere, beside the backups, and is applied to what was restored. An erasure that the restored database has
 * ended itself is passed over: who came back after it, with a new consent, stays.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { isId, type WorkspaceId } from '../ids.ts'
import { suppressionHash } from '../sales/suppression.ts'
import { statement } from '../sql.ts'
import type { ErasureCore } from './erase-person.ts'
import { findPerson, hashesOf } from './person.ts'
import { createRequest } from './requests.ts'

/** One erasure. `hashes` are those of the list of who is not taken in again: SHA-256 of workspace, kind and value. */
export const listedErasure = z.strictObject({
  request: z.uuid(),
  workspace: z.uuid(),
  hashes: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(100),
  askedAt: z.iso.datetime(),
})
export type ListedErasure = z.infer<typeof listedErasure>

/** Every erasure of the host, ended or under way, oldest first. */
export async function listErasures(core: Pick<Core, 'sql'>): Promise<ListedErasure[]> {
  const rows = await core.sql.query<Row>(ERASURES)
  const listed: ListedErasure[] = []
  for (const { id, workspace_id, subject, status, created_at } of rows) {
    const hashes = /^[0-9a-f]{64}$/.test(subject)
      ? [subject]
      : status === 'COMPLETED'
        ? [] // of somebody who had neither an e-mail nor a number
        : hashesOf(workspace_id, await findPerson(core, workspace_id, subject))
    if (hashes.length > 0)
      listed.push({ request: id, workspace: workspace_id, hashes, askedAt: created_at.toISOString() })
  }
  return listed
}

/** A file of them, a line each. Throws `BAD_USER_INPUT` naming the line that is none. */
export async function readErasures(path: string): Promise<ListedErasure[]> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new TraeError('BAD_USER_INPUT', `The list ${path} cannot be read: ${cause.message}`, { cause })
  })
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return []
    const parsed = listedErasure.safeParse(jsonOf(line))
    if (parsed.success) return [parsed.data]
    throw new TraeError(
      'BAD_USER_INPUT',
      `${path}:${at + 1} is no line of \`trae privacy erased\`, and nothing was erased. It would begin with {"request": …`,
    )
  })
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/**
 * Erases again who is on the list and here all the same. Answers how many erasures were news to this database, how many people
 * they were about, and of how many runs are still ending: the host goes on with those. Doing it twice is doing it once.
 */
export async function reapplyErasures(
  core: ErasureCore,
  list: readonly ListedErasure[],
): Promise<{ readonly news: number; readonly people: number; readonly waiting: number }> {
  const ended = new Set(
    (await core.sql.query<{ id: string }>(ENDED, [list.map(({ request }) => request)])).map(({ id }) => id),
  )
  const news = list.filter(({ request }) => !ended.has(request))
  let [people, waiting] = [0, 0]
  for (const [workspace, erasures] of Map.groupBy(news, ({ workspace }) => workspace)) {
    const workspaceId = workspace as WorkspaceId
    const hashes = new Set(erasures.flatMap(one => one.hashes))
    await core.sql.query(SUPPRESS, [workspaceId, [...hashes], core.clock.now()])
    for (const subject of await peopleOf(core, workspaceId, hashes)) {
      const { status } = await createRequest(core, workspaceId, { kind: 'ERASURE', subject }, undefined)
      people++
      if (status !== 'COMPLETED') waiting++
    }
  }
  return { news: news.length, people, waiting }
}

/** An address or a number of each person in the workspace whose hash is among these: leads, and who was only written to. */
async function peopleOf(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  hashes: ReadonlySet<string>,
): Promise<readonly string[]> {
  const found: string[] = []
  for (let after = ''; ;) {
    const rows = await core.sql.query<{ kind: 'email' | 'phone'; value: string }>(KNOWN, [workspaceId, after, PAGE])
    for (const { kind, value } of rows)
      if (!isId(value) && hashes.has(suppressionHash(workspaceId, kind, value))) found.push(value)
    if (rows.length < PAGE) return found
    after = rows.at(-1)!.value
  }
}
const PAGE = 5000

interface Row {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly subject: string
  readonly status: string
  readonly created_at: Date
}
const ERASURES = statement(
  'privacy.list-erasures',
  `select id, workspace_id, subject, status, created_at from data_subject_requests
   where kind = 'ERASURE' and status <> 'REFUSED' order by created_at, id`,
)
const ENDED = statement(
  'privacy.ended-erasures',
  `select id from data_subject_requests where id = any($1::uuid[]) and status = 'COMPLETED'`,
)
const SUPPRESS = statement(
  'privacy.suppress-listed',
  `insert into suppressions (workspace_id, hash, created_at)
   select id, unnest($2::text[]), $3 from workspaces where id = $1 on conflict do nothing`,
)
const KNOWN = statement(
  'privacy.known-addresses',
  `select kind, value from (
     select 'email' as kind, email as value from leads where workspace_id = $1 and email is not null
     union select 'phone', phone from leads where workspace_id = $1 and phone is not null
     union select case when a.value like '%@%' then 'email' else 'phone' end, lower(a.value)
       from messages m cross join lateral (values (m.from_address), (m.to_address)) a(value)
       where m.workspace_id = $1 and m.lead_id is null
   ) known where value > $2 order by value limit $3`,
)
