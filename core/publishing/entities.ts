import { defineEntity, p } from '@mikro-orm/core'

export const PLAYBOOK_STATUSES = ['ACTIVE', 'PAUSED', 'ARCHIVED'] as const
export type PlaybookStatus = (typeof PLAYBOOK_STATUSES)[number]

/** Where a version came from: the playbooks folder at a start, whoever asked for it, an older version. */
export type VersionOrigin = 'file' | 'api' | 'rollback'

const PlaybookSchema = defineEntity({
  name: 'PlaybookEntity',
  tableName: 'playbooks',
  properties: {
    id: p.uuid().primary(),
    workspaceId: p.uuid(),
    slug: p.text(),
    name: p.text(),
    module: p.text(),
    /** ACTIVE; PAUSED: starts no runs; ARCHIVED: starts none and takes no new version. */
    status: p.text().$type<PlaybookStatus>(),
    /** Why the host paused it; null where a person did. */
    statusReason: p.text().nullable(),
    publishedVersionId: p.uuid().nullable(),
    /** `tasks`: made by the host; null: by people. */
    madeFor: p.text().$type<'tasks'>().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
})
export class PlaybookEntity extends PlaybookSchema.class {}
PlaybookSchema.setClass(PlaybookEntity)

const PlaybookVersionSchema = defineEntity({
  name: 'PlaybookVersionEntity',
  tableName: 'playbook_versions',
  properties: {
    id: p.uuid().primary(),
    workspaceId: p.uuid(),
    playbookId: p.uuid(),
    number: p.integer(),
    source: p.text(),
    sourceHash: p.text(),
    plugins: p.json<Record<string, string>>(),
    providers: p.json<Record<string, string | string[]>>(),
    publishedAt: p.datetime(),
    publishedBy: p.uuid().nullable(),
    origin: p.text().$type<VersionOrigin>(),
    rolledBackTo: p.integer().nullable(),
    note: p.text().nullable(),
  },
})
export class PlaybookVersionEntity extends PlaybookVersionSchema.class {}
PlaybookVersionSchema.setClass(PlaybookVersionEntity)

export const publishingEntities = [PlaybookEntity, PlaybookVersionEntity]
