import { parse } from 'yaml'
import { TraeError } from '../errors.ts'
import { captureLead } from './capture-lead.ts'
import { defineCommand, suggest, UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import { type HostSession, openSession } from './host-session.ts'
import { readObject } from './lead-add.ts'
import { showRun, showState, type WatchedRun } from './show-run.ts'
import { readInputs, startByHand } from './start-by-hand.ts'
import { type Begun, watchRun } from './watch-run.ts'

export const playbookRun = defineCommand({
  usage: "playbook run <slug> [--input <name>=<value>]… [--lead <email> | --event '<json>'] [--follow]",
  about:
    'Starts a run of a playbook in the running host and shows, live, each step of it: by hand, with the inputs that it takes\nand the lead that it is about. A playbook that new leads trigger, given a lead and no input, is started by handing that\nlead in; other playbooks of new leads start as well, as they would for any. Ends when the run ends or waits for something.',
  flags: {
    input: {
      type: 'string',
      multiple: true,
      value: '<name>=<value>',
      help: 'what the playbook takes; may be repeated',
    },
    lead: { type: 'string', value: '<email>', help: 'the lead to start with; what the host knows of it is kept' },
    event: {
      type: 'string',
      value: '<json>',
      help: 'the data of lead.captured: \'{"name": "Ana", "email": "ana@example.com"}\'',
    },
    follow: { type: 'boolean', help: 'stay while the run waits' },
  },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const slug = positionals[0]!
    const { input, lead, event } = flags
    if (event !== undefined && (lead !== undefined || input !== undefined))
      throw new UsageError('--event is the whole event; leave --lead and --input out.')
    const data = lead !== undefined || event !== undefined ? leadInput(lead, event) : undefined
    const session = await openSession()
    const playbook = await checkPlaybook(session, slug)
    const captured = event !== undefined || (input === undefined && playbook.ofNewLeads)
    const begin =
      data && captured
        ? () => handIn(session, slug, playbook, data)
        : () => startByHand(session, slug, { inputs: readInputs(input ?? [], playbook.source), lead })
    const ended = new AbortController()
    process.once('SIGINT', () => ended.abort())
    try {
      const show = (run: WatchedRun) => showRun(terminal, run)
      const run = await watchRun(session, begin, ended, { show, follow: flags.follow === true })
      showState(terminal, run)
      terminal.line(endOf(run, session.url))
      terminal.data({ run })
      return run.status === 'FAILED' || run.status === 'CANCELLED' ? 1 : 0
    } finally {
      ended.abort()
    }
  },
})

function leadInput(email: string | undefined, event: string | undefined): Record<string, unknown> {
  const common = { source: 'API', legalBasis: 'LEGITIMATE_INTEREST' }
  if (email !== undefined) return { ...common, name: email.split('@')[0], email }
  const data = readObject(event!, '--event')
  const lead = 'lead' in data ? data['lead'] : data
  return { ...common, ...(lead as Record<string, unknown>) }
}

interface Startable {
  readonly source: string
  /** Does `lead.captured` trigger it? */
  readonly ofNewLeads: boolean
  /** The host's own time: what was created after it is ours. */
  readonly since: string
}

async function checkPlaybook(session: HostSession, slug: string): Promise<Startable> {
  const { playbook, playbooks, brain } = await ask<Found>(session, FIND_PLAYBOOK, { slug })
  const slugs = playbooks.edges.map(({ node }) => node.slug)
  if (!playbook) throw new TraeError('NOT_FOUND', `${session.url} has no playbook ${slug}${suggest(slug, slugs)}`)
  if (playbook.status !== 'ACTIVE')
    throw new TraeError('CONFLICT', `The playbook ${slug} is ${playbook.status.toLowerCase()} and starts no runs.`)
  if (!brain.running)
    throw new TraeError(
      'CONFLICT',
      'The brain is stopped, so that no run starts. Start it in the admin, on the page Brain.',
    )
  const source = playbook.published?.source ?? ''
  return { source, ofNewLeads: triggersOf(source).includes(EVENT), since: brain.observedAt }
}

const EVENT = 'lead.captured'

/** Hands a lead in, through the door that every application has. */
async function handIn(
  session: HostSession,
  slug: string,
  { ofNewLeads, since }: Startable,
  input: Record<string, unknown>,
): Promise<Begun> {
  if (!ofNewLeads)
    throw new TraeError(
      'CONFLICT',
      `The playbook ${slug} is not triggered by ${EVENT}, and only that can be sent with --event. Nothing was done.`,
    )
  const { lead } = await captureLead(session, input)
  return {
    isOurs: run => run.playbook.slug === slug && run.lead?.id === lead.id && run.createdAt >= since,
    nothing: `The lead ${lead.email ?? lead.name} is here, but ${slug} has not started for it: its trigger has a condition that does not fit, or this lead is in a run of it already.`,
  }
}

function triggersOf(source: string): unknown[] {
  const { triggers } = (parse(source) ?? {}) as { triggers?: readonly { event?: unknown }[] }
  return triggers?.map(({ event }) => event) ?? []
}

function endOf(run: WatchedRun, url: string): string {
  const where = `${url}/admin/runs/${run.id}`
  if (run.error) return `The run failed: ${run.error.message} (${run.error.code})\n${where}`
  if (run.status === 'WAITING') return `The run waits and goes on by itself: ${where}`
  return `The run has ${run.finishedAt ? 'ended' : 'not ended yet'}: ${run.status.toLowerCase()}\n${where}`
}

interface Found {
  readonly playbook: {
    readonly slug: string
    readonly status: string
    readonly published: { readonly source: string } | null
  } | null
  readonly playbooks: { readonly edges: readonly { readonly node: { readonly slug: string } }[] }
  readonly brain: { readonly running: boolean; readonly observedAt: string }
}

const FIND_PLAYBOOK = `query ($slug: String!) {
  playbook(slug: $slug) { slug status published { source } }
  playbooks(first: 100) { edges { node { slug } } }
  brain { running observedAt }
}`
