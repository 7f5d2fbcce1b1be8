import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TraeError } from '../errors.ts'
import type { Playbook } from '../playbooks/playbook.ts'
import { formatDiagnostics } from '../playbooks/format-diagnostics.ts'
import { openRehearsal } from '../open-rehearsal.ts'
import {
  type PlaybookTestReport,
  passed,
  type ReadPlaybook,
  readTests,
  testPlaybook,
} from '../rehearsal/test-playbook.ts'
import { builtCatalog } from './built-catalog.ts'
import { builtPlugins, FRESH_WORKSPACE } from './built-plugins.ts'
import { defineCommand, UsageError } from './command.ts'
import { folderCatalog } from './folder-catalog.ts'
import { junitOf } from './junit.ts'
import { ROOT } from './paths.ts'
import { readTested } from './read-tested.ts'
import { showCoverage, showResult } from './show-tests.ts'
import type { Terminal } from './terminal.ts'

export const playbookTest = defineCommand({
  usage: 'playbook test [files or folders…] [--filter <text>] [--coverage] [--junit <file>]',
  about:
    'Runs the tests of playbooks (in the file, or beside it in <name>.test.yaml) with the real engine on a clock of their own,\nwithout a host. Nothing is really sent or written. Exit code 1 when a test fails, 2 when a file cannot be read or checked.',
  flags: {
    filter: { type: 'string', value: '<text>', help: 'only tests whose name holds this' },
    coverage: { type: 'boolean', help: 'tell which branches no test takes' },
    'require-coverage': { type: 'string', value: '<percent>', help: 'fail where a playbook has less branch coverage' },
    junit: { type: 'string', value: '<file>', help: 'write the results as JUnit XML too' },
  },
  positionals: { least: 0, most: Infinity },
  async run({ flags, positionals, terminal }) {
    const required = percentOf(flags['require-coverage'])
    const texts = await readTested(positionals.length === 0 ? [join(ROOT, 'playbooks')] : positionals).catch(unreadable)
    const catalog = await folderCatalog(
      await builtCatalog(),
      texts.map(text => text.file),
    )
    const read = texts.map(text => filtered(readTests(text, catalog), flags.filter))
    if (complain(read, terminal)) return 2
    const reports = await rehearse(read, terminal)
    if (flags.junit !== undefined) await writeFile(flags.junit, junitOf(reports))
    const low = required === undefined ? [] : reports.filter(report => report.coverage.percent < required)
    if (flags.coverage) for (const report of reports) showCoverage(terminal, report)
    for (const { file, coverage } of low)
      terminal.line(`${file}: branch coverage is ${coverage.percent} %, required are ${required} %.`)
    const failed = reports.flatMap(report => report.results.filter(result => !result.passed)).length
    const all = reports.flatMap(report => report.results).length
    terminal.line(
      `${all} ${all === 1 ? 'test' : 'tests'} of ${reports.length} ${reports.length === 1 ? 'playbook' : 'playbooks'}: ${failed === 0 ? 'all passed' : `${failed} failed`}`,
    )
    terminal.data({ playbooks: reports.map(reportOf), passed: reports.every(passed) && low.length === 0 })
    return failed > 0 || low.length > 0 ? 1 : 0
  },
})

/** Named wrongly, as far as who called is concerned: nothing was tested. */
function unreadable(error: unknown): never {
  throw error instanceof TraeError && error.code === 'NOT_FOUND' ? new UsageError(error.message) : error
}

function percentOf(written: string | undefined): number | undefined {
  if (written === undefined) return undefined
  const percent = Number(written)
  if (Number.isFinite(percent) && percent >= 0 && percent <= 100) return percent
  throw new UsageError(`--require-coverage must be a number from 0 to 100; found ${written}.`)
}

function filtered(read: ReadPlaybook, filter: string | undefined): ReadPlaybook {
  if (filter === undefined) return read
  const wanted = filter.toLowerCase()
  return { ...read, tests: read.tests.filter(({ test }) => test.name.toLowerCase().includes(wanted)) }
}

/** Says what is wrong with files, in full; answers whether something is. */
function complain(read: readonly ReadPlaybook[], terminal: Terminal): boolean {
  const broken = read.filter(({ diagnostics }) => diagnostics.some(finding => finding.severity === 'error'))
  for (const { text, diagnostics } of broken) {
    for (const part of [text, ...(text.beside ? [text.beside] : [])]) {
      const own = diagnostics.filter(finding => finding.source === part.file)
      if (own.length > 0) terminal.line(`${formatDiagnostics(own, part.source)}\n`)
    }
  }
  if (broken.length > 0) terminal.data({ findings: broken.flatMap(({ diagnostics }) => diagnostics) })
  return broken.length > 0
}

async function rehearse(read: readonly ReadPlaybook[], terminal: Terminal): Promise<PlaybookTestReport[]> {
  const tested = read.filter(({ tests }) => tests.length > 0)
  if (tested.length === 0) return []
  const rehearsal = await openRehearsal({ plugins: await builtPlugins(), workspace: FRESH_WORKSPACE })
  try {
    const reports: PlaybookTestReport[] = []
    for (const one of tested) {
      terminal.line(terminal.paint('bold', one.text.file))
      reports.push(await testPlaybook(rehearsal, one, one.playbook as Playbook, result => showResult(terminal, result)))
    }
    return reports
  } finally {
    await rehearsal.close()
  }
}

/** A report without what only the coverage needs. */
const reportOf = ({ playbook, file, results, coverage }: PlaybookTestReport) => ({
  playbook,
  file,
  coverage,
  tests: results.map(({ name, line, file, passed, failures, timeline, milliseconds }) => ({
    name,
    file,
    line,
    passed,
    failures,
    milliseconds: Math.round(milliseconds),
    ...(passed ? {} : { timeline }),
  })),
})
