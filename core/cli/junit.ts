import type { PlaybookTestReport } from '../rehearsal/test-playbook.ts'

/** JUnit XML as CI systems read it: a suite a playbook, a case a test, times in seconds. */
export function junitOf(reports: readonly PlaybookTestReport[]): string {
  const suites = reports.map(({ playbook, file, results }) => {
    const failed = results.filter(result => !result.passed).length
    const cases = results.map(({ name, milliseconds, failures, timeline, file: holder, line }) => {
      const open = `    <testcase classname="${text(playbook)}" name="${text(name)}" file="${text(holder)}" line="${line}" time="${seconds(milliseconds)}"`
      if (failures.length === 0) return `${open}/>`
      const faults = failures.map(failure => `${holder}:${failure.line}: ${failure.message}`)
      return `${open}>\n      <failure message="${text(faults[0]!)}">${text([...faults, '', ...timeline].join('\n'))}</failure>\n    </testcase>`
    })
    const time = seconds(results.reduce((sum, result) => sum + result.milliseconds, 0))
    return [
      `  <testsuite name="${text(playbook)}" file="${text(file)}" tests="${results.length}" failures="${failed}" time="${time}">`,
      ...cases,
      '  </testsuite>',
    ].join('\n')
  })
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n')
}

const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(3)

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** XML 1.0 has no control characters but tab and newline. */
function text(value: string): string {
  return Array.from(value, character =>
    character < ' ' && character !== '\n' && character !== '\t' ? '\uFFFD' : (ENTITIES[character] ?? character),
  ).join('')
}
