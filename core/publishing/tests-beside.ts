import { TraeError } from '../errors.ts'
import type { Catalog } from '../playbooks/catalog.ts'
import { formatDiagnostics } from '../playbooks/format-diagnostics.ts'
import type { Playbook } from '../playbooks/playbook.ts'
import { compileTestFile } from '../playbooks/tests/compile-tests.ts'

/**
 * How many tests a file of tests has that stands beside a playbook; 0 without one. Throws `PLAYBOOK` for a file with errors.
 */
export function countTests(tests: string | null, playbook: Playbook, catalog: Catalog, file: string): number {
  if (tests === null) return 0
  const { tests: compiled, diagnostics } = compileTestFile(tests, playbook, catalog, { file })
  if (diagnostics.some(finding => finding.severity === 'error'))
    throw new TraeError('PLAYBOOK', formatDiagnostics(diagnostics, tests), { details: { diagnostics } })
  return compiled.length
}

/**
 * The file of tests that belongs to a text: the one that is given (null: none), else the one of the version in force, where the text
 * has no tests of its own.
 */
export function testsBeside(
  given: string | null | undefined,
  inForce: string | null | undefined,
  playbook: Pick<Playbook, 'tests'>,
): string | null {
  if (given !== undefined) return given
  return playbook.tests.length > 0 ? null : (inForce ?? null)
}
