import { stringify } from 'yaml'
import { findUsers, type UserRecord } from '../access/users.ts'
import type { Core } from '../context.ts'
import { type ErrorRecord, TraeError } from '../errors.ts'
import { isId, type WorkspaceId } from '../ids.ts'
import { shortDuration } from '../playbooks/duration.ts'
import type { Catalog, JsonSchema } from '../playbooks/catalog.ts'
import { actionOf } from '../playbooks/tests/compile-fixtures.ts'
import type { Step } from '../playbooks/playbook.ts'
import { plainPath, stepsOf } from '../playbooks/step-branches.ts'
import { readAll } from '../page.ts'
import { versionOf } from '../publishing/rollback-playbook.ts'
import type { Approval } from '../runs/approvals/approval.ts'
import { listApprovals } from '../runs/approvals/read-approvals.ts'
import { loadWaits } from '../runs/claim-runs.ts'
import type { JournalEntry, JournalKind } from '../runs/journal.ts'
import { readLarge } from '../runs/large-values.ts'
import { getRun, listJournal, type RunRecord } from '../runs/read-runs.ts'
import { type EventRecord, findEvents } from '../runs/read-events.ts'
import type { Lead } from '../sales/lead.ts'
import { customersOfLeads } from '../sales/customers.ts'
import { getLead } from '../sales/leads.ts'
import { dealsOfLeads } from '../sales/read-deals.ts'
import { statement } from '../sql.ts'
import { approvalsAsTest } from './approvals-as-test.ts'
import { Pseudonyms } from './pseudonyms.ts'
import { startAsTest, withoutFilled } from './start-as-test.ts'

type Read = Pick<Core, 'sql' | 'clock' | 'playbooks' | 'plugins'>

/**
 * A test of a playbook, in YAML, from what a run did: how it began, what its calls answered and people decided, the events
 * that ended its waits at their times, and how it ended. Personal data is replaced by made-up values. Throws `NOT_FOUND`, and
 * `BAD_USER_INPUT` for a run that no event started.
 */
export async function makeTest(core: Read, workspaceId: WorkspaceId, runId: string): Promise<string> {
  const run = await getRun(core, workspaceId, runId)
  const [event] = run.eventId === null ? [] : await findEvents(core, workspaceId, [run.eventId])
  if (!event)
    throw new TraeError(
      'BAD_USER_INPUT',
      `Run ${runId} was not started by an event; a test can be made only from one that was.`,
    )
  const version = await core.playbooks.get(run.versionId)
  const told = await listJournal(core, workspaceId, runId, { first: 100_000 })
  const journal = (await readLarge(core, workspaceId, told)) as JournalEntry[]
  const lead = run.subjectId === null ? null : await leadAtStart(core, workspaceId, run.subjectId, event)
  const later = (await loadWaits(core, [runId])).flatMap(wait => (wait.event ? [wait.event] : []))
  const { source } = await versionOf(core, workspaceId, run.playbookId, run.versionId)
  const begun = startAsTest(
    version.playbook,
    run,
    event,
    header => source.includes('headers') && source.includes(header),
  )
  const begin = new Date(event.createdAt).getTime() - begun.leadMs
  const since = (at: Date) => shortDuration(Math.max(0, Math.round((at.getTime() - begin) / 1000)) * 1000)
  const steps = stepsOf(version.playbook)
  const asked = approvalsAsTest(steps, await allApprovals(core, workspaceId, runId))
  const starter = await starterOf(core, workspaceId, event, steps, journal)
  const names = new Pseudonyms(version.slug)
  names.addNamesIn(begun.words)
  for (const one of [lead, event.data['lead'] as Partial<Lead> | undefined]) {
    if (one?.name) names.addName(one.name)
    if (one?.company) names.addCompany(one.company)
    if (one?.email) names.addDomain(one.email)
  }
  const test = {
    name: `as in the run of ${event.createdAt.slice(0, 10)} (${run.status})`,
    now: begun.now.toISOString(),
    ...(lead ? { lead: names.replace(known(lead, JSON.stringify(begun.words).includes(lead.id))) } : {}),
    ...(await theirsIn(core, workspaceId, run.subjectId, source, names)),
    ...(names.replace(begun.words) as object),
    ...(run.finishedAt === null ? { until: since(core.clock.now()) } : {}),
    ...(starter ? { startedBy: `role:${starter.role}` } : {}),
    ...filled('fixtures', names.replace(fixturesOf(steps, journal, core.plugins.catalog(workspaceId)))),
    ...filled('approvals', names.replace(asked.approvals)),
    ...(later.length === 0
      ? {}
      : {
          events: later
            .toSorted((a, b) => a.at.getTime() - b.at.getTime())
            .map(({ at, type, data }) => ({
              at: since(at),
              type,
              ...(names.replace(withoutFilled(data, runId)) as object),
            })),
        }),
    expect: [
      {
        run: run.status === 'retrying' || run.status === 'queued' || run.status === 'running' ? 'waiting' : run.status,
        ...endOf(run, names),
      },
      { effects: await effectsOf(core, run, steps, journal) },
      ...asked.expect,
      ...waitsOf(steps, journal).map(({ path, at }) => ({ step: path, at: since(at) })),
      ...(await emittedBy(core, workspaceId, run)).map(type => ({ emitted: type })),
    ],
  }
  return `${HEADER}${stringify({ tests: [test] }, { lineWidth: 0 })}`
}

