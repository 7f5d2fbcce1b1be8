import type { Admission } from './admission.ts'
import type { JsonSchema } from './catalog.ts'
import type { Inputs } from './inputs.ts'
import type { TimeOfDay, Weekday } from './local-time.ts'
import type { SendWindow } from './send-window.ts'
import type { Timing } from './schedule-times.ts'
import type { PlaybookTest } from './tests/playbook-test.ts'
import type { Expression, Template, TimeTemplate } from './expressions/expression.ts'

/** A playbook as the engine walks it: checked, every expression compiled. Made by `compilePlaybook` alone. */
export interface Playbook {
  readonly id: string
  readonly name: string
  readonly description?: string | undefined
  readonly module: ModuleKey
  readonly inputs: Inputs
  readonly triggers: readonly Trigger[]
  readonly enrollment?: Enrollment | undefined
  readonly admission: Admission
  readonly sendWindow?: SendWindow | undefined
  readonly steps: readonly Step[]
  /** Runs at the end, however the run ended. */
  readonly finally: readonly Step[]
  readonly outputs: Template
  /** What its runs answer, as far as that is known. */
  readonly output: JsonSchema | undefined
  readonly labels: Readonly<Record<string, string>>
  /** Every `id` among the steps: before a step is reached, its place in `scope.steps` is `UNREACHED`. */
  readonly stepIds: readonly string[]
  /** Those that stand in the file itself. */
  readonly tests: readonly PlaybookTest[]
  /** SHA-256 (hexadecimal) of the content; comments, quotes and indentation do not change it. */
  readonly hash: string
}

export const MODULE_KEYS = [
  'diagnostico',
  'posicionamento',
  'oferta',
  'aquisicao',
  'pre_vendas',
  'vendas',
  'onboarding',
  'gestao',
] as const
export type ModuleKey = (typeof MODULE_KEYS)[number]

export type Trigger = TriggerBase & TriggerCause

export interface TriggerBase {
  /** Names the trigger through all versions of the playbook: what did not change keeps its key. */
  readonly key: string
  /** Sees `event` only. */
  readonly if?: Expression | undefined
  /** An object: what the run is given at its start; sees `event` only. */
  readonly inputs: Template
}

export type TriggerCause =
  | {
      readonly kind: 'event'
      readonly event: string
      /** Of the plugin that tells of it; its default one without it. */
      readonly account?: string | undefined
    }
  | { readonly kind: 'schedule'; readonly timing: Timing; readonly missed: Missed; readonly overlap: Overlap }
  | {
      readonly kind: 'webhook'
      /** Unique in the playbook; the address belongs to it. */
      readonly id: string
      /** What is the same for two posts of one thing. */
      readonly dedupe?: Expression | undefined
      /** How long a post is answered with the output of its run. */
      readonly waitMs?: number | undefined
      readonly signed: boolean
    }
  | { readonly kind: 'manual' }
export type TriggerKindName = TriggerCause['kind']
export type TriggerOf<Kind extends TriggerKindName> = TriggerBase & Extract<TriggerCause, { kind: Kind }>

/** Which ticks of a downtime are made up for. */
export const MISSED = ['all', 'last', 'none'] as const
export type Missed = (typeof MISSED)[number]
/** What a tick does while the run of the one before is not over. */
export const OVERLAP = ['allow', 'skip', 'queue'] as const
export type Overlap = (typeof OVERLAP)[number]

export interface Enrollment {
  /** Whom the run is about, as text; sees `event` and `inputs`. */
  readonly subject: Expression
  /** May the same subject start again after its run has ended? */
  readonly reenter: boolean
  /** Asked before every effect and after every wait; sees what a step sees. */
  readonly exitWhen?: Expression | undefined
  readonly goal?: Goal | undefined
}

/** An event about the subject that completes the run. Its data must hold every key of `correlate` with the same value. */
export interface Goal {
  readonly event: string
  /** An object; evaluated when the run begins, sees `event` and `inputs`. */
  readonly correlate: Template
  /** Must be true; here `event` is the event that arrived. */
  readonly if?: Expression | undefined
}

export type Step = StepBase & StepAction

export interface StepBase {
  /**
   * Unique in the playbook: ids and positions from the top, `cadence.ask.1`, `gate.then.0`, `each[].send` inside a loop,
   * `finally.0`. In a run each iteration has paths of its own: `each[3].send`. Never holds a slash.
   */
  readonly path: string
  readonly id?: string | undefined
  /** For people: `name`, else the id, else what the step does. */
  readonly title: string
  /** False: the step is skipped. For `kind: 'if'` it chooses between `then` and `else`. Evaluates to a boolean or throws. */
  readonly if?: Expression | undefined
  readonly onError: 'fail' | 'continue'
  readonly retry?: Retry | undefined
  readonly timeoutMs?: number | undefined
  /** Where it stands in the file, from 1. */
  readonly line: number
}

