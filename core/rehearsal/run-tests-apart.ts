import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { listPolicies } from '../decisions/read-policies.ts'
import type { ErrorRecord } from '../errors.ts'
import type { RunTests, TestOutcome } from '../publishing/demand-tests.ts'
import { installedPlugins } from './installed-plugins.ts'
import { messagesOf } from './other-process.ts'
import type { RehearsalOptions } from './make-workspace.ts'
import type { PlaybookText } from './test-playbook.ts'

/** What the process of tests reads from its standard input: all that it will ever know. */
export interface TestJob {
  readonly options: RehearsalOptions
  readonly text: PlaybookText
}
export type TestMessage = { readonly report: TestOutcome } | { readonly error: ErrorRecord }

const LIMITS = {
  maxMs: 5 * 60_000,
  broke: 'The tests broke off: they took too long, or too much memory. Run them with trae playbook test.',
}

/**
 * Runs the tests of a text in a process of their own, with the plugins that the workspace has installed. Several at once wait
 * for each other: each has a database in memory.
 */
export function testRunner(core: Pick<Core, 'sql' | 'plugins'>): RunTests {
  let turn: Promise<unknown> = Promise.resolve()
  return (workspaceId, text) => {
    const mine = turn.then(async () => {
      const { name, timeZone, locale } = await getWorkspace(core, workspaceId)
      const plugins = await installedPlugins(core, workspaceId)
      const policies = (await listPolicies(core, workspaceId)).map(({ source }) => source)
      const job: TestJob = { options: { plugins, workspace: { name, timeZone, locale } }, text: { ...text, policies } }
      for await (const message of messagesOf<TestMessage>('test-process.ts', job, LIMITS)) return message.report
      throw new Error('the process of tests ended without a word') // messagesOf throws before this
    })
    turn = mine.catch(() => {})
    return mine
  }
}
