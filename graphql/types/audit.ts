import { type AuditEntry, brokenAudit } from '../../core/access/audit.ts'
import { listAudit } from '../../core/access/read-audit.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { UserRef } from './workspace.ts'

const AuditLogEntryRef = builder.objectRef<AuditEntry>('AuditLogEntry').implement({
  description: 'Something that somebody did. Entries are never changed; each holds the hash of the one before.',
  fields: t => ({
    id: t.id({ description: 'Its number, as text.', resolve: ({ seq }) => String(seq) }),
    sequence: t.int({ description: 'Its number in the workspace, without gaps.', resolve: ({ seq }) => seq }),
    occurredAt: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ at }) => at }),
    actor: t.field({
      type: UserRef,
      nullable: true,
      description: 'Who did it; null for the host itself, and for who has left.',
      resolve: ({ actor }, _args, c) => (actor === 'host' ? null : c.loaders.user.load(actor.slice('user:'.length))),
    }),
    byHost: t.boolean({
      description: 'Did the host do it of its own accord?',
      resolve: ({ actor }) => actor === 'host',
    }),
    action: t.exposeString('action', { description: 'What was done, as plugin.installed or member.invited.' }),
    target: t.exposeString('target', { description: 'What it was done to, as plugin:hubspot.' }),
    requestId: t.string({
      nullable: true,
      description: 'The `x-request-id` of the request that it came of; null where the host did it of its own accord.',
      resolve: ({ requestId }) => requestId,
    }),
    data: t.field({ type: 'JSON', description: 'What changed, without secrets.', resolve: ({ data }) => data }),
  }),
})

const AuditLogFilter = builder.inputType('AuditLogFilter', {
  description: 'Which entries; all of it holds.',
  fields: t => ({
    actions: t.stringList({ description: 'Actions, or how they begin: member., plugin.installed.' }),
    actorId: t.id({ description: 'Who did it.' }),
    target: t.string({ description: 'What it was done to, as plugin:hubspot.' }),
    since: t.field({ type: 'DateTime', description: 'From then on.' }),
    until: t.field({ type: 'DateTime', description: 'Before then.' }),
  }),
})

const AuditLogSort = sortInput('AuditLogEntry', { occurredAt: 'When it happened.' })
const AuditLogEntryConnection = connectionOf<AuditEntry>('AuditLogEntry', AuditLogEntryRef)

const AuditVerificationRef = builder.objectRef<{ brokenAt: number | undefined }>('AuditVerification').implement({
  description: 'Whether the audit log is as it was written.',
  fields: t => ({
    intact: t.boolean({
      description: 'Is every entry as it was written, and none gone?',
      resolve: v => v.brokenAt === undefined,
    }),
    brokenAt: t.int({
      nullable: true,
      description: 'The first entry that was changed, or that follows one that is gone.',
      resolve: v => v.brokenAt,
    }),
  }),
})

builder.queryFields(t => ({
  auditLog: t.field({
    type: AuditLogEntryConnection,
    ...guarded('audit:read', 'Who did what, newest first. `GET /audit/export` has it as JSON lines.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: AuditLogFilter, description: 'Which entries.' }),
      sort: t.arg({ type: AuditLogSort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) => {
      const { actorId, ...rest } = filter ?? {}
      const actor = actorId ? `user:${rowId('User', actorId)}` : null
      return listAudit(c.core, workspaceOf(c), { ...page, filter: { ...rest, actor } })
    },
  }),
  auditVerification: t.field({
    type: AuditVerificationRef,
    ...guarded('audit:read', 'Computes the hashes of the audit log again, all of them.'),
    resolve: async (_root, _args, c) => ({ brokenAt: await brokenAudit(c.core, workspaceOf(c)) }),
  }),
}))
