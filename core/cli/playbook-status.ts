import { TraeError } from '../errors.ts'
import { type Command, defineCommand } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'
import { findPlaybook } from './playbook-of-host.ts'

export const playbookPause = statusCommand(
  'pause',
  'It starts no runs from then on, whatever its triggers say; runs under way go on. An archived one may be edited again.',
)
export const playbookResume = statusCommand('resume', 'It starts runs again, also one that was archived.')

function statusCommand(verb: 'pause' | 'resume', about: string): Command {
  const mutation = verb === 'pause' ? 'playbookPause' : 'playbookResume'
  return defineCommand({
    usage: `playbook ${verb} <slug>`,
    about,
    flags: {},
    positionals: { least: 1, most: 1 },
    async run({ positionals, terminal }) {
      const session = await openSession()
      const playbook = await findPlaybook(session, positionals[0]!)
      const query = `mutation ($input: P${mutation.slice(1)}Input!) {
        ${mutation}(input: $input) { playbook { slug status } userErrors { message } }
      }`
      const answer = await ask<Record<string, Changed>>(session, query, { input: { playbookId: playbook!.id } })
      const { playbook: changed, userErrors } = answer[mutation]!
      if (!changed) throw new TraeError('CONFLICT', userErrors.map(error => error.message).join('\n'))
      terminal.line(`${changed.slug} is ${changed.status.toLowerCase()}`)
      terminal.data(changed)
      return 0
    },
  })
}

interface Changed {
  readonly playbook: { readonly slug: string; readonly status: string } | null
  readonly userErrors: readonly { readonly message: string }[]
}
