import type { RecordName } from '../record-schemas.ts'

/** A test of a playbook as it is executed: checked, times in milliseconds from its start. Made by `compileTests` alone. */
export interface PlaybookTest {
  readonly name: string
  /** In the file that holds it, from 1. */
  readonly line: number
  /** When it begins. */
  readonly now: Date
  /** What starts the run. */
  readonly start: TestStart
  /** How long it goes on. Without it: until nothing more happens. */
  readonly untilMs?: number | undefined
  /** What is on record before that. */
  readonly records: TestRecords
  readonly fixtures: readonly Fixture[]
  readonly approvals: readonly ApprovalAnswers[]
  readonly later: readonly LaterEvent[]
  readonly expect: readonly Expectation[]
}

export interface TestEvent {
  readonly type: string
  /** Of the plugin that heard of it. */
  readonly account?: string | undefined
  /** What the test says of its data; the rest is filled in. */
  readonly data: Readonly<Record<string, unknown>>
}

/** What begins a run. `trigger` is the key of a trigger. */
export type TestStart = ComingStart | { readonly kind: 'schedule'; readonly trigger: string | undefined }
export type ComingStart =
  | { readonly kind: 'event'; readonly event: TestEvent }
  /** A post to a webhook of the playbook. */
  | { readonly kind: 'webhook'; readonly trigger: string; readonly data: TestEvent['data'] }
  /** A person, or another playbook. */
  | {
      readonly kind: 'hand'
      readonly inputs: Readonly<Record<string, unknown>>
      /** Who of the team starts it, `role:ADMIN`; undefined: somebody else. */
      readonly by?: string | undefined
    }

/** Fields of the lead's record, and of their deal and what they are as a customer. */
export type TestRecords = Readonly<Partial<Record<RecordName, Readonly<Record<string, unknown>>>>>

/** Something that comes, or a change on record by somebody else. */
export type LaterEvent = { readonly atMs: number } & (
  { readonly start: ComingStart } | { readonly records: TestRecords }
)

/** What calls answer in this test. */
export interface Fixture {
  /** As written: the id or the path of a step, or an action, also of one account. */
  readonly key: string
  /** Calls with another account are not its. */
  readonly account?: string | undefined
  /** Static paths of the steps it is for. */
  readonly paths: readonly string[]
  /** How exactly it names them: a path is more than an id, that more than an action of one account, and that more than an action. */
  readonly rank: number
  /** A list: one for each call. */
  readonly outcomes: readonly FixtureOutcome[]
  readonly repeats: boolean
  readonly line: number
}

export type FixtureOutcome = {
  /** Of a decision: how long the person takes who is asked; undefined where nobody is. */
  readonly afterMs?: number | undefined
} &
  /** What was written of it; the rest is made up to fit the action. Undefined for `done`. */
  (
    | { readonly output: unknown }
    | { readonly error: { readonly code: string; readonly message: string; readonly retryable?: boolean | undefined } }
  )

/** What people decide on an approval in this test. */
export interface ApprovalAnswers {
  /** As written: the id or the path of a step. */
  readonly key: string
  /** Of one iteration (`each[1].ask`), or of the step in the playbook. */
  readonly path: string
  /** A list: one for each time that it is asked. */
  readonly answers: readonly ApprovalAnswer[]
  readonly repeats: boolean
  readonly line: number
}

export const DECISIONS = ['approve', 'reject', 'timeout'] as const

export interface ApprovalAnswer {
  /** `timeout`: nobody decides. */
  readonly decision: (typeof DECISIONS)[number]
  /** From when it was asked. */
  readonly afterMs: number
  /** An e-mail address or a role; undefined: as many of those who are asked as it takes. */
  readonly by?: string | undefined
  readonly comment?: string | undefined
  readonly form: Readonly<Record<string, unknown>>
}

export const RUN_EXPECTATIONS = ['completed', 'failed', 'waiting', 'cancelled', 'quarantined', 'none'] as const
export const STEP_STATUSES = [
  'pending',
  'running',
  'waiting',
  'retrying',
  'completed',
  'failed',
  'skipped',
  'cancelled',
] as const

export const APPROVAL_STATUSES = ['open', 'approved', 'rejected', 'timedOut', 'withdrawn'] as const

/** Without `account` with whichever. */
export interface ExpectedEffect {
  readonly action: string
  readonly account?: string | undefined
  readonly input?: unknown
}

/** `line` is where it stands; values that are expected are part of what is found. */
export type Expectation = { readonly line: number } & (
  | {
      readonly kind: 'run'
      readonly status: (typeof RUN_EXPECTATIONS)[number]
      readonly output?: unknown
      readonly error?: string | undefined
    }
  /** In order; all that were carried out and no other. */
  | { readonly kind: 'effects'; readonly effects: readonly ExpectedEffect[] }
  | {
      readonly kind: 'step'
      readonly path: string
      readonly atMs?: number | undefined
      readonly status?: (typeof STEP_STATUSES)[number] | undefined
      readonly output?: unknown
      readonly attempts?: number | undefined
      readonly error?: string | undefined
    }
  | { readonly kind: 'emitted'; readonly type: string; readonly data?: unknown }
  | {
      readonly kind: 'approval'
      readonly path: string
      readonly atMs?: number | undefined
      readonly title?: string | undefined
      readonly message?: string | undefined
      /** E-mail addresses and roles, in any order. */
      readonly of?: readonly string[] | undefined
      readonly status?: (typeof APPROVAL_STATUSES)[number] | undefined
      readonly times?: number | undefined
    }
  | { readonly kind: 'runs'; readonly count: number }
)
