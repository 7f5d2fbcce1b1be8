import { compilePolicy } from '../decisions/compile-policy.ts'
import type { Catalog } from '../playbooks/catalog.ts'
import { compilePlaybook } from '../playbooks/compile-playbook.ts'
import type { Diagnostic } from '../playbooks/diagnostic.ts'
import type { Playbook } from '../playbooks/playbook.ts'
import { compileTestFile } from '../playbooks/tests/compile-tests.ts'
import type { PlaybookTest } from '../playbooks/tests/playbook-test.ts'
import { type Coverage, coverageOf } from './coverage.ts'
import type { Rehearsal } from './rehearsal.ts'
import { runTest, type TestResult } from './run-test.ts'

export interface PlaybookText {
  /** As it is shown: `playbooks/qualify-lead.yaml`. */
  readonly file: string
  readonly source: string
  /** `<id>.test.yaml`, where there is one. */
  readonly beside?: { readonly file: string; readonly source: string } | undefined
  /** Texts of the decision policies that it can use. */
  readonly policies?: readonly string[] | undefined
}

/** A playbook with its tests, or what is wrong with them. */
export interface ReadPlaybook {
  readonly text: PlaybookText
  readonly playbook: Playbook | undefined
  readonly tests: readonly { readonly file: string; readonly test: PlaybookTest }[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads a playbook and its tests, those in the file first. */
export function readTests(text: PlaybookText, catalog: Catalog): ReadPlaybook {
  const { playbook, diagnostics } = compilePlaybook(text.source, catalog, { file: text.file })
  if (!playbook) return { text, playbook, tests: [], diagnostics }
  const { file, source } = text.beside ?? {}
  const beside = source === undefined ? undefined : compileTestFile(source, playbook, catalog, { file })
  return {
    text,
    playbook,
    tests: [
      ...playbook.tests.map(test => ({ file: text.file, test })),
      ...(beside?.tests ?? []).map(test => ({ file: file!, test })),
    ],
    diagnostics: [...diagnostics, ...(beside?.diagnostics ?? [])],
  }
}

export interface PlaybookTestReport {
  readonly playbook: string
  readonly file: string
  readonly results: readonly (TestResult & { readonly file: string })[]
  readonly coverage: Coverage
}

/** Runs the tests of a playbook one after the other; `told` hears of each when it is over. */
export async function testPlaybook(
  rehearsal: Rehearsal,
  { text, tests }: ReadPlaybook,
  playbook: Playbook,
  told: (result: TestResult & { readonly file: string }) => void = () => {},
): Promise<PlaybookTestReport> {
  const compiled = (text.policies ?? []).flatMap(source => compilePolicy(source).policy ?? [])
  const policies = new Map(compiled.map(policy => [policy.id, policy]))
  const results: (TestResult & { readonly file: string })[] = []
  for (const { file, test } of tests) {
    const result = { ...(await runTest(rehearsal, { source: text.source, playbook, policies }, test)), file }
    results.push(result)
    told(result)
  }
  return {
    playbook: playbook.id,
    file: text.file,
    results,
    coverage: coverageOf(
      playbook,
      results.map(result => result.runs),
    ),
  }
}

/** Did every test do as expected? A playbook without tests has none that failed. */
export const passed = (report: PlaybookTestReport) => report.results.every(result => result.passed)
