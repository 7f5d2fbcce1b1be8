import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compilePlaybook } from '../../core/playbooks/compile-playbook.ts'
import { type Diagnostic, DIAGNOSTICS } from '../../core/playbooks/diagnostic.ts'
import { catalog } from './catalog.ts'

/**
 * A table: each `fixtures/broken/<name>.yaml` has its expected findings beside it in `<name>.findings`, one a line. After
 * a deliberate change run with WRITE_FINDINGS=1 and read the difference.
 */
const folder = join(import.meta.dirname, 'fixtures/broken')
const names = readdirSync(folder)
  .filter(file => file.endsWith('.yaml'))
  .map(file => file.slice(0, -5))

describe('a broken playbook', () => {
  it.each(names)('%s: every finding, at its place', name => {
    const source = readFileSync(join(folder, `${name}.yaml`), 'utf8')
    const { playbook, diagnostics } = compilePlaybook(source, catalog, { file: `${name}.yaml` })
    const found = `${diagnostics.map(line).join('\n')}\n`
    if (process.env['WRITE_FINDINGS']) writeFileSync(join(folder, `${name}.findings`), found)
    expect(found).toBe(readFileSync(join(folder, `${name}.findings`), 'utf8'))
    expect(diagnostics).not.toEqual([])
    expect(playbook === undefined, 'only errors stop a publish').toBe(
      diagnostics.some(finding => finding.severity === 'error'),
    )
  })

  it('has a fixture for every code there is', () => {
    const text = names.map(name => readFileSync(join(folder, `${name}.findings`), 'utf8')).join('')
    // a playbook of half a million characters makes a poor fixture: the test of compilePlaybook has it; that of required
    // tests has what is found when they are run; that of policies has what has no effect there
    const elsewhere = ['NO_EFFECT', 'TOO_LARGE', 'TESTS_REQUIRED', 'TEST_FAILED', 'COVERAGE_TOO_LOW']
    const without = Object.keys(DIAGNOSTICS).filter(code => !elsewhere.includes(code) && !text.includes(` ${code} `))
    expect(without).toEqual([])
  })

  it('is told all at once: a dozen mistakes are a dozen findings in one go', () => {
    const source = readFileSync(join(folder, 'many-at-once.yaml'), 'utf8')
    const { diagnostics } = compilePlaybook(source, catalog)
    expect(diagnostics.filter(finding => finding.severity === 'error')).toHaveLength(12)
    const places = diagnostics.map(finding => finding.line * 1000 + finding.column)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })
})

function line(finding: Diagnostic): string {
  const { severity, code, path, message, suggestion } = finding
  const place = `${finding.line}:${finding.column}-${finding.endLine}:${finding.endColumn}`
  return `${severity} ${code} ${place} [${path}] ${message}${suggestion === undefined ? '' : ` -> ${suggestion}`}`
}
