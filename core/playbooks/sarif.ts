import { anchorOf, type Diagnostic, type DiagnosticCode, DIAGNOSTICS, type Severity } from './diagnostic.ts'
import { FINDING_DOCS } from './finding-docs.ts'

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<Severity, string>

/**
 * Findings as SARIF 2.1.0, which code hosts show beside the changed lines.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; columns count UTF-16 code units, as ours do.
 */
export function sarifOf(diagnostics: readonly Diagnostic[], version: string): object {
  const codes = Object.keys(DIAGNOSTICS) as DiagnosticCode[]
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'trae playbook check',
            version,
            rules: codes.map(code => ({
              id: code,
              shortDescription: { text: FINDING_DOCS[code].means },
              help: { text: FINDING_DOCS[code].mend },
              helpUri: `docs/playbooks.md#${anchorOf(code)}`,
              defaultConfiguration: { level: LEVELS[DIAGNOSTICS[code]] },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map(finding => ({
          ruleId: finding.code,
          ruleIndex: codes.indexOf(finding.code),
          level: LEVELS[finding.severity],
          message: {
            text: finding.suggestion === undefined ? finding.message : `${finding.message} (${finding.suggestion})`,
          },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: finding.source.split('\\').join('/') },
                region: {
                  startLine: finding.line,
                  startColumn: finding.column,
                  endLine: finding.endLine,
                  endColumn: finding.endColumn,
                },
              },
              logicalLocations: [{ fullyQualifiedName: finding.path }],
            },
          ],
        })),
      },
    ],
  }
}
