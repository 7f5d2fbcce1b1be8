import { TraeError } from '../errors.ts'
import { parseDuration } from '../playbooks/duration.ts'
import { REASON_CODES } from '../runs/reason.ts'
import { RUN_STATUSES } from '../runs/read-runs.ts'
import { type CommandInput, type Flag, suggest, UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import type { HostSession } from './host-session.ts'
import { findLead } from './lead-of-host.ts'
import { findPlaybook } from './playbook-of-host.ts'
import { VERSIONS, type VersionList } from './playbook-versions.ts'

const SLA_STATES = ['open', 'due-soon', 'breached', 'kept']

/** Which runs, as the list of the API takes it. Those that may be repeated also take a list: `failed,cancelled`. */
export const FILTER_FLAGS = {
  playbook: { type: 'string', multiple: true, value: '<slug>', help: 'of this playbook; may be repeated' },
  'playbook-version': { type: 'string', value: '<number>', help: 'of this version of the one playbook' },
  status: { type: 'string', multiple: true, value: '<status>', help: `${RUN_STATUSES.join(', ')}; may be repeated` },
  lead: { type: 'string', value: '<email>', help: 'about the lead with this address, or this id' },
  'reason-code': {
    type: 'string',
    multiple: true,
    value: '<code>',
    help: 'that stand for this reason, as QUARANTINE or APPROVAL; may be repeated',
  },
  sla: { type: 'string', multiple: true, value: '<state>', help: `${SLA_STATES.join(', ')}; may be repeated` },
  'created-after': {
    type: 'string',
    value: '<time>',
    help: 'queued since then: 2026-03-02, 2026-03-02T12:00Z, or 2d ago as 2d',
  },
  'created-before': { type: 'string', value: '<time>', help: 'queued before then' },
} as const satisfies Record<string, Flag>

export type FilterFlags = CommandInput<typeof FILTER_FLAGS>['flags']

/** `RunFilter` of the API. */
export type ApiFilter = Readonly<Record<string, unknown>>

/** Is any of the filter's flags given? */
export const isFiltered = (flags: FilterFlags): boolean =>
  (Object.keys(FILTER_FLAGS) as (keyof FilterFlags)[]).some(name => flags[name] !== undefined)

/** What is wrong with the flags by themselves is said before the host is asked. Throws `UsageError`. */
export function checkFilter(flags: FilterFlags): ApiFilter {
  const version = flags['playbook-version']
  const playbooks = listed(flags.playbook)
  if (version !== undefined && (!/^\d+$/.test(version) || playbooks?.length !== 1))
    throw new UsageError('--playbook-version is the number of a version, with one --playbook.')
  return {
    statuses: oneOf(flags.status, '--status', RUN_STATUSES)?.map(apiName),
    reasonCodes: oneOf(flags['reason-code'], '--reason-code', REASON_CODES),
    slaStates: oneOf(flags.sla, '--sla', SLA_STATES)?.map(apiName),
    createdAfter: timeOf(flags['created-after'], '--created-after'),
    createdBefore: timeOf(flags['created-before'], '--created-before'),
  }
}

/** The filter as the API takes it, with playbooks and lead looked up. Throws `NOT_FOUND` with what was probably meant. */
export async function findFilter(session: HostSession, flags: FilterFlags): Promise<ApiFilter> {
  const checked = checkFilter(flags)
  const playbookIds: string[] = []
  for (const slug of listed(flags.playbook) ?? []) playbookIds.push((await findPlaybook(session, slug))!.id)
  const { lead, 'playbook-version': version } = flags
  return {
    ...checked,
    ...(playbookIds.length > 0 ? { playbookIds } : {}),
    ...(version === undefined
      ? {}
      : { versionId: await findVersion(session, listed(flags.playbook)![0]!, Number(version)) }),
    ...(lead === undefined
      ? {}
      : { leadId: lead.includes('@') ? await findLead(session, lead, 'look in the admin, on the page Leads.') : lead }),
  }
}

async function findVersion(session: HostSession, slug: string, number: number): Promise<string> {
  const { playbook } = await ask<VersionList>(session, VERSIONS, { slug })
  const found = playbook?.versions.edges.find(({ node }) => node.number === number)
  if (found) return found.node.id
  throw new TraeError(
    'NOT_FOUND',
    `${slug} has no version ${number} among its newest 100; trae playbook versions lists them.`,
  )
}

const listed = (written: readonly string[] | undefined) =>
  written?.flatMap(text => text.split(',')).map(text => text.trim())

const apiName = (name: string) => name.toUpperCase().replace('-', '_')

function oneOf(written: readonly string[] | undefined, flag: string, known: readonly string[]): string[] | undefined {
  return listed(written)?.map(text => {
    const found = known.find(name => apiName(name) === apiName(text))
    if (found === undefined) throw new UsageError(`${flag} knows no ${JSON.stringify(text)}${suggest(text, known)}`)
    return found
  })
}

/** A moment as the API takes it; a date is its midnight here. */
function timeOf(written: string | undefined, flag: string): string | undefined {
  if (written === undefined) return undefined
  const ago = parseDuration(written)
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(written)
  const at = ago === undefined ? new Date(isDate ? `${written}T00:00` : written) : new Date(Date.now() - ago)
  if (/^\d{4}-/.test(written) || ago !== undefined) if (!Number.isNaN(at.getTime())) return at.toISOString()
  throw new UsageError(
    `${flag} is a time such as 2026-03-02, 2026-03-02T12:00Z, or 2d for two days ago; found ${written}.`,
  )
}