const HEADER = `# Made from a run. Replaced by made-up values: e-mail addresses, phone numbers, ids, the names of
# people and companies that stand in fields for them. Texts that people wrote are kept but for
# these: read them before you share this file. The lead is as it was known at the start, as far
# as that can be told.
`

/** The lead's status before the run changed it; the rest as it is now. */
async function leadAtStart(
  core: Read,
  workspaceId: WorkspaceId,
  leadId: string,
  event: EventRecord,
): Promise<Lead | null> {
  const lead = await getLead(core, workspaceId, { id: leadId }).catch(() => null)
  if (!lead) return null
  const [change] = await core.sql.query<{ before: Lead['status'] | null }>(FIRST_STATUS_CHANGE, [
    workspaceId,
    leadId,
    event.createdAt,
  ])
  return { ...lead, status: change?.before ?? lead.status }
}
const FIRST_STATUS_CHANGE = statement(
  'first-status-change-since',
  `select data->>'before' as before from activities
   where workspace_id = $1 and lead_id = $2 and kind = 'STATUS_CHANGED' and occurred_at >= $3 order by occurred_at limit 1`,
)

/** The deal and the customer of the lead, as they are now, where the playbook speaks of them. */
async function theirsIn(
  core: Read,
  workspaceId: WorkspaceId,
  leadId: string | null,
  source: string,
  names: Pseudonyms,
): Promise<Record<string, unknown>> {
  if (leadId === null) return {}
  const [deal] = /\bdeal\b/.test(source) ? await dealsOfLeads(core, workspaceId, [leadId]) : []
  const [customer] = /\bcustomer\b/.test(source) ? await customersOfLeads(core, workspaceId, [leadId]) : []
  return {
    ...(deal ? { deal: names.replace(factsOf(deal)) } : {}),
    ...(customer ? { customer: names.replace(factsOf(customer)) } : {}),
  }
}

/** Without ids, and without what is not there. */
const factsOf = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== null && !/(^i|I)d$/.test(name)))

const filled = (name: string, value: unknown) => (Object.keys(value as object).length > 0 ? { [name]: value } : {})

/** Who started the run by hand, where that was why nobody was left to be asked; else it matters to no approval. */
async function starterOf(
  core: Read,
  workspaceId: WorkspaceId,
  { data }: EventRecord,
  steps: readonly Step[],
  journal: readonly JournalEntry[],
): Promise<UserRecord | undefined> {
  const asks = new Set(steps.flatMap(step => (step.kind === 'approval' ? [plainPath(step.path)] : [])))
  const refused = journal.some(
    ({ kind, path, data: entry }) =>
      kind === 'step.failed' &&
      path !== null &&
      asks.has(plainPath(path)) &&
      (entry?.['error'] as ErrorRecord | undefined)?.code === 'VALIDATION',
  )
  const id = data['startedBy']
  return refused && isId(id) ? (await findUsers(core, workspaceId, [id]))[0] : undefined
}

async function allApprovals(core: Read, workspaceId: WorkspaceId, runId: string): Promise<Approval[]> {
  return (await readAll(request => listApprovals(core, workspaceId, { ...request, filter: { runId } }))).toReversed()
}

/** Its id only where what began the run names it. */
function known(lead: Lead, withId: boolean): Record<string, unknown> {
  const { id, name, email, phone, company, jobTitle, source, locale, status } = lead
  const fields = { ...(withId ? { id } : {}), name, email, phone, company, jobTitle, source, locale, status }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}

