import { createHash } from 'node:crypto'
import { canonicalJson } from '../canonical-json.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { currentRequest } from '../request-scope.ts'
import { type Sql, statement } from '../sql.ts'

/** Who did it: a person, or the host of its own accord. */
export type Actor = `user:${string}` | 'host'

export interface AuditEntry {
  readonly seq: number
  readonly at: Date
  readonly actor: Actor
  /** `plugin.installed` … */
  readonly action: string
  /** What it was done to: `plugin:hubspot`. */
  readonly target: string
  /** What changed, without secrets. */
  readonly data: Readonly<Record<string, unknown>>
  /** `x-request-id` of the request that it came of; null where the host did it of its own accord. */
  readonly requestId: string | null
}

export type NewAuditEntry = Omit<AuditEntry, 'seq' | 'at' | 'requestId'>

export const actorOf = (by: UserId | undefined): Actor => (by === undefined ? 'host' : `user:${by}`)

/**
 * Writes an entry in the transaction of what it tells of, so that there is no change without its entry. Entries of a
 * workspace follow each other without a gap, each with the hash of the one before: who takes one out is found out.
 * Takes the lock of the workspace's row until the transaction ends: not the one that a row of a run waits for.
 */
export async function audit(tx: Sql, workspaceId: WorkspaceId, entry: NewAuditEntry, at: Date): Promise<void> {
  await tx.query(LOCK_WORKSPACE, [workspaceId])
  const [last] = await tx.query<{ seq: number; hash: string }>(LAST_ENTRY, [workspaceId])
  const seq = (last?.seq ?? 0) + 1
  const previous = last?.hash ?? ''
  const { actor, action, target } = entry
  const data = JSON.parse(JSON.stringify(entry.data)) as AuditEntry['data'] // as it will be read
  const requestId = currentRequest()
  const hash = hashOf({ seq, at, actor, action, target, data, requestId }, previous)
  const values = [workspaceId, seq, at, actor, action, target, JSON.stringify(data), previous, hash, requestId]
  await tx.query(ADD_ENTRY, values)
}

/** An entry in every workspace: of what the host itself went through. */
export async function auditEverywhere(tx: Sql, entry: NewAuditEntry, at: Date): Promise<void> {
  for (const { id } of await tx.query<{ id: WorkspaceId }>(WORKSPACES)) await audit(tx, id, entry, at)
}

/** The entries about a target, newest first. */
export function readAudit(
  { sql }: { readonly sql: Pick<Sql, 'query'> },
  workspaceId: WorkspaceId,
  target: string,
  limit = 50,
): Promise<AuditEntry[]> {
  return sql.query<AuditEntry>(READ_ENTRIES, [workspaceId, target, limit])
}

/** The number of the first entry that was changed, or that follows one that is gone; undefined where all is as it was written. */
export async function brokenAudit(
  { sql }: { readonly sql: Pick<Sql, 'query'> },
  workspaceId: WorkspaceId,
): Promise<number | undefined> {
  let previous = ''
  for (let seq = 0; ;) {
    const entries = await sql.query<AuditEntry & { previous: string; hash: string }>(NEXT_ENTRIES, [workspaceId, seq])
    if (entries.length === 0) return undefined
    for (const { previous: said, hash, ...entry } of entries) {
      if (entry.seq !== seq + 1 || said !== previous || hash !== hashOf(entry, previous)) return seq + 1
      ;[seq, previous] = [entry.seq, hash]
    }
  }
}

/** Without a request as before there was one: what was written then is still as it was. */
const hashOf = ({ at, requestId, ...entry }: AuditEntry, previous: string) =>
  createHash('sha256')
    .update(canonicalJson({ ...entry, at: at.toISOString(), previous, ...(requestId === null ? {} : { requestId }) }))
    .digest('hex')

const LOCK_WORKSPACE = statement('lock-workspace-to-audit', 'select id from workspaces where id = $1 for no key update')
const WORKSPACES = statement('workspaces-to-audit', 'select id from workspaces order by id')
const LAST_ENTRY = statement(
  'last-audit-entry',
  'select seq, hash from audit_log where workspace_id = $1 order by seq desc limit 1',
)
const ADD_ENTRY = statement(
  'add-audit-entry',
  `insert into audit_log (workspace_id, seq, at, actor, action, target, data, previous_hash, hash, request_id)
   values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10)`,
)
const READ_ENTRIES = statement(
  'read-audit-entries',
  `select seq, at, actor, action, target, data, request_id as "requestId" from audit_log
   where workspace_id = $1 and target = $2 order by seq desc limit $3`,
)
const NEXT_ENTRIES = statement(
  'next-audit-entries',
  `select seq, at, actor, action, target, data, request_id as "requestId", previous_hash as previous, hash from audit_log
   where workspace_id = $1 and seq > $2 order by seq limit 500`,
)
