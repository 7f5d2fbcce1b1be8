import { hears, type MatchableEvent } from './match-playbooks.ts'
import type { Playbook } from './playbook.ts'
import { stepsOf } from './step-branches.ts'

/** An event that a playbook starts with or waits for. */
export interface EventHeard {
  readonly event: string
  /** That it names; without it the default one of the event's plugin. */
  readonly account?: string | undefined
  /** Of a goal, which hears every account. */
  readonly anyAccount?: true
}

/** What a playbook starts with, what its steps wait for, and its goal. */
export function eventsHeard(playbook: Playbook): EventHeard[] {
  const goal = playbook.enrollment?.goal
  return [
    ...playbook.triggers.flatMap(trigger => (trigger.kind === 'event' ? [trigger] : [])),
    ...stepsOf(playbook).flatMap(step => (step.kind === 'waitFor' ? step.events : [])),
    ...(goal ? [{ event: goal.event, anyAccount: true } as const] : []),
  ]
}

/** Does one of them hear an event of this account? */
export const isHeard = (
  heard: readonly EventHeard[],
  event: Required<Pick<MatchableEvent, 'type'>> & Pick<MatchableEvent, 'account'>,
): boolean => heard.some(one => (one.anyAccount ? one.event === event.type : hears(one, event)))