export type StepAction =
  | {
      readonly kind: 'uses'
      /** As written, with its version range. */
      readonly uses: string
      /** Of the plugin's accounts; its default one without it. */
      readonly account?: string | undefined
      readonly with: Template
      /** Sends at any hour, whatever the playbook's window says. */
      readonly ignoresSendWindow?: true | undefined
    }
  | {
      readonly kind: 'run'
      /** The body of a function of `input`. */
      readonly script: string
      /** For each line of it, the line in the file. */
      readonly lines: readonly number[]
      readonly with: Template
    }
  | ({ readonly kind: 'playbook' } & Starting)
  | { readonly kind: 'set'; /** an object: merged into `vars` */ readonly values: Template }
  | { readonly kind: 'if'; readonly then: readonly Step[]; readonly else: readonly Step[] }
  | { readonly kind: 'parallel'; readonly mode: ParallelMode; readonly branches: readonly Branch[] }
  | ({ readonly kind: 'wait' } & WaitTime)
  | {
      readonly kind: 'waitFor'
      /** `any`: the first of the events ends it; `all`: it ends when each has come. */
      readonly mode: 'any' | 'all'
      readonly events: readonly Awaited[]
      readonly timeout?: TimeTemplate | undefined
    }
  | {
      readonly kind: 'emit'
      readonly event: string
      readonly data: Template
      readonly subject?: Expression | undefined
    }
  | { readonly kind: 'return'; readonly value: Template }
  | {
      readonly kind: 'switch'
      readonly value: Expression
      /** In the order of the file; the first whose `is` is the text of the value is taken. */
      readonly cases: readonly Case[]
      readonly default: readonly Step[]
    }
  | ({ readonly kind: 'forEach'; readonly in: Expression } & Each)
  | {
      readonly kind: 'while'
      /** Asked before every iteration. */
      readonly condition: Expression
      /** Iterations; one more that is wanted is an error. */
      readonly max: number
      readonly do: readonly Step[]
    }
  | {
      readonly kind: 'try'
      readonly try: readonly Step[]
      /** Codes that are caught; every code where there are none. */
      readonly errors: readonly string[]
      /** Sees the error as `vars.<as>`. */
      readonly when?: Expression | undefined
      readonly as: string
      readonly catch: readonly Step[]
    }
  | ({ readonly kind: 'approval' } & Asking)
  | ({ readonly kind: 'decide' } & Deciding)
  | { readonly kind: 'raise'; readonly code: string; readonly message: Template; readonly retryable: boolean }

export type WaitTime =
  | { readonly for: TimeTemplate }
  | {
      /** A time of day is the next one by the clock of the zone, on one of the days. */
      readonly until: TimeTemplate<Date | TimeOfDay>
      readonly days: readonly Weekday[]
      /** An IANA name, or `subject`: the lead's, else the workspace's. */
      readonly timeZone: string
    }

export interface Each {
  /** Names the item, `vars.<as>`, and its position from 0, `vars.<index>`. */
  readonly as: string
  readonly index?: string | undefined
  /** Iterations at once. */
  readonly limit: number
  /** `all` fails with the first failure, `settled` waits for every outcome. */
  readonly mode: 'all' | 'settled'
  readonly do: readonly Step[]
}

/** Another playbook is started. */
export interface Starting {
  /** As written: `playbook/nurture`. */
  readonly uses: string
  /** Its id. */
  readonly playbook: string
  /** An object: the inputs of its run. */
  readonly with: Template
  /** Whom its run is about, as text; the subject of this run without it. */
  readonly subject?: Expression | undefined
  /** Does the step wait for the end of the run? */
  readonly awaits: boolean
}

/** People are asked. */
export interface Asking {
  /** Text: what they decide on. */
  readonly asks: Template
  /** Text: what they should know. */
  readonly message?: Template | undefined
  /** E-mail addresses and roles, `role:ADMIN`; one or a list. */
  readonly of: Template
  /** Approvals that it takes. */
  readonly required: number
  /** What whoever approves fills in. */
  readonly form: Inputs
  readonly timeout?: TimeTemplate | undefined
  readonly onTimeout: 'approve' | 'reject' | 'fail'
  /** May whoever started the run by hand decide? */
  readonly selfApproval: boolean
  /** The first rejection decides. */
  readonly veto: boolean
}

/** A decision is taken by a policy. */
export interface Deciding {
  /** Its id. */
  readonly policy: string
  /** An object: the inputs of the policy. */
  readonly with: Template
  /** How long a person is waited for. */
  readonly withinMs: number | undefined
  readonly onTimeout: 'recommended' | 'fail'
}

export interface Case {
  readonly is: string
  /** Its part of the path: `case0`. */
  readonly branch: string
  readonly steps: readonly Step[]
}

export type StepKindName = StepAction['kind']
export type StepOf<Kind extends StepKindName> = Extract<StepAction, { kind: Kind }>
export type ParallelMode = 'all' | 'race' | 'settled'
export interface Branch {
  readonly name: string
  readonly steps: readonly Step[]
}

/** An event that ends a `waitFor`: its data must hold every key of `correlate` with the same value, and `if` must be true. */
export interface Awaited {
  readonly event: string
  /** Of the plugin that tells of it; its default one without it. */
  readonly account?: string | undefined
  readonly correlate: Template
  /** Here `event` is the event that arrived. */
  readonly if?: Expression | undefined
}

export interface Retry {
  /** Counts the first. */
  readonly maxAttempts: number
  readonly backoff: 'exponential' | 'linear' | 'constant'
  readonly delayMs: number
  readonly factor: number
  readonly maxDelayMs: number
  /** 0–1: the delay is moved by up to this share, up or down. */
  readonly jitter: number
  /** From the start of the first attempt to the start of the last. */
  readonly maxDurationMs?: number | undefined
}

/** The path in the playbook of a path in a run: `each[3].send` is `each[].send`. */
export function staticPath(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '[]')
}

/** In a run: a step itself, what waits for it, and the steps inside. */
export function isWithin(path: string, outer: string): boolean {
  return path === outer || ['.', '[', '!'].some(mark => path.startsWith(outer + mark))
}
