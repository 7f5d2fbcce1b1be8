/**
 * Why a run or a step stands where it stands: every state in which somebody could wonder has a code, and with it the one
 * thing that a person would do about it.
 */
export const REASONS = {
  QUEUED: {
    about: 'It is due, and no worker has taken it yet.',
    next: 'Wait a moment. If it stays, start another process, or see on the page Brain whether the workers are well.',
  },
  BRAIN_STOPPED: {
    about: 'It is due, and the engine is stopped.',
    next: 'Start the brain; until then nothing is executed.',
  },
  CONCURRENCY: {
    about: 'As many runs of its playbook execute as `concurrency` allows.',
    next: 'Raise `concurrency.limit` in the playbook if that is too few at once; a run that waits begins when a place is free.',
  },
  RATE_LIMIT: {
    about: '`rateLimit` of its playbook gives it a later turn, or none.',
    next: 'Raise `rateLimit` in the playbook if that is too slow; a run that waits begins at its turn.',
  },
  DEBOUNCE: {
    about: '`debounce` of its playbook waits for more events of the same kind.',
    next: 'Wait: it begins when no more events have come for as long as `debounce` says.',
  },
  SEND_WINDOW: {
    about: 'The `sendWindow` of its playbook is closed.',
    next: 'Wait: it is sent when the window opens. Change `sendWindow` in the playbook if the hours are wrong.',
  },
  PLUGIN_DISABLED: {
    about: 'A plugin that it needs is disabled, or was removed.',
    next: 'Enable the plugin on the page Plugins, or install it again; the run goes on by itself.',
  },
  BUSY: {
    about: 'Its call was not taken: too many calls wait, or too many of the same plugin had to be ended by force.',
    next: 'Wait: the call is made again by itself. Where calls had to be ended by force, read the errors of earlier steps, and update or disable the plugin.',
  },
  TIME: { about: 'It waits for a time.', next: 'Wait for the time, or cancel the run if it is needed no longer.' },
  EVENT: {
    about: 'It waits for an event.',
    next: 'Wait for the event, or see to it that it happens: a reply in the mailbox, a webhook, the API.',
  },
  APPROVAL: {
    about: 'It waits for people to decide.',
    next: 'Decide on the page Approvals, or remind the people who are asked.',
  },
  DECISION: {
    about: 'It waits for a person: its decision policy was not sure enough.',
    next: 'Decide on the page Decisions.',
  },
  RUN: {
    about: 'It waits for a run that it started.',
    next: 'Open the run that it started and see why that one stands.',
  },
  RETRY: {
    about: 'A step failed and is tried again later.',
    next: 'Read the error of the step. The next attempt comes by itself; mend the cause before it does.',
  },
  STOPPING: {
    about: 'It was asked to stop, and what is under way is waited for.',
    next: 'Wait: it stops when what is being sent has an answer and its `finally` has run.',
  },
  UNKNOWN_EFFECT: {
    about: 'Nobody knows whether an effect arrived.',
    next: 'Look at the far side whether it arrived, then decide the effect: sent, not sent, or failed.',
  },
  QUARANTINE: {
    about: 'Its worker died under it again and again.',
    next: 'Look at the step after the last one that is done, mend the cause, then release the run.',
  },
  CANCELLED: { about: 'Somebody stopped it.', next: 'Restart it if it should go on after all.' },
  RESTARTED: {
    about: 'Another run took its place when a version was published.',
    next: 'Look at the run that took its place.',
  },
  EXIT: {
    about: '`exitWhen` of its playbook came true.',
    next: 'Nothing, if that is right; else correct `enrollment.exitWhen` in the playbook.',
  },
  GOAL: { about: 'The goal of its playbook was reached.', next: 'Nothing: it has come to what it was for.' },
  SUPPRESSED: {
    about: 'The lead has unsubscribed, and nothing more is sent to it.',
    next: 'Nothing: the lead has asked not to be written to.',
  },
} as const satisfies Readonly<Record<string, { readonly about: string; readonly next: string }>>

export type ReasonCode = keyof typeof REASONS
export const REASON_CODES = Object.keys(REASONS) as ReasonCode[]

/** A run's place under `concurrency`. */
export interface ConcurrencyPlace {
  /** Empty where all runs of the playbook share the places. */
  readonly key: string
  /** Runs that execute under the key. */
  readonly executing: number
  readonly limit: number
  /** Of this run in the queue, from 1; counted up to 1000. */
  readonly position: number
}

export interface Reason {
  readonly code: ReasonCode
  readonly message: string
  /** ISO 8601: when it moves on by itself. */
  readonly until?: string | null
  readonly concurrency?: ConcurrencyPlace
}
