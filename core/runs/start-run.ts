import { errorRecord, TraeError } from '../errors.ts'
import type { EventAccount, EventTarget } from '../events/append-event.ts'
import {
  type EventId,
  isId,
  newId,
  type PlaybookId,
  type PlaybookVersionId,
  type RunId,
  type WorkspaceId,
} from '../ids.ts'
import { acceptInputs } from '../playbooks/accept-inputs.ts'
import { type Concurrency, keyOf, type RateLimit, type Sla } from '../playbooks/admission.ts'
import { eventScope } from '../playbooks/match-playbooks.ts'
import type { Trigger } from '../playbooks/playbook.ts'
import type { Scope } from '../playbooks/expressions/expression.ts'
import type { PublishedVersion } from '../publishing/playbook-registry.ts'

/** A run that is about to be stored. */
export interface NewRun extends Terms {
  readonly id: RunId
  readonly workspaceId: WorkspaceId
  readonly playbookId: PlaybookId
  readonly versionId: PlaybookVersionId
  readonly eventId: EventId
  /** Null where the playbook takes none, or the run cannot start. */
  readonly inputs: Readonly<Record<string, unknown>> | null
  readonly parent: NonNullable<EventTarget['parent']> | null
  /** The run cannot start: it is stored as failed, so that nobody wonders where the event went. */
  readonly error: ReturnType<typeof errorRecord> | null
}

/** On what terms it is let in: what its playbook says of admission, with every key evaluated. */
interface Terms {
  readonly subjectId: string | null
  /** `once`: not while the subject is under way; `ever`: nor after it was. */
  readonly enrollment: 'once' | 'ever' | null
  readonly idempotencyKey: string | null
  readonly concurrency: (Omit<Concurrency, 'key'> & { readonly key: string }) | null
  readonly rateLimit: (Omit<RateLimit, 'key'> & { readonly key: string }) | null
  readonly sla: Sla | null
  readonly debounce: { readonly key: string; readonly quietMs: number; readonly maxMs: number | null } | null
}

/** What starts a run: the event as it is stored. */
export interface StartingEvent {
  readonly id: EventId
  readonly workspaceId: WorkspaceId
  readonly type: string
  readonly subjectId: string | null
  readonly data: Record<string, unknown>
  readonly target: EventTarget | null
  readonly account?: EventAccount | undefined
}

/** The run that an event starts of a published version, through `trigger` where it was one; pure. */
export function startRun(version: PublishedVersion, trigger: Trigger | undefined, event: StartingEvent): NewRun {
  const run = {
    id: event.target?.runId ?? newId<RunId>(),
    workspaceId: event.workspaceId,
    playbookId: version.playbookId,
    versionId: version.id,
    eventId: event.id,
    parent: event.target?.parent ?? null,
    error: null,
  }
  try {
    const inputs = inputsOf(version, trigger, event)
    return { ...run, inputs, ...termsOf(version, event, { event: eventScope(event), inputs: inputs ?? {} }) }
  } catch (cause) {
    return { ...run, ...NO_TERMS, subjectId: event.subjectId, error: errorRecord(cause) }
  }
}

const NO_TERMS = {
  inputs: null,
  enrollment: null,
  idempotencyKey: null,
  concurrency: null,
  rateLimit: null,
  debounce: null,
  sla: null,
}

function inputsOf(version: PublishedVersion, trigger: Trigger | undefined, event: StartingEvent): NewRun['inputs'] {
  const { inputs } = version.playbook
  const given = event.target?.inputs ?? trigger?.inputs.evaluate({ event: eventScope(event) }) ?? {}
  if (inputs.declared.length === 0 && Object.keys(given).length === 0) return null
  return acceptInputs(version.slug, inputs, given)
}

function termsOf({ playbook }: PublishedVersion, event: StartingEvent, scope: Scope): Terms {
  const { enrollment, admission } = playbook
  const { concurrency, rateLimit, debounce, idempotencyKey, sla } = admission
  return {
    subjectId: enrollment ? subjectOf(enrollment.subject.evaluate(scope)) : event.subjectId,
    enrollment: enrollment ? (enrollment.reenter ? 'once' : 'ever') : null,
    idempotencyKey: idempotencyKey ? keyOf(idempotencyKey, 'idempotencyKey', scope) : null,
    concurrency: concurrency ? { ...concurrency, key: keyOf(concurrency.key, 'concurrency.key', scope) } : null,
    rateLimit: rateLimit ? { ...rateLimit, key: keyOf(rateLimit.key, 'rateLimit.key', scope) } : null,
    sla: sla ?? null,
    // whoever starts a run by a step has been told its id
    debounce:
      debounce && !event.target?.parent
        ? { key: keyOf(debounce.key, 'debounce.key', scope), quietMs: debounce.quietMs, maxMs: debounce.maxMs ?? null }
        : null,
  }
}

function subjectOf(value: unknown): string {
  if (isId(value)) return value
  throw new TraeError(
    'EXPRESSION',
    `enrollment.subject: expected the id of a lead, found ${JSON.stringify(value)?.slice(0, 80) ?? 'nothing'}.`,
  )
}
