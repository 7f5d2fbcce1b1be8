import type { RunRecord } from '../runs/read-runs.ts'
import type { EventRecord } from '../runs/read-events.ts'
import type { Playbook, TriggerOf } from '../playbooks/playbook.ts'

/** How a test begins as a run did. */
export interface StartAsTest {
  /** When the test begins. */
  readonly now: Date
  /** From then to the event that started the run, in milliseconds. */
  readonly leadMs: number
  /** What the test says of it, with personal data as it was. */
  readonly words: Readonly<Record<string, unknown>>
}

/** A minute before a tick there is none of a pattern that counts minutes. */
const BEFORE_TICK_MS = 60_000

/**
 * How a test begins as this run did: by hand with the inputs that were given, by a post, by a tick of the clock, or by its event.
 * `reads`: does the playbook read this header? Of a post only what it reads is told: the rest says much of who posted.
 */
export function startAsTest(
  { triggers }: Pick<Playbook, 'triggers'>,
  run: Pick<RunRecord, 'inputs'>,
  event: EventRecord,
  reads: (header: string) => boolean,
): StartAsTest {
  const at = new Date(event.createdAt)
  switch (event.type) {
    case 'manual.started':
      return { now: at, leadMs: 0, words: { inputs: run.inputs ?? {} } }
    case 'webhook.received': {
      const { webhook, body, headers, query } = event.data
      const read = filled(headers, reads)
      const words = { type: event.type, webhook, body, ...named('headers', read), ...named('query', filled(query)) }
      return { now: at, leadMs: 0, words: { event: words } }
    }
    case 'schedule.fired': {
      const { schedule, scheduledAt } = event.data
      const trigger = triggers.find(({ key }) => key === `schedule/${String(schedule)}`) as
        TriggerOf<'schedule'> | undefined
      const leadMs = trigger?.timing.kind === 'every' ? trigger.timing.everyMs : BEFORE_TICK_MS
      const tick = Date.parse(String(scheduledAt))
      return { now: new Date(tick - leadMs), leadMs, words: { event: { type: event.type, schedule } } }
    }
    default:
      return { now: at, leadMs: 0, words: { event: { type: event.type, ...withoutFilled(event.data) } } }
  }
}

/** A test fills in whom an event is about by itself, and that it speaks of its own run. */
export function withoutFilled(data: Readonly<Record<string, unknown>>, runId?: string): Record<string, unknown> {
  const { leadId: _leadId, lead, ...others } = data
  const { runId: named, ...unnamed } = others
  const rest = named !== undefined && named === runId ? unnamed : others
  if (typeof lead !== 'object' || lead === null) return rest
  const { id: _id, ...fields } = lead as Record<string, unknown>
  return { ...rest, lead: fields }
}

const filled = (map: unknown, wanted: (name: string) => boolean = () => true) =>
  Object.fromEntries(Object.entries((map ?? {}) as Record<string, unknown>).filter(([name]) => wanted(name)))

const named = (name: string, map: Record<string, unknown>) => (Object.keys(map).length > 0 ? { [name]: map } : {})
