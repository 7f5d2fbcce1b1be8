import { crashPoint } from '../../crash-point.ts'
import { isId } from '../../ids.ts'
import { DEFAULT_ACCOUNT } from '../../playbooks/account-name.ts'
import { eventScope } from '../../playbooks/match-playbooks.ts'
import type { Awaited, Step } from '../../playbooks/playbook.ts'
import { statement } from '../../sql.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import { exits } from '../before-effect.ts'
import type { OpenWait } from '../claim-runs.ts'
import { endedAnother, EVENT_FITS } from '../event-fits.ts'
import { CANCELLED, evaluate, type Fiber, type Result } from '../step-outcome.ts'
import { type AwaitedEvent, endByTime, reload, subscribe } from '../waits.ts'
import { moment } from './wait.ts'

type WaitForStep = Step & { kind: 'waitFor' }
type Arrived = NonNullable<OpenWait['event']>

/** A row in `waits` that the first of some events ends; `answered` once that event is taken. */
interface Listener {
  readonly path: string
  readonly events: readonly Awaited[]
}

/**
 * Until one of some events has come, or each of them, or a timeout: exactly one of events and timeout wins. Events since
 * the start of the run count, except those that ended another wait of this run. The step's own row in `waits` says what
 * won; of `all`, each event has a row beside it, so that what has come by then is known to whoever takes the run up.
 * Output of `any`: `{ type, data, at, timedOut: false }` or `{ timedOut: true }`; of `all`: `{ events, timedOut }`, the
 * events in the order of the playbook, null where one has not come.
 */
export async function waitFor(core: RunCore, run: ActiveRun, step: WaitForStep, fiber: Fiber): Promise<Result> {
  const { path } = step
  const parts = step.mode === 'all' ? partsOf(step) : []
  const listeners = step.mode === 'all' ? parts : [{ path, events: step.events }]
  if (!run.waits.has(path)) {
    const dueAt = step.timeout ? moment(core, await evaluate(run, fiber, step.timeout)) : null
    const [own, ...beside] = await Promise.all(
      [step.mode === 'all' ? [] : step.events, ...parts.map(part => part.events)].map(events =>
        awaitedOf(run, fiber, events),
      ),
    )
    const told = parts.map((part, index) => ({ path: part.path, events: beside[index]! }))
    await subscribe(run, { path, kind: 'event', dueAt }, own!, told)
    crashPoint('wait.committed')
  }
  for (const listener of listeners) await endByPastEvent(core, run, listener.path)

  for (;;) {
    if (fiber.cancelled) return CANCELLED
    const own = run.waits.get(path)
    if (!own) return CANCELLED // closed by the step around it
    const statusOf = (listener: Listener) => run.waits.get(listener.path)?.status
    const heard = listeners.find(listener => statusOf(listener) === 'event')
    if (heard && own.status !== 'due' && (own === run.waits.get(heard.path) || own.status === 'open')) {
      crashPoint('wait.ended')
      run.subject.forget()
      await judge(core, run, heard, fiber)
    } else if (own.status !== 'open') break
    else if (listeners.every(listener => statusOf(listener) === 'answered')) await endByAll(core, run, path)
    else if (own.dueAt !== null && own.dueAt <= core.clock.now()) {
      await endByTime(core, run, own)
      await reload(core, run, path)
    } else await run.parkAt(path)
  }
  run.subject.forget()
  const { status, event } = run.waits.get(path)!
  if (await exits(run, fiber)) return CANCELLED
  const timedOut = status === 'due'
  if (step.mode === 'any') return { kind: 'output', output: event ? { ...shown(event), timedOut } : { timedOut } }
  const events = parts.map(part => run.waits.get(part.path)?.event)
  return {
    kind: 'output',
    output: { events: events.map(event => (event ? shown(event) : null)), timedOut },
    extras: { waitsOver: run.dropWaits(other => parts.some(part => part.path === other)) },
  }
}

const partsOf = (step: WaitForStep): Listener[] =>
  step.events.map((event, index) => ({ path: `${step.path}!event${index}`, events: [event] }))

