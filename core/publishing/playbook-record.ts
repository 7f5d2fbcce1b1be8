import type { UserId, WorkspaceId } from '../ids.ts'
import type { PluginLock } from '../plugins/plugin-lock.ts'

export const PLAYBOOK_STATUSES = ['ACTIVE', 'PAUSED', 'ARCHIVED'] as const
export type PlaybookStatus = (typeof PLAYBOOK_STATUSES)[number]

/** Where a version came from: the playbooks folder at a start, whoever asked for it, an older version. */
export type VersionOrigin = 'file' | 'api' | 'rollback'

/** A playbook as it is stored; its texts are its draft and its versions. */
export interface PlaybookRecord {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly slug: string
  readonly name: string
  readonly module: string
  /** ACTIVE; PAUSED: starts no runs; ARCHIVED: starts none and takes no new version. */
  readonly status: PlaybookStatus
  /** Why the host paused it; null where a person did. */
  readonly statusReason: string | null
  readonly publishedVersionId: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A published text, with the plugins that it was published with; it never changes. */
export interface VersionRecord extends PluginLock {
  readonly id: string
  readonly playbookId: string
  readonly number: number
  readonly source: string
  readonly sourceHash: string
  readonly publishedAt: Date
  readonly publishedBy: UserId | null
  readonly origin: VersionOrigin
  /** The number of the version whose text it is again. */
  readonly rolledBackTo: number | null
  readonly note: string | null
}
