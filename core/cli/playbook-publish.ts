import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { TraeError } from '../errors.ts'
import { readPlaybookText } from '../playbooks/step-texts.ts'
import { defineCommand, UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import { type HostSession, openSession } from './host-session.ts'
import {
  findPlaybook,
  IN_FLIGHT_FLAG,
  inFlightOf,
  type Published,
  PUBLISHED,
  showPublished,
} from './playbook-of-host.ts'
import { type Impact, IMPACT, showImpact } from './show-impact.ts'

export const playbookPublish = defineCommand({
  usage: 'playbook publish <file> [--preview] [--in-flight finish|migrate|restart] [--note <text>]',
  about:
    'Publishes a file to the running host: new runs take it from then on. --preview says what would change, with the runs\nunder way, and changes nothing. The tests beside it, in <name>.test.yaml, go with it: the host may ask for tests that pass.',
  flags: {
    preview: { type: 'boolean', help: 'say what would change, and stop' },
    'in-flight': IN_FLIGHT_FLAG,
    note: { type: 'string', value: '<text>', help: 'what is to be said of this version' },
  },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const inFlight = inFlightOf(flags['in-flight'])
    const path = positionals[0]!
    const source = await readFile(path, 'utf8').catch((cause: Error) => {
      throw new TraeError('NOT_FOUND', `${path} cannot be read: ${cause.message}`, { cause })
    })
    const tests = await testsBeside(path)
    const slug = readPlaybookText(source)?.root['id']
    if (typeof slug !== 'string')
      throw new UsageError(`${relative(process.cwd(), path)} has no id; check it with trae playbook check.`)
    const session = await openSession()
    const known = await findPlaybook(session, slug, flags.preview === true ? 'say' : 'leave')
    if (flags.preview) {
      const { playbookPublishImpact: impact } = await ask<{ playbookPublishImpact: Impact }>(session, IMPACT, {
        playbookId: known!.id,
        source,
        tests,
      })
      showImpact(terminal, impact)
      terminal.data(impact)
      return impact.diagnostics.some(finding => finding.severity === 'ERROR') ? 1 : 0
    }
    const playbookId = known?.id ?? (await create(session, slug, source))
    const { playbookPublish: done } = await ask<{ playbookPublish: Published }>(session, PUBLISH, {
      input: { playbookId, source, tests, note: flags.note, inFlight },
    })
    return showPublished(terminal, slug, done)
  },
})

/** What stands in `<name>.test.yaml`; empty where there is no such file. */
async function testsBeside(path: string): Promise<string> {
  return readFile(path.replace(/(\.ya?ml)$/, '.test$1'), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return ''
    throw cause
  })
}

async function create(session: HostSession, slug: string, source: string): Promise<string> {
  const { playbookCreate: made } = await ask<{
    playbookCreate: { playbook: { id: string } | null; userErrors: readonly { message: string }[] }
  }>(session, CREATE, { input: { name: slug, slug, source } })
  if (made.playbook) return made.playbook.id
  throw new TraeError('BAD_USER_INPUT', made.userErrors.map(error => error.message).join('\n'))
}

const CREATE = `mutation ($input: PlaybookCreateInput!) {
  playbookCreate(input: $input) { playbook { id } userErrors { message } }
}`
const PUBLISH = `mutation ($input: PlaybookPublishInput!) { playbookPublish(input: $input) { ${PUBLISHED} } }`
