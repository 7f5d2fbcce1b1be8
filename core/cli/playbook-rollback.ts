import { TraeError } from '../errors.ts'
import { defineCommand, UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'
import {
  findPlaybook,
  IN_FLIGHT_FLAG,
  inFlightOf,
  type Published,
  PUBLISHED,
  showPublished,
} from './playbook-of-host.ts'
import { VERSIONS, type VersionList } from './playbook-versions.ts'
import { type Impact, IMPACT, showImpact } from './show-impact.ts'

export const playbookRollback = defineCommand({
  usage: 'playbook rollback <slug> --to <number> [--preview] [--in-flight finish|migrate|restart] [--note <text>]',
  about: 'Publishes the text of an older version again, as a new version. --preview says what would change.',
  flags: {
    to: { type: 'string', value: '<number>', help: 'the version whose text is to be in force again' },
    preview: { type: 'boolean', help: 'say what would change, and stop' },
    'in-flight': IN_FLIGHT_FLAG,
    note: { type: 'string', value: '<text>', help: 'why' },
  },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const slug = positionals[0]!
    const inFlight = inFlightOf(flags['in-flight'])
    if (!/^\d+$/.test(flags.to ?? ''))
      throw new UsageError('Say where to: --to <number>; trae playbook versions lists them.')
    const session = await openSession()
    const playbook = await findPlaybook(session, slug)
    const { playbook: listed } = await ask<VersionList>(session, VERSIONS, { slug })
    const version = listed!.versions.edges.find(({ node }) => node.number === Number(flags.to))?.node
    if (!version) throw new TraeError('NOT_FOUND', `${slug} has no version ${flags.to} among its newest 100.`)
    if (flags.preview) {
      const { playbookPublishImpact: impact } = await ask<{ playbookPublishImpact: Impact }>(session, IMPACT, {
        playbookId: playbook!.id,
        versionId: version.id,
      })
      showImpact(terminal, impact)
      terminal.data(impact)
      return 0
    }
    const { playbookRollback: done } = await ask<{ playbookRollback: Published }>(session, ROLLBACK, {
      input: { playbookId: playbook!.id, toVersionId: version.id, note: flags.note, inFlight },
    })
    return showPublished(terminal, slug, done)
  },
})

const ROLLBACK = `mutation ($input: PlaybookRollbackInput!) { playbookRollback(input: $input) { ${PUBLISHED} } }`
