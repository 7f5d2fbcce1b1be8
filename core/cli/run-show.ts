import { TraeError } from '../errors.ts'
import { defineCommand } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'
import { runIdOf } from './run-id.ts'
import { showRun, showState, type WatchedRun } from './show-run.ts'
import { WATCHED_RUN } from './watch-run.ts'

export const runShow = defineCommand({
  usage: 'run show <id>',
  about:
    'Shows a run of the running host: its steps, where its time went, and, where it stands still, why and what to do about it.\nThe id stands in the address of its page, and in trae run list.',
  flags: {},
  positionals: { least: 1, most: 1 },
  async run({ positionals, terminal }) {
    const id = runIdOf(positionals[0]!)
    const session = await openSession()
    const { node } = await ask<{ node: (WatchedRun & { readonly __typename: string }) | null }>(session, RUN, { id })
    if (node?.__typename !== 'Run')
      throw new TraeError(
        'NOT_FOUND',
        `${session.url} has no run ${id}. trae run show takes the id in the address of its page, or of trae run list.`,
      )
    terminal.line(`${node.playbook.slug} ${node.status.toLowerCase()}, ${session.url}/admin/runs/${node.id}`)
    if (!terminal.json) showRun(terminal, node)
    if (node.error) terminal.line(`${node.error.code}: ${node.error.message}`)
    showState(terminal, node)
    terminal.data({ run: node })
    return 0
  },
})

const RUN = `query ($id: ID!) { node(id: $id) { __typename ... on Run { ${WATCHED_RUN} } } }`
