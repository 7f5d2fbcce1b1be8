import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { compared, type Listing, type ListRequest, readList } from '../listing.ts'
import type { Page } from '../page.ts'
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

export type AuditSortBy = 'occurredAt'

/** The audit log of a workspace, newest first, unless the other way is asked for. */
export async function listAudit(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<AuditFilter, AuditSortBy>,
): Promise<Page<AuditEntry>> {
  const { actions, ...filter } = request.filter ?? {}
  const patterns = actions?.map(action => `${action.replace(/[\\%_]/g, '\\$&')}%`)
  return readList(
    core.sql,
    AUDIT,
    workspaceId,
    { ...request, filter: { ...filter, actions: patterns } },
    (row: AuditEntry) => row,
  )
}

/** The entries of a workspace from a number on, oldest first, a few hundred at once: for the export. */
export function auditFrom(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  after: number,
): Promise<(AuditEntry & { readonly previous: string; readonly hash: string })[]> {
  return core.sql.query(FROM, [workspaceId, after])
}

const AUDIT: Listing<AuditFilter, AuditSortBy> = {
  name: 'access.list-audit',
  columns: 'a.seq, a.at, a.actor, a.action, a.target, a.data, a.request_id as "requestId"',
  from: 'audit_log a',
  of: 'a.workspace_id = $1',
  id: 'a.seq',
  conditions: {
    actions: (filter, key) => `a.action like any(array(select jsonb_array_elements_text(${filter} -> '${key}')))`,
    actor: compared('a.actor', '=', 'text'),
    target: compared('a.target', '=', 'text'),
    since: compared('a.at', '>=', 'timestamptz'),
    until: compared('a.at', '<', 'timestamptz'),
  },
  orders: { occurredAt: { by: 'a.seq', type: 'int', unique: true } },
  usual: { by: 'occurredAt' },
}
const FROM = statement(
  'access.audit-from',
  `select seq, at, actor, action, target, data, request_id as "requestId", previous_hash as previous, hash from audit_log
    where workspace_id = $1 and seq > $2 order by seq limit 500`,
)
