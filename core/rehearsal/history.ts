import type { DecisionAnswer } from '../decisions/decision.ts'
import type { PastPolicy } from '../decisions/past-policy.ts'
import type { TestRecords } from '../playbooks/tests/playbook-test.ts'

/** What really happened, as a simulation is given it: plain JSON, times as ISO 8601. */
export interface History {
  readonly since: string
  readonly until: string
  /** Those that the draft begins with or waits for, in order. */
  readonly events: readonly PastEvent[]
  /** Events that were too many. */
  readonly eventsLeftOut: number
  /** Leads as they were at the start of the time, as far as that can be told: fields of the record, `id` among them. */
  readonly leads: readonly Readonly<Record<string, unknown>>[]
  /** What changed on record, deals and customers of today at the moment at which they began among it. */
  readonly changes: readonly {
    readonly at: string
    readonly leadId: string
    readonly records: TestRecords
  }[]
  /** What calls of this playbook answered, in order. */
  readonly outcomes: readonly PastCall[]
  /** What this playbook sent and wrote, in order. */
  readonly effects: readonly PastEffect[]
  /** The policies that the draft decides by. */
  readonly policies: readonly PastPolicy[]
  /** What this playbook decided, in order. */
  readonly decisions: readonly PastChoice[]
}

export interface PastEvent {
  readonly type: string
  readonly subjectId: string | null
  readonly data: Readonly<Record<string, unknown>>
  readonly at: string
  /** Of the plugin that heard of it. */
  readonly account?: { readonly name: string; readonly isDefault: boolean }
  /** It names a run of this playbook (`runId`): of a message that this sent, say. */
  readonly ofOwnRun?: boolean
}

export interface PastCall {
  readonly leadId: string | null
  readonly path: string
  /** As the playbook wrote it, without the range of versions. */
  readonly action: string
  readonly output: unknown
}

export interface PastEffect {
  readonly leadId: string | null
  readonly path: string
  readonly action: string
  /** Of the plugin that did it; null where that uses none. */
  readonly account: string | null
  readonly at: string
}

/** A decision that was taken. */
export interface PastChoice {
  readonly id: string
  readonly leadId: string | null
  readonly path: string
  readonly policy: string
  /** The key of an option. */
  readonly choice: string
  readonly by: DecisionAnswer['by']
  readonly at: string
}

/** What would have been, beside what was. */
export interface SimulationReport {
  readonly playbook: string
  readonly since: string
  readonly until: string
  readonly events: number
  readonly eventsLeftOut: number
  /** Status → runs of the draft. */
  readonly runs: Readonly<Record<string, number>>
  readonly counts: Readonly<Record<Difference, number>>
  /** Those that differ before those that do not; at most `MAX_LISTED`. */
  readonly effects: readonly SimulatedEffect[]
  readonly effectsLeftOut: number
  readonly decisionCounts: Readonly<Record<DecisionDifference, number>>
  /** Those that differ before those that do not; at most `MAX_LISTED`. */
  readonly decisions: readonly SimulatedDecision[]
  readonly decisionsLeftOut: number
  /** What the answer rests on, in sentences. */
  readonly assumptions: readonly string[]
}

/** `same`: within a minute of when it was; `added`: it was not; `missing`: it was, and would not have been. */
export const DIFFERENCES = ['added', 'missing', 'moved', 'same'] as const
export type Difference = (typeof DIFFERENCES)[number]

export interface SimulatedEffect {
  readonly difference: Difference
  readonly action: string
  /** The account that it goes out from; null where the plugin uses none. From another one it is another effect. */
  readonly account: string | null
  readonly path: string
  readonly leadId: string | null
  /** Name and address of the lead, as they are on record. */
  readonly lead: string | null
  /** When it would have been; null where it would not. */
  readonly at: string | null
  /** When it was; null where it was not. */
  readonly was: string | null
}

/** `changed`: something else was decided; `added`: nothing was decided; `missing`: it was, and would not have been. */
export const DECISION_DIFFERENCES = ['changed', 'added', 'missing', 'same'] as const
export type DecisionDifference = (typeof DECISION_DIFFERENCES)[number]

export interface SimulatedDecision {
  readonly difference: DecisionDifference
  readonly policy: string
  readonly path: string
  readonly leadId: string | null
  /** Name and address of the lead, as they are on record. */
  readonly lead: string | null
  /** The key of the option that it would have been; null where nothing would have been decided. */
  readonly choice: string | null
  /** 0 to 100. */
  readonly confidence: number | null
  /** A person would have been asked: the choice is what would have been recommended to them. */
  readonly asksPerson: boolean
  readonly at: string | null
  /** What it was; null where nothing was decided. */
  readonly was: string | null
  readonly wasBy: PastChoice['by'] | null
  readonly wasAt: string | null
}

/** The most that one simulation takes and tells. */
export const MAX_EVENTS = 5000
export const MAX_LISTED = 1000
