import { text } from 'node:stream/consumers'
import { errorRecord, TraeError } from './errors.ts'
import { openRehearsal } from './open-rehearsal.ts'
import type { TestOutcome } from './publishing/demand-tests.ts'
import { workspaceCatalog } from './publishing/workspace-catalog.ts'
import { endWithParent } from './rehearsal/other-process.ts'
import type { TestJob, TestMessage } from './rehearsal/run-tests-apart.ts'
import { type PlaybookTestReport, readTests, testPlaybook } from './rehearsal/test-playbook.ts'

/** The process that runs the tests of one text: its job comes in as JSON, what came of them goes out. */
async function main(): Promise<void> {
  const job = JSON.parse(await text(process.stdin)) as TestJob
  const say = (message: TestMessage) => void process.stdout.write(`${JSON.stringify(message)}\n`)
  try {
    const rehearsal = await openRehearsal(job.options)
    const catalog = await rehearsal.within(rehearsal.hold, id => workspaceCatalog(rehearsal.core, id))
    const read = readTests(job.text, catalog)
    const wrong = read.diagnostics.find(finding => finding.severity === 'error')
    if (!read.playbook) throw new TraeError('PLAYBOOK', wrong?.message ?? 'The playbook cannot be read.')
    say({ report: outcomeOf(await testPlaybook(rehearsal, read, read.playbook)) })
    await rehearsal.close()
  } catch (error) {
    say({ error: errorRecord(error) })
  }
}

function outcomeOf({ results, coverage }: PlaybookTestReport): TestOutcome {
  return {
    tests: results.map(({ name, file, line, failures }) => ({
      name,
      file,
      line,
      failures: failures.map(({ line: at, message }) => ({ line: at, message })),
    })),
    coverage: coverage.percent,
    missed: coverage.branches
      .filter(branch => branch.taken === 0)
      .map(({ line, title, branch }) => ({ line, title, branch })),
  }
}

endWithParent()
await main()
process.stdout.write('', () => process.exit(0))
