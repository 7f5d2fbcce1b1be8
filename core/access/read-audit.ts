import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Page, type PageRequest, pageSize } from '../page.ts'
import { statement } from '../sql.ts'
import type { AuditEntry } from './audit.ts'

export interface AuditFilter {
  /** Beginnings of actions: `member.`, `plugin.installed`. */
  readonly actions?: readonly string[] | null | undefined
  readonly actor?: string | null | undefined
  readonly target?: string | null | undefined
  readonly since?: Date | null | undefined
  readonly until?: Date | null | undefined
}

/** The audit log of a workspace, newest first; a cursor is the number of an entry. */
export async function listAudit(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  filter: AuditFilter,
  request: PageRequest,
): Promise<Page<AuditEntry>> {
  const size = pageSize(request)
  const { actions, actor = null, target = null, since = null, until = null } = filter
  const patterns = actions?.length ? actions.map(action => `${action.replace(/[\\%_]/g, '\\$&')}%`) : null
  const before = seqOf(request.after)
  const rows = await core.sql.query<AuditEntry>(LIST, [
    workspaceId,
    size + 1,
    before,
    patterns,
    actor,
    target,
    since,
    until,
  ])
  return {
    items: rows.slice(0, size).map(node => ({ cursor: Buffer.from(`audit:${node.seq}`).toString('base64url'), node })),
    hasNextPage: rows.length > size,
    hasPreviousPage: before !== null,
  }
}

/** The entries of a workspace from a number on, oldest first, a few hundred at once: for the export. */
export function auditFrom(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  after: number,
): Promise<(AuditEntry & { readonly previous: string; readonly hash: string })[]> {
  return core.sql.query(FROM, [workspaceId, after])
}

function seqOf(cursor: string | null | undefined): number | null {
  if (cursor === null || cursor === undefined) return null
  const match = /^audit:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match)
    throw new TraeError('BAD_USER_INPUT', 'after is not a cursor of this list; take it from pageInfo.endCursor.')
  return Number(match[1])
}

const LIST = statement(
  'access.list-audit',
  `select seq, at, actor, action, target, data from audit_log
    where workspace_id = $1 and ($3::integer is null or seq < $3)
      and ($4::text[] is null or action like any($4)) and ($5::text is null or actor = $5)
      and ($6::text is null or target = $6)
      and ($7::timestamptz is null or at >= $7) and ($8::timestamptz is null or at < $8)
    order by seq desc limit $2`,
)
const FROM = statement(
  'access.audit-from',
  `select seq, at, actor, action, target, data, previous_hash as previous, hash from audit_log
    where workspace_id = $1 and seq > $2 order by seq limit 500`,
)
