import { describe, expect, it } from 'vitest'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import { formatDiagnostics } from '../../core/playbooks/format-diagnostics.ts'
import { catalog } from './catalog.ts'

const source = `id: a
name: A
module: pre_venda
triggers: [ { event: lead.captured } ]
steps:
  - uses: email/send
    with: { to: '\${{ lead.emial }}' }
`

describe('findings for people', () => {
  it('show the line, a caret under the place, and what was meant', () => {
    const { diagnostics } = compilePlaybook(source, catalog, { file: 'a.yaml' })
    expect(formatDiagnostics(diagnostics, source))
      .toBe(`a.yaml:3:9: error: "module" must be one of diagnostico, posicionamento, oferta, aquisicao, pre_vendas, vendas, onboarding, gestao; found text "pre_venda". [WRONG_VALUE]
    3 | module: pre_venda
      |         ^^^^^^^^^
      = did you mean pre_vendas?

a.yaml:6:11: warning: email/send sends, and nothing says what happens when it fails: the run fails. Say onError: continue, or onError: fail if that is meant. [EFFECT_WITHOUT_ERROR_PATH]
    6 |   - uses: email/send
      |           ^^^^^^^^^^

a.yaml:7:27: error: lead has no field "emial". [UNKNOWN_FIELD]
    7 |     with: { to: '\${{ lead.emial }}' }
      |                           ^^^^^
      = did you mean email?

2 errors, 1 warning.`)
  })

  it('keep the caret in place under a line with tabs, and at the end of a line', () => {
    const diagnostic = {
      ...compilePlaybook(source, catalog).diagnostics[0]!,
      line: 1,
      column: 4,
      endLine: 1,
      endColumn: 4,
    }
    expect(formatDiagnostics([diagnostic], 'a\tb').split('\n')[2]).toBe('      |  \t ^')
  })

  it('say so when there are none', () => {
    expect(formatDiagnostics([], source)).toBe('No findings.')
  })

  it('are the same facts as JSON for programs', () => {
    const { diagnostics } = compilePlaybook(source, catalog, { file: 'a.yaml' })
    expect(JSON.parse(formatDiagnostics(diagnostics, source, 'json'))).toEqual(diagnostics)
    expect(diagnostics[2]).toEqual({
      code: 'UNKNOWN_FIELD',
      severity: 'error',
      message: 'lead has no field "emial".',
      path: 'steps.0.with.to',
      line: 7,
      column: 27,
      endLine: 7,
      endColumn: 32,
      source: 'a.yaml',
      suggestion: 'email',
      docs: 'docs/playbooks.md#unknown-field',
    })
  })
})
