import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Diagnostic, type DiagnosticCode, findingAt } from '../playbooks/diagnostic.ts'
import { readTestRequirement } from './test-requirement.ts'

/** A text with the tests that stand beside it. */
export interface TestedText {
  /** As findings call it. */
  readonly file: string
  readonly source: string
  readonly beside?: { readonly file: string; readonly source: string } | undefined
}

/** What came of the tests of a text. */
export interface TestOutcome {
  readonly tests: readonly {
    readonly name: string
    readonly file: string
    readonly line: number
    readonly failures: readonly { readonly line: number; readonly message: string }[]
  }[]
  readonly coverage: number
  /** Branches that no test takes. */
  readonly missed: readonly { readonly line: number; readonly title: string; readonly branch: string }[]
}

/** Runs the tests of a text with the plugins of a workspace, where nothing can be sent or written. */
export type RunTests = (workspaceId: WorkspaceId, text: TestedText) => Promise<TestOutcome>

const MOST_LINES = 20

/**
 * Holds a text against what its workspace asks of tests; does nothing where it asks for none. Throws `PLAYBOOK` that says
 * what is missing or failed, with findings (`TESTS_REQUIRED`, `TEST_FAILED`, `COVERAGE_TOO_LOW`) in `details.diagnostics`.
 */
export async function demandTests(
  core: Pick<Core, 'sql' | 'runTests'>,
  workspaceId: WorkspaceId,
  text: TestedText,
  tested: { readonly slug: string; readonly count: number; readonly diagnostics: readonly Diagnostic[] },
): Promise<void> {
  if (!core.runTests) return // a rehearsal
  const requirement = await readTestRequirement(core, workspaceId)
  if (!requirement) return
  const { slug, count, diagnostics } = tested
  const found =
    count === 0 ? [noTests(text)] : judge(text, await core.runTests(workspaceId, text), requirement.coverage)
  if (found.length === 0) return
  const wanted = requirement.coverage > 0 ? `, and that they take ${requirement.coverage} % of its branches` : ''
  const lines = found.map(({ source, line, message }) => `${source}:${line}: ${message}`)
  const rest = lines.length > MOST_LINES ? [`… and ${lines.length - MOST_LINES} more.`] : []
  throw new TraeError(
    'PLAYBOOK',
    [
      `${slug} is not published: this workspace asks that a playbook has tests and passes them${wanted}.`,
      ...lines.slice(0, MOST_LINES),
      ...rest,
    ].join('\n'),
    { details: { diagnostics: [...diagnostics, ...found] } },
  )
}

const finding = (code: DiagnosticCode, source: string, line: number, message: string) =>
  findingAt({ code, source, line, message, path: 'tests' })

const noTests = ({ file }: TestedText) =>
  finding('TESTS_REQUIRED', file, 1, 'It has no tests. Write them under tests, or beside it in <name>.test.yaml.')

function judge(text: TestedText, { tests, coverage, missed }: TestOutcome, required: number): Diagnostic[] {
  const failed = tests.flatMap(({ name, file, failures }) =>
    failures.map(({ line, message }) => finding('TEST_FAILED', file, line, `The test "${name}" fails. ${message}`)),
  )
  if (coverage >= required) return failed
  const ways = missed.map(({ line, title, branch }) => `line ${line} "${title}": ${branch}`)
  const more = ways.length > 5 ? ` and ${ways.length - 5} more` : ''
  const message = `The tests take ${coverage} % of the branches, required are ${required} %. No test takes ${ways.slice(0, 5).join(', ')}${more}.`
  return [...failed, finding('COVERAGE_TOO_LOW', text.file, missed[0]?.line ?? 1, message)]
}
