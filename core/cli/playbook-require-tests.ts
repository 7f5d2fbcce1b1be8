import { TraeError } from '../errors.ts'
import { defineCommand, UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'

export const playbookRequireTests = defineCommand({
  usage: 'playbook require-tests [on|off] [--coverage <percent>]',
  about:
    'Says what the running host asks of tests before it publishes a playbook, and sets it: on asks that there are some and that\nthey pass, --coverage also how much of the branches they take. What is in force stays so.',
  flags: { coverage: { type: 'string', value: '<percent>', help: 'branches that tests must take, 0 to 100' } },
  positionals: { least: 0, most: 1 },
  async run({ flags, positionals, terminal }) {
    const [wanted] = positionals
    const coverage = flags.coverage === undefined ? undefined : Number(flags.coverage)
    if (wanted !== undefined && wanted !== 'on' && wanted !== 'off')
      throw new UsageError(`playbook require-tests takes on or off; found ${wanted}.`)
    if (coverage !== undefined && (wanted !== 'on' || !Number.isInteger(coverage)))
      throw new UsageError(
        `--coverage goes with on and is a whole number from 0 to 100; found ${wanted ?? 'neither'} ${flags.coverage}.`,
      )
    const session = await openSession()
    const now =
      wanted === undefined
        ? (await ask<Asked>(session, `{ testRequirement { coverage } }`, {})).testRequirement
        : changed(await ask<Changed>(session, SET, { input: { required: wanted === 'on', coverage } }))
    terminal.line(
      now === null
        ? 'Playbooks are published without tests as well.'
        : `Playbooks are published only with tests that pass${now.coverage > 0 ? ` and take ${now.coverage} % of their branches` : ''}.`,
    )
    terminal.data({ testRequirement: now })
    return 0
  },
})

interface Asked {
  readonly testRequirement: { readonly coverage: number } | null
}
interface Changed {
  readonly testRequirementSet: Asked & { readonly userErrors: readonly { readonly message: string }[] }
}

function changed({ testRequirementSet: { testRequirement, userErrors } }: Changed): Asked['testRequirement'] {
  if (userErrors.length === 0) return testRequirement
  throw new TraeError('BAD_USER_INPUT', userErrors.map(error => error.message).join('\n'))
}

const SET = `mutation ($input: TestRequirementSetInput!) {
  testRequirementSet(input: $input) { testRequirement { coverage } userErrors { message } }
}`
