import { type EventId, newId, type PlaybookId, type RunId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'

/** The firing of one trigger of one playbook, or a start by hand: heard by its current version and by nobody else. */
export interface EventTarget {
  readonly playbookId: PlaybookId
  /** The trigger's key. */
  readonly trigger: string
  /** Of the run that it starts, so that whoever fires can look for it. */
  readonly runId: RunId
  /** Stand in for the `inputs` of the trigger. */
  readonly inputs?: Readonly<Record<string, unknown>> | undefined
  /** The step that starts it, and whether it waits for the run. */
  readonly parent?: { readonly runId: RunId; readonly path: string; readonly awaits: boolean } | undefined
}

/** What happened, as it is handed in. `subjectId` is the lead it is about. */
export interface NewEvent {
  readonly type: string
  readonly subjectId: string | null
  readonly data: Readonly<Record<string, unknown>>
  readonly source: string
  readonly dedupeKey?: string | undefined
  readonly target?: EventTarget | undefined
  /** Of the plugin that heard of it. */
  readonly account?: EventAccount | undefined
}

/** The account of a plugin that heard of an event; `isDefault` as it was then. */
export interface EventAccount {
  readonly name: string
  readonly isDefault: boolean
}

/**
 * Stores an event, to be dispatched after the commit: give it the transaction of what caused it, and ring the queue's
 * `events` bell once that is committed. Answers undefined where the dedupe key says it is stored already.
 */
export async function appendEvent(
  tx: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  event: NewEvent,
  now: Date,
): Promise<EventId | undefined> {
  const id = newId<EventId>()
  const rows = await tx.query(APPEND_EVENT, [
    id,
    workspaceId,
    event.type,
    event.subjectId,
    JSON.stringify(event.data),
    event.source,
    event.dedupeKey ?? null,
    now,
    event.target ? JSON.stringify(event.target) : null,
    event.account?.name ?? null,
    event.account?.isDefault ?? null,
  ])
  return rows.length === 0 ? undefined : id
}
const APPEND_EVENT = statement(
  'append-event',
  `insert into events (id, workspace_id, type, subject_id, data, source, dedupe_key, created_at, target, account,
     of_default_account)
   values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9::jsonb, $10, $11)
   on conflict (workspace_id, dedupe_key) do nothing
   returning id`,
)
