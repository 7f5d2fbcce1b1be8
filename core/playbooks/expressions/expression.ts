/** One compiled CEL expression. */
export interface Expression {
  readonly source: string
  /** The names of the scope that it reads: `lead`, `steps`. */
  readonly roots: ReadonlySet<string>
  /** Plain JSON values out (numbers, never BigInt; times as ISO 8601). Throws `EXPRESSION` with line and column in `details`. */
  evaluate(scope: Scope): unknown
}

/** A whole YAML value with `${{ }}` inside, compiled once. Evaluating makes a new value each time. */
export interface Template {
  readonly roots: ReadonlySet<string>
  evaluate(scope: Scope): unknown
}

/** A time to wait: a number is milliseconds from now, a `Date` is a moment. Throws `EXPRESSION` for anything else. */
export interface TimeTemplate<Time = number | Date> {
  readonly roots: ReadonlySet<string>
  evaluate(scope: Scope): Time
}

/** What expressions see; plain JSON (no class instances). A root that is missing is an error where it is read. */
export interface Scope {
  /** Data of the event with its `type`; `eventScope` makes it. */
  readonly event?: unknown
  readonly inputs?: unknown
  readonly vars?: Readonly<Record<string, unknown>>
  readonly steps?: Readonly<Record<string, StepScope>>
  readonly run?: unknown
  readonly lead?: unknown
  readonly subject?: unknown
}

export interface StepScope {
  readonly output: unknown
  readonly error: unknown
  readonly status: string
}

/** What `steps.<id>` is while the step has no outcome, or stands in a branch that was not taken. */
export const UNREACHED: StepScope = Object.freeze({ output: null, error: null, status: 'pending' })
