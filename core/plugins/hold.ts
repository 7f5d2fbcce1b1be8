import type { HoldCall } from './call-action.ts'

/** A playbook that a step wants to start. */
export interface HeldStart {
  readonly runId: string
  readonly path: string
  /** Its id. */
  readonly playbook: string
  /** Does the step wait for the end of the run? */
  readonly awaits: boolean
  readonly input: unknown
}

/** A decision that a step wants. */
export interface HeldDecision {
  readonly runId: string
  readonly path: string
  /** The policy's id. */
  readonly policy: string
  /** Whom the run is about. */
  readonly subjectId: string | null
  readonly input: unknown
}

/** What is decided, or how many milliseconds a person takes: then it is asked what they decided. */
export type HeldChoice = { readonly output: unknown } | { readonly takesMs: number }

/** What a rehearsal answers in the place of plugins and of other playbooks. */
export interface Hold {
  readonly call: HoldCall
  /** Asked before a playbook is started: answers in the stead of its run. What it throws is the step's error. */
  readonly start: (start: HeldStart) => Promise<{ readonly output: unknown }>
  /** Asked before a decision is taken. */
  readonly decide: (decision: HeldDecision) => Promise<HeldChoice>
  /** What they decided, when the milliseconds of `takesMs` are over; not there where nobody takes time. */
  readonly decided?: (decision: Pick<HeldDecision, 'runId' | 'path'>) => Promise<{ readonly output: unknown }>
}
