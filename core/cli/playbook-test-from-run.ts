import { defineCommand } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'

export const playbookTestFromRun = defineCommand({
  usage: 'playbook test-from-run <run id>',
  about:
    'Writes a test of its playbook from what a run of the running host did: its event, what its calls answered, when events came,\nand how it ended. E-mail addresses, phone numbers, names and ids are replaced. Put it into <name>.test.yaml.',
  flags: {},
  positionals: { least: 1, most: 1 },
  async run({ positionals, terminal }) {
    const { runAsTest } = await ask<{ runAsTest: string }>(
      await openSession(),
      'query ($runId: ID!) { runAsTest(runId: $runId) }',
      { runId: nodeIdOf(positionals[0]!) },
    )
    if (terminal.json) terminal.data({ test: runAsTest })
    else process.stdout.write(runAsTest)
    return 0
  },
})

/** As the API writes it, or as logs do. */
function nodeIdOf(written: string): string {
  return /^[0-9a-f-]{36}$/.test(written) ? Buffer.from(`Run:${written}`).toString('base64url') : written
}
