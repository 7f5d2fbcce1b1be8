import type { z } from 'zod'
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import type { RecordPermission } from './permissions.ts'

/** What the functions behind the records need of the core. */
export type RecordsCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'config' | 'vault'>

/** Under whose name a write is made: added by the host, never by the plugin. */
export interface Origin {
  readonly key: string
  /** Null for a trigger, which is in no run. */
  readonly runId: string | null
  /** Of the events that come of it. */
  readonly source: string
  readonly pluginId: string
  /** Of the plugin's accounts. */
  readonly account: string
  /** As far as the host saw, the world has noticed nothing of the call so far. */
  readonly isUntouched: boolean
}

export interface RecordVerb {
  readonly permission: RecordPermission
  /** Writes need an action whose effect says so. */
  readonly writes: boolean
  /** Says of something that was done before: a lookup may. */
  readonly tellsOfPast?: boolean
  /** Notes what is about to happen: the world has noticed nothing by it, and another provider may still be asked. */
  readonly isAhead?: boolean
  readonly argument: z.ZodType
  readonly run: (core: RecordsCore, workspaceId: WorkspaceId, argument: never, origin: Origin) => Promise<unknown>
}

export function verb<Argument>(
  permission: RecordPermission,
  argument: z.ZodType<Argument>,
  run: (core: RecordsCore, workspaceId: WorkspaceId, argument: Argument, origin: Origin) => Promise<unknown>,
): RecordVerb {
  return { permission, writes: !permission.endsWith(':read'), argument, run }
}
