import { TraeError } from '../../core/errors.ts'
import type { JournalEntry } from '../../core/runs/journal.ts'
import { getRun, listJournal } from '../../core/runs/read-runs.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf } from '../connection.ts'
import { type Context, workspaceOf } from '../context.ts'
import { follow, readOnce } from '../follow.ts'
import type { Pieces } from '../pieces.ts'
import { rowId } from '../node-id.ts'
import { Node, nodeId } from './node.ts'

/** One line of a run's journal. */
export interface RunEvent {
  readonly runId: string
  readonly entry: JournalEntry
}
const RunEventRef = builder.objectRef<RunEvent>('RunEvent').implement({
  description: 'One line of the journal of a run.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('RunEvent', ({ runId, entry }) => `${runId}:${entry.seq}`)),
    seq: t.int({ description: 'Counts up from 1 within the run.', resolve: ({ entry }) => entry.seq }),
    kind: t.string({ description: 'As run.started or step.completed.', resolve: ({ entry }) => entry.kind }),
    path: t.string({
      nullable: true,
      description: 'The step it is about; null for the run.',
      resolve: ({ entry }) => entry.path,
    }),
    attempt: t.int({ nullable: true, description: 'Of the step.', resolve: ({ entry }) => entry.attempt }),
    message: t.string({ description: 'In a few words.', resolve: ({ entry }) => describe(entry) }),
    data: t.field({ type: 'JSON', nullable: true, description: 'The facts.', resolve: ({ entry }) => entry.data }),
    occurredAt: t.field({ type: 'DateTime', description: 'When.', resolve: ({ entry }) => entry.at }),
  }),
})
export const RunEventConnection = connectionOf<RunEvent>('RunEvent', RunEventRef)

/** `log` lines speak for themselves; the rest is said by its kind: "step.completed" of score is "score: completed". */
function describe({ kind, path, attempt, data }: JournalEntry): string {
  if (kind === 'log' && typeof data?.['message'] === 'string') return data['message']
  const what = kind.slice(kind.indexOf('.') + 1)
  const error = (data?.['error'] as { message?: string } | undefined)?.message
  const again = attempt !== null && attempt > 1 ? ` (attempt ${attempt})` : ''
  return `${path ?? 'run'}: ${what}${again}${error ? `: ${error}` : ''}`
}

/** The place of an entry in its journal is its number. */
export const cursorOf = (entry: JournalEntry) => String(entry.seq)
export function seqOf(cursor: string | null | undefined): number {
  if (cursor === null || cursor === undefined) return 0
  if (!/^\d{1,9}$/.test(cursor))
    throw new TraeError(
      'BAD_USER_INPUT',
      'after is not a cursor of a journal; take it from pageInfo.endCursor or the last event.',
    )
  return Number(cursor)
}

const RunEventAppendedPayload = builder.objectRef<RunEvent>('RunEventAppendedPayload').implement({
  description: 'A new line of a journal.',
  fields: t => ({
    event: t.field({ type: RunEventRef, description: 'The line.', resolve: payload => payload }),
    cursor: t.string({
      description: 'Give it as `after` to go on from here.',
      resolve: ({ entry }) => cursorOf(entry),
    }),
  }),
})

builder.subscriptionFields(t => ({
  runEventAppended: t.field({
    type: RunEventAppendedPayload,
    ...guarded(
      'runs:read',
      "The run's journal as it is written, every line once and in order; first the lines there are after `after`.",
    ),
    args: {
      runId: t.arg.id({ required: true, description: 'The run.' }),
      after: t.arg.string({
        description: 'The cursor to go on from, without a gap or a repeat; from the first line without it.',
      }),
    },
    subscribe: (_root, { runId, after }, c) => followJournal(c, rowId('Run', runId), seqOf(after)),
    resolve: payload => payload,
  }),
}))

/** The same event of an entry for all who were handed that. */
function eventOf(runId: string, entry: JournalEntry): RunEvent {
  let event = events.get(entry)
  if (!event) events.set(entry, (event = { runId, entry }))
  return event
}
const events = new WeakMap<JournalEntry, RunEvent>()

/** Entries read at once. */
const PAGE = 200

async function followJournal(c: Context, runId: string, after: number): Promise<Pieces<RunEvent>> {
  const workspaceId = workspaceOf(c)
  await getRun(c.core, workspaceId, runId) // NOT_FOUND before anything is streamed
  let position = after
  const pass = (entries: readonly JournalEntry[]) =>
    entries.map(entry => {
      position = entry.seq
      return eventOf(runId, entry)
    })
  return follow(
    c,
    'run.appended',
    async detail => {
      const found: RunEvent[] = []
      if (detail.runId !== runId) return found
      while (detail.seq > position) {
        const entries = await readOnce(detail, String(position), () =>
          listJournal(c.core, workspaceId, runId, { after: position, first: PAGE }),
        )
        if (entries.length === 0) break
        found.push(...pass(entries))
      }
      return found
    },
    {
      own: true, // its place in the journal
      async *start() {
        for (let more = true; more;) {
          const entries = await listJournal(c.core, workspaceId, runId, { after: position, first: PAGE })
          if (entries.length > 0) yield pass(entries)
          more = entries.length === PAGE
        }
      },
    },
  )
}