const shown = ({ type, data, at }: Arrived) => ({ type, data, at: at.toISOString() })

function awaitedOf(run: ActiveRun, fiber: Fiber, events: readonly Awaited[]): Promise<AwaitedEvent[]> {
  return Promise.all(
    events.map(async awaited => {
      const correlate = ((await evaluate(run, fiber, awaited.correlate)) ?? {}) as Record<string, unknown>
      const leadId = correlate['leadId']
      const account = awaited.account ?? DEFAULT_ACCOUNT
      return { type: awaited.event, subjectId: isId(leadId) ? leadId : null, correlate, account }
    }),
  )
}

/** Takes the event that ended a row if its `if` is true; else the row is open again, and will not hear that event again. */
async function judge(core: RunCore, run: ActiveRun, listener: Listener, fiber: Fiber): Promise<void> {
  const { path, events } = listener
  const wait = run.waits.get(path)!
  if (await fits(run, listener, fiber, wait.event!)) {
    if (path.includes('!') && events.some(awaited => awaited.if))
      await core.sql.query(TAKE_EVENT, [run.lease.runId, path])
    run.setWait({ ...wait, status: 'answered' })
    return
  }
  await core.sql.query(REOPEN_WAIT, [run.lease.runId, path, wait.event!.id])
  run.setWait({ ...wait, status: 'open', event: null })
  await endByPastEvent(core, run, path)
}
/** What was true when the event came stays so while others are waited for. */
const TAKE_EVENT = statement(
  'take-event',
  `update waits set status = 'answered' where run_id = $1 and path = $2 and status = 'event'`,
)

/** The `if` of what was waited for and the event fits, with that event as `event`. */
async function fits(run: ActiveRun, { events }: Listener, fiber: Fiber, event: Arrived): Promise<boolean> {
  for (const position of event.positions) {
    const awaited = events[position]
    if (awaited?.event !== event.type) continue // of a version that the run was moved from
    if (!awaited.if) return true
    const scope = { ...(await run.scope(awaited.if.roots, fiber.frame)), event: eventScope(event) }
    if (awaited.if.evaluate(scope) === true) return true
  }
  return false
}

/** `result` of a row that is open holds the ids of events that were refused. */
const REOPEN_WAIT = statement(
  'reopen-wait',
  `update waits set status = 'open', event_id = null, result = coalesce(result, '[]') || to_jsonb($3::text)
   where run_id = $1 and path = $2 and status = 'event'`,
)

/**
 * An event that was dispatched before the wait was committed did not find it. Asked after that commit: whatever is
 * dispatched later does find it, so between the two nothing slips through.
 */
async function endByPastEvent(core: RunCore, run: ActiveRun, path: string): Promise<void> {
  if (run.waits.get(path)?.status !== 'open') return
  const ended = await core.sql.query(END_BY_PAST_EVENT, [run.lease.runId, path])
  if (ended.length > 0) await reload(core, run, path)
}
const END_BY_PAST_EVENT = statement(
  'end-wait-by-past-event',
  `with first as (
     select e.id from wait_events we
     join waits w on w.run_id = we.run_id and w.path = we.path
     join events e on ${EVENT_FITS} and e.created_at >= w.since
     left join runs r on r.id = we.run_id left join events began on began.id = r.event_id
     where we.run_id = $1 and we.path = $2 and (began.id is null or (e.created_at, e.id) > (began.created_at, began.id))
       and not jsonb_exists(coalesce(w.result, '[]'), e.id::text)
       and not ${endedAnother('w', 'e')}
     order by e.id limit 1
   )
   update waits set status = 'event', event_id = (select id from first)
   where run_id = $1 and path = $2 and status = 'open' and exists (select from first)
   returning path`,
)

async function endByAll(core: RunCore, run: ActiveRun, path: string): Promise<void> {
  await core.sql.query(END_BY_ALL, [run.lease.runId, path])
  await reload(core, run, path)
}
const END_BY_ALL = statement(
  'end-wait-by-all',
  `update waits set status = 'answered' where run_id = $1 and path = $2 and status = 'open'`,
)
