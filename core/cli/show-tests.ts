import type { PlaybookTestReport } from '../rehearsal/test-playbook.ts'
import { inColumns, type Terminal } from './terminal.ts'

/** One test, when it is over: a line, and where it failed what differs and what happened. */
export function showResult(terminal: Terminal, result: PlaybookTestReport['results'][number]): void {
  const { name, passed, failures, timeline, milliseconds, file } = result
  const mark = passed ? terminal.paint('green', '✓') : terminal.paint('red', '✗')
  terminal.line(`  ${mark} ${name} ${terminal.paint('dim', `(${Math.round(milliseconds)} ms)`)}`)
  if (passed) return
  for (const { line, message } of failures) terminal.line(`      ${file}:${line}: ${terminal.paint('red', message)}`)
  terminal.line('      What happened:')
  for (const line of timeline) terminal.line(`        ${terminal.paint('dim', line)}`)
}

/** The branches that no test takes, and the share of those that one does. */
export function showCoverage(terminal: Terminal, { file, coverage }: PlaybookTestReport): void {
  const { branches, percent } = coverage
  const taken = branches.filter(branch => branch.taken > 0).length
  terminal.line(`${file}: ${percent} % of branches (${taken} of ${branches.length})`)
  const missed = branches.filter(branch => branch.taken === 0)
  if (missed.length > 0)
    terminal.line(
      inColumns(missed.map(({ line, title, branch }) => [`line ${line}`, `${title}: ${branch} is never taken`])),
    )
}
