import type { EventTarget, NewEvent } from '../events/append-event.ts'
import { newId, type RunId } from '../ids.ts'
import { acceptInputs } from '../playbooks/accept-inputs.ts'
import { BY_HAND } from '../playbooks/match-playbooks.ts'
import type { PublishedVersion } from '../publishing/playbook-registry.ts'

/** A start that no trigger causes: a person or another playbook wants a run. */
export interface StartRequest {
  readonly inputs: Readonly<Record<string, unknown>>
  /** The lead that the run is about. */
  readonly subjectId: string | null
  /** What `event` holds in the run, beside its type. */
  readonly data: Readonly<Record<string, unknown>>
  /** Who wants it: `graphql:<user>`, `run:<id>`. */
  readonly source: string
  /** The step that wants it, where it is one. */
  readonly parent?: EventTarget['parent']
  /** The same key, within the playbook, starts once. */
  readonly key?: string | undefined
}

/**
 * The event that starts a run of this playbook and of no other, in whichever version is current when it is dispatched; pure.
 * Append it in the transaction of what wants the run, and ring the `events` bell after the commit. `target.runId` is the
 * run that will be. Throws `VALIDATION` for inputs that the playbook does not take.
 */
export function startRequest(
  version: PublishedVersion,
  request: StartRequest,
): NewEvent & { target: { runId: RunId } } {
  const { subjectId, data, source, parent, key } = request
  const { inputs: declared } = version.playbook
  const inputs = acceptInputs(version.slug, declared, request.inputs)
  return {
    type: 'manual.started',
    subjectId,
    data,
    source,
    dedupeKey: key === undefined ? undefined : `start:${version.playbookId}:${key}`,
    target: { playbookId: version.playbookId, trigger: BY_HAND, runId: newId<RunId>(), inputs, parent },
  }
}