/** One outcome a call, in order; attempts and iterations of a step are a list. A person who decided took their time. */
function fixturesOf(
  steps: readonly Step[],
  journal: readonly JournalEntry[],
  catalog: Catalog,
): Record<string, unknown> {
  const fixtures: Record<string, unknown> = {}
  for (const step of steps) {
    if (step.kind !== 'uses' && step.kind !== 'playbook' && step.kind !== 'decide') continue
    const schema = step.kind === 'uses' ? actionOf(step, { catalog })?.output : undefined
    const asked = new Map<string, number>() // path → when a person was asked
    const outcomes = journal
      .filter(entry => entry.path !== null && plainPath(entry.path) === plainPath(step.path))
      .flatMap(({ kind, data, at, path }): unknown[] => {
        if (kind === 'step.waiting' && step.kind === 'decide') asked.set(path!, at.getTime())
        if (kind !== 'step.completed' && kind !== 'step.retrying' && kind !== 'step.failed') return []
        const since = asked.get(path!)
        asked.delete(path!)
        const most = (step.kind === 'decide' && step.withinMs) || Infinity // who saw that time is up may have been late
        const took = since === undefined ? undefined : Math.min(Math.round((at.getTime() - since) / 1000) * 1000, most)
        const after = took === undefined ? {} : { after: shortDuration(took) }
        if (kind === 'step.completed') return [{ output: withinContract(data?.['output'], schema), ...after }]
        const { code, message, retryable } = data!['error'] as ErrorRecord
        return [{ error: { code, message, retryable }, ...after }]
      })
    if (outcomes.length > 0) fixtures[step.id ?? plainPath(step.path)] = outcomes.length === 1 ? outcomes[0] : outcomes
  }
  return fixtures
}

/** Of a service, a plugin may answer more than the contract says; a playbook cannot see it. */
function withinContract(output: unknown, schema: JsonSchema | undefined): unknown {
  const { properties, additionalProperties } = schema ?? {}
  if (!properties || additionalProperties === true || typeof output !== 'object' || output === null) return output
  return Object.fromEntries(Object.entries(output).filter(([name]) => name in properties))
}

function endOf(run: RunRecord, names: Pseudonyms): Record<string, unknown> {
  if (run.error) return { error: run.error.code }
  return run.output === null ? {} : { output: names.replace(withoutIds(run.output)) }
}

/** Ids come out otherwise each time. */
function withoutIds(output: unknown): unknown {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return output
  return Object.fromEntries(Object.entries(output).filter(([name]) => !/(^i|I)d$/.test(name)))
}

/** Actions whose effect arrived, in the order of the journal. */
async function effectsOf(
  core: Read,
  run: RunRecord,
  steps: readonly Step[],
  journal: readonly JournalEntry[],
): Promise<string[]> {
  const rows = await core.sql.query<{ path: string }>(SENT_EFFECTS, [run.id])
  const sent = new Set(rows.map(row => row.path))
  return journal.flatMap(({ kind, path }) => {
    if (kind !== 'step.completed' || path === null || !sent.has(path)) return []
    const step = steps.find(one => plainPath(one.path) === plainPath(path))
    return step?.kind === 'uses' ? [step.uses.split('@')[0]!] : []
  })
}
const SENT_EFFECTS = statement('sent-effects-of-run', `select path from effects where run_id = $1 and status = 'sent'`)

const WAITING: ReadonlySet<string> = new Set(['wait', 'waitFor', 'approval', 'decide'])

/** When each wait outside of loops was over; one that time has ended, when it was due: who saw it may have been late. */
function waitsOf(steps: readonly Step[], journal: readonly JournalEntry[]): { path: string; at: Date }[] {
  return steps.flatMap(step => {
    if (!WAITING.has(step.kind)) return []
    const of = (kind: JournalKind) => journal.findLast(entry => entry.kind === kind && entry.path === step.path)
    const done = of('step.completed')
    const until = of('step.waiting')?.data?.['until']
    if (!done) return []
    const at = typeof until === 'string' ? Math.min(done.at.getTime(), Date.parse(until)) : done.at
    return [{ path: step.id ?? step.path, at: new Date(at) }]
  })
}

async function emittedBy(core: Read, workspaceId: WorkspaceId, run: RunRecord): Promise<string[]> {
  return (await core.sql.query<{ type: string }>(EMITTED_TYPES, [workspaceId, `run:${run.id}`])).map(row => row.type)
}
const EMITTED_TYPES = statement(
  'emitted-types-of-run',
  `select type from events where workspace_id = $1 and source = $2 and target is null order by id`,
)
