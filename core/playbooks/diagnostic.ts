import type { YamlSpan } from './yaml-tree.ts'

export type Severity = 'error' | 'warning' | 'info'

/** One finding. Only errors stop a publish. Lines and columns count from 1; the end is after the last character. */
export interface Diagnostic {
  readonly code: DiagnosticCode
  readonly severity: Severity
  /** Names the thing, says what was found and what to do. */
  readonly message: string
  /** Where in the document: `steps.2.with.email`; empty for the whole. */
  readonly path: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  /** The file's name, `playbook` without one. */
  readonly source: string
  readonly suggestion?: string | undefined
  /** Where the finding is explained. */
  readonly docs: string
}

/** Every code, with the severity that it has. Codes are for machines and stay; messages may get better. */
export const DIAGNOSTICS = {
  YAML_SYNTAX: 'error',
  TOO_LARGE: 'error',
  DUPLICATE_KEY: 'error',
  DUPLICATE_ID: 'error',
  UNKNOWN_KEY: 'error',
  MISSING_KEY: 'error',
  WRONG_TYPE: 'error',
  WRONG_VALUE: 'error',
  OUT_OF_RANGE: 'error',
  BAD_DURATION: 'error',
  BAD_CRON: 'error',
  BAD_TIMEZONE: 'error',
  BAD_STEP: 'error',
  CONFLICTING_KEYS: 'error',
  UNKNOWN_ACTION: 'error',
  WRONG_VERSION: 'error',
  PLUGIN_DISABLED: 'error',
  UNKNOWN_ACCOUNT: 'error',
  UNKNOWN_PLAYBOOK: 'error',
  UNKNOWN_POLICY: 'error',
  RECURSION: 'error',
  MISSING_INPUT: 'error',
  UNKNOWN_INPUT: 'error',
  WRONG_INPUT: 'error',
  UNKNOWN_STEP: 'error',
  LATER_STEP: 'error',
  SIBLING_BRANCH: 'error',
  INSIDE_LOOP: 'error',
  UNKNOWN_FIELD: 'error',
  UNKNOWN_NAME: 'error',
  EXPRESSION_SYNTAX: 'error',
  EXPRESSION_TYPE: 'error',
  EXPRESSION_LIMIT: 'error',
  SCRIPT_SYNTAX: 'error',
  UNKNOWN_FIXTURE: 'error',
  WRONG_FIXTURE: 'error',
  WRONG_EXPECTATION: 'error',
  TEST_EVENT: 'error',
  TESTS_REQUIRED: 'error',
  TEST_FAILED: 'error',
  COVERAGE_TOO_LOW: 'error',
  UNREACHABLE_STEP: 'warning',
  EFFECT_WITHOUT_ERROR_PATH: 'warning',
  WAIT_WITHOUT_TIMEOUT: 'warning',
  UNKNOWN_EVENT: 'warning',
  UNKNOWN_EVENT_FIELD: 'warning',
  UNKNOWN_ERROR: 'warning',
  NOT_AN_EXPRESSION: 'warning',
  NO_TRIGGER: 'warning',
  NO_EFFECT: 'warning',
} as const satisfies Record<string, Severity>
export type DiagnosticCode = keyof typeof DIAGNOSTICS

/** Where docs/playbooks.md explains a code: `unknown-key`. */
export function anchorOf(code: DiagnosticCode): string {
  return code.toLowerCase().replaceAll('_', '-')
}

export interface Finding {
  readonly code: DiagnosticCode
  readonly message: string
  readonly path: string
  readonly span: YamlSpan
  readonly suggestion?: string | undefined
  /** Where it differs from what the code has by itself. */
  readonly severity?: Severity
}

/** A finding that is about a whole line, of what is not seen in the text alone. */
export function findingAt(finding: Pick<Diagnostic, 'code' | 'message' | 'path' | 'source' | 'line'>): Diagnostic {
  const { code, line } = finding
  const place = { column: 1, endLine: line, endColumn: 1 }
  return { ...finding, ...place, severity: DIAGNOSTICS[code], docs: docsOf(code) }
}

const docsOf = (code: DiagnosticCode) => `docs/playbooks.md#${anchorOf(code)}`

/** Collects findings while a playbook is read, and knows lines and columns. */
export class Findings {
  readonly text: string
  readonly #lineStarts: readonly number[]
  readonly #source: string
  readonly #diagnostics: Diagnostic[] = []
  #errors = 0

  constructor(text: string, source = 'playbook') {
    this.text = text
    this.#lineStarts = [0, ...Array.from(text.matchAll(/\n/g), match => match.index + 1)]
    this.#source = source
  }

  get hasErrors(): boolean {
    return this.#errors > 0
  }

  add(finding: Finding): void {
    const severity = finding.severity ?? DIAGNOSTICS[finding.code]
    if (severity === 'error') this.#errors++
    const start = this.position(finding.span.start)
    const end = this.position(Math.max(finding.span.end, finding.span.start))
    this.#diagnostics.push({
      code: finding.code,
      severity,
      message: finding.message,
      path: finding.path,
      line: start.line,
      column: start.column,
      endLine: end.line,
      endColumn: end.column,
      source: this.#source,
      ...(finding.suggestion === undefined ? {} : { suggestion: finding.suggestion }),
      docs: docsOf(finding.code),
    })
  }

  /** Line and column, from 1. */
  position(offset: number): { line: number; column: number } {
    let [low, high] = [0, this.#lineStarts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#lineStarts[middle]! <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: Math.max(0, offset - this.#lineStarts[low]!) + 1 }
  }

  sorted(): Diagnostic[] {
    return this.#diagnostics.sort(
      (a, b) =>
        a.line - b.line ||
        a.column - b.column ||
        a.endLine - b.endLine ||
        a.endColumn - b.endColumn ||
        a.code.localeCompare(b.code),
    )
  }
}
