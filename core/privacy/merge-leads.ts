/**
 * Two records that are one person become one. Runs about the record that goes are asked to stop first: the one that stays may be in the same playbooks,
 * and nobody is written to twice. Then, in one transaction, whatever the register knows of the record names the other one, what was asked of us
 * holds in its stricter form, its address and number become aliases, and it is gone. It may end at any point and is begun again; done, it changes nothing.
 */
import { type Actor, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { type LeadId, newId, type WorkspaceId } from '../ids.ts'
import { tellForgotten } from '../memory/forget.ts'
import { cancelRun } from '../runs/cancel-run.ts'
import { type LeadRow, SAMPLE } from '../sales/lead.ts'
import { type Sql, statement } from '../sql.ts'
import { parametersOf, rowsOf, tablesHere } from './person.ts'
import { ERASED } from './scrub.ts'

type MergeCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>

/** What the record that goes may give to the one that stays; of everything else the latter keeps its own, and gets what it lacks. */
export const MERGE_FIELDS = ['name', 'email', 'phone', 'company', 'jobTitle', 'locale'] as const
export type MergeField = (typeof MERGE_FIELDS)[number]

export interface Merge {
  readonly keepId: string
  readonly mergeId: string
  /** Of these the values of the record that goes are taken, where it has any. */
  readonly take: readonly MergeField[]
}

/** How often it is looked whether the runs are over, and how long between two looks. */
const LOOKS = 50
const LOOK_MS = 100
/** An event on its way to a playbook may start one more run. */
const TRIES = 3

/**
 * Throws `NOT_FOUND`, `BAD_USER_INPUT` for a lead and itself, and `CONFLICT` for the sample lead, for one that is erased or being erased, for a record that
 * went into another lead, and while runs about it have not come to their end: ask again then.
 */
export async function mergeLeads(core: MergeCore, workspaceId: WorkspaceId, merge: Merge, actor: Actor): Promise<void> {
  const { keepId, mergeId } = merge
  if (keepId === mergeId) throw new TraeError('BAD_USER_INPUT', 'A lead is not merged with itself.')
  if (await isDone(core.sql, workspaceId, merge)) return
  await demandBoth(core.sql, workspaceId, merge)
  const tables = await tablesHere(core)
  let memories: number | undefined
  for (let left = TRIES; memories === undefined; left--) {
    if (left === 0) throw stillRunning()
    await stopRuns(core, workspaceId, merge, actor)
    memories = await join(core, workspaceId, merge, { tables, actor })
  }
  core.queue.ring('events')
  if (memories > 0) tellForgotten(core, workspaceId)
  for (const leadId of [keepId, mergeId]) core.pubsub.publish('lead.updated', { workspaceId, leadId: leadId as LeadId })
}

/** The one transaction. Answers how many memories went along; undefined, and nothing done, where a run has begun meanwhile. */
async function join(
  core: MergeCore,
  workspaceId: WorkspaceId,
  merge: Merge,
  { tables, actor }: { readonly tables: Awaited<ReturnType<typeof tablesHere>>; readonly actor: Actor },
): Promise<number | undefined> {
  const { keepId, mergeId } = merge
  const now = core.clock.now()
  return core.sql.transaction(async tx => {
    const [kept, gone] = await demandBoth(tx, workspaceId, merge)
    if ((await tx.query(OPEN_RUNS, [workspaceId, mergeId])).length > 0) return undefined
    await makeRoom(tx, workspaceId, merge)
    const memories = await rename(tx, workspaceId, merge, tables)
    await tx.query(REMOVE, [workspaceId, mergeId])
    await tx.query(STORE, [workspaceId, keepId, JSON.stringify(merged(kept, gone, merge.take)), now])
    await storeAliases(tx, workspaceId, { keepId, kept, gone, take: merge.take, now })
    const known = { leadId: keepId, mergedLeadId: mergeId }
    const told = { name: gone.name, email: gone.email, phone: gone.phone, taken: merge.take }
    await tx.query(TELL, [newId(), workspaceId, keepId, gone.name, JSON.stringify(told), now])
    await appendEvent(tx, workspaceId, { type: 'lead.merged', subjectId: keepId, data: known, source: 'leads' }, now)
    const entry = { action: 'lead.merged', target: `lead:${keepId}`, data: { merged: mergeId, taken: merge.take } }
    await audit(tx, workspaceId, { actor, ...entry }, now)
    return memories
  })
}

async function isDone(sql: Pick<Sql, 'query'>, workspaceId: WorkspaceId, { keepId, mergeId }: Merge): Promise<boolean> {
  const into = await mergedInto({ sql }, workspaceId, mergeId)
  if (into !== undefined && into !== keepId)
    throw new TraeError('CONFLICT', `The lead ${mergeId} was merged into ${into} already.`)
  return into !== undefined
}

/** The lead that has everything of this one, which is gone; undefined where it was not merged. */
export async function mergedInto(
  { sql }: { readonly sql: Pick<Sql, 'query'> },
  workspaceId: WorkspaceId,
  leadId: string,
): Promise<string | undefined> {
  const [row] = await sql.query<{ lead_id: string }>(MERGED_INTO, [workspaceId, leadId])
  return row?.lead_id
}

/** Both, the one that stays first; in a transaction they are locked. */
async function demandBoth(
  sql: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  { keepId, mergeId }: Merge,
): Promise<[LeadRow, LeadRow]> {
  const rows = await sql.query<LeadRow & { erasing: boolean }>(BOTH, [workspaceId, [keepId, mergeId]])
  const demand = (id: string): LeadRow => {
    const lead = rows.find(row => row.id === id)
    if (!lead) throw new TraeError('NOT_FOUND', `There is no lead ${id} in this workspace.`)
    if (lead.source === SAMPLE) throw new TraeError('CONFLICT', 'The sample lead is nobody: it is merged with no one.')
    if (lead.erasing || lead.name === ERASED)
      throw new TraeError('CONFLICT', `The lead ${id} is erased at their request: it is merged with no one.`)
    return lead
  }
  return [demand(keepId), demand(mergeId)]
}

async function stopRuns(core: MergeCore, workspaceId: WorkspaceId, { keepId, mergeId }: Merge, actor: Actor) {
  const reason = `The lead is merged into ${keepId}.`
  const open = () => core.sql.query<{ id: string }>(OPEN_RUNS, [workspaceId, mergeId])
  for (const { id } of await open())
    await cancelRun(core, workspaceId, id, { by: actor, reason }).catch((error: unknown) => {
      if ((error as TraeError).code !== 'CONFLICT') throw error // over meanwhile
    })
  for (let left = LOOKS; (await open()).length > 0; left--) {
    if (left === 0) throw stillRunning()
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
}

const stillRunning = () =>
  new TraeError('CONFLICT', 'Runs about the record that goes are coming to their end. Ask again in a moment.', {
    details: { reason: 'running' },
  })

/** Aliases go along; and rows of which a lead has one: both were customers, are in one audience, went once and for ever through one playbook, or a plugin has planned the same about them. */
async function makeRoom(tx: Sql, workspaceId: WorkspaceId, { keepId, mergeId }: Merge): Promise<void> {
  for (const room of [MOVE_ALIASES, JOIN_CUSTOMERS, LEAVE_CUSTOMERS, LEAVE_AUDIENCES, FORGET_ENROLLMENTS, LEAVE_PLANS])
    await tx.query(room, [workspaceId, keepId, mergeId])
}

/**
 * Every table of the register: where a text or a JSON says the id, it says the other one, and so does every column that names a lead. Keys that are ours
 * (`plain`, `dedupe_key`) stay as they are: they only make the same thing happen once. Answers how many memories there were.
 */
async function rename(
  tx: Sql,
  workspaceId: WorkspaceId,
  { keepId, mergeId }: Merge,
  tables: Awaited<ReturnType<typeof tablesHere>>,
): Promise<number> {
  const person = { leadIds: [mergeId], emails: [], phones: [], names: [], isSample: false }
  const types = await typesOf(tx)
  let memories = 0
  for (const { name, table, columns } of tables) {
    const rows = PROOF.has(name) || name === 'leads' ? undefined : rowsOf(name, table, columns)
    if (rows === undefined) continue
    const texts = Object.entries(table.columns).flatMap(([column, as]) =>
      as === 'plain' || as === 'secret' || column === 'dedupe_key' || !columns.includes(column) ? [] : [column],
    )
    const set = [
      ...texts.map(column => `"${column}" = replace("${column}"::text, $5::text, $6::text)::${types.get(`${name}.${column}`)!}`), // prettier-ignore
      ...columns.filter(column => SUBJECTS.has(column)).map(column => `"${column}" = case when "${column}" = $5::uuid then $6::uuid else "${column}" end`), // prettier-ignore
      ...(table.also ? [table.also] : []),
    ]
    if (set.length === 0) continue
    const text = `update "${name}" t set ${set.join(', ')} where t.ctid in (select t.ctid ${rows}) and ($5::text is not null) and ($6::text is not null) returning 1`
    const found = await tx.query(statement(`merge.rename-${name}`, text), [...parametersOf(workspaceId, person), mergeId, keepId]) // prettier-ignore
    if (name === 'memory_entries') memories = found.length
  }
  return memories
}

/** What was done under the name of the record stays as it was told: who reads it there finds the alias. */
const PROOF = new Set(['audit_log', 'data_subject_requests', 'lead_aliases'])
const SUBJECTS = new Set(['lead_id', 'subject_id'])

async function typesOf(tx: Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.query<{ name: string; type: string }>(TYPES)
  return new Map(rows.map(({ name, type }) => [name, type]))
}

/** The lead that stays, as it then is. What was asked of us holds in its stricter form: no letters, no consent, no messages to that number. */
function merged(kept: LeadRow, gone: LeadRow, take: readonly MergeField[]): Record<string, unknown> {
  const chosen = (field: MergeField, column: 'name' | 'email' | 'phone' | 'company' | 'job_title' | 'locale') =>
    (take.includes(field) ? gone[column] : null) ?? kept[column] ?? gone[column]
  const [email, phone] = [chosen('email', 'email'), chosen('phone', 'phone')]
  const first = (...times: readonly (Date | string | null)[]) =>
    times.flatMap(at => (at === null ? [] : new Date(at).toISOString())).toSorted()[0] ?? null
  const of = (column: 'email' | 'phone', value: unknown) => [kept, gone].filter(row => row[column] === value)
  const sure = Object.keys(kept.consent).length > 0 ? kept : gone
  const withdrawn = [kept, gone].map(row => (row.consent as { withdrawnAt?: string }).withdrawnAt).find(at => at !== undefined) // prettier-ignore
  return {
    name: chosen('name', 'name'),
    email,
    phone,
    company: chosen('company', 'company'),
    job_title: chosen('jobTitle', 'job_title'),
    locale: chosen('locale', 'locale'),
    status: [kept, gone].some(row => row.status === 'CONVERTED')
      ? 'CONVERTED'
      : [kept, gone].some(row => row.status === 'DISQUALIFIED' && row.unsubscribed_at !== null)
        ? 'DISQUALIFIED'
        : kept.status,
    score: kept.score ?? gone.score,
    score_factors: kept.score === null ? gone.score_factors : kept.score_factors,
    data: { ...gone.data, ...kept.data },
    utm: { ...gone.utm, ...kept.utm },
    consent: { ...sure.consent, ...(withdrawn ? { withdrawnAt: withdrawn } : {}) },
    unsubscribed_at: first(kept.unsubscribed_at, gone.unsubscribed_at),
    email_bounced_at: first(...of('email', email).map(row => row.email_bounced_at)),
    phone_opted_out_at: first(...of('phone', phone).map(row => row.phone_opted_out_at)),
    created_at: first(kept.created_at, gone.created_at),
  }
}

interface Known {
  readonly keepId: string
  readonly kept: LeadRow
  readonly gone: LeadRow
  readonly take: readonly MergeField[]
  readonly now: Date
}
async function storeAliases(
  tx: Sql,
  workspaceId: WorkspaceId,
  { keepId, kept, gone, take, now }: Known,
): Promise<void> {
  const { email, phone } = merged(kept, gone, take)
  const aliases = [
    { kind: 'id', value: gone.id },
    ...[kept, gone].flatMap(row => [
      ...(row.email !== null && row.email !== email ? [{ kind: 'email', value: row.email }] : []),
      ...(row.phone !== null && row.phone !== phone ? [{ kind: 'phone', value: row.phone }] : []),
    ]),
  ]
  await tx.query(ADD_ALIASES, [workspaceId, keepId, JSON.stringify(aliases), now])
}

const MERGED_INTO = statement(
  'merge.merged-into',
  `select lead_id from lead_aliases where workspace_id = $1 and kind = 'id' and value = $2`,
)
const BOTH = statement(
  'merge.both',
  `select l.*, exists (select from data_subject_requests q where q.workspace_id = $1 and q.kind = 'ERASURE' and q.status in ('RECEIVED', 'PROCESSING')
     and (q.subject in (l.id::text, l.email, l.phone) or q.subject in (select a.value from lead_aliases a where a.lead_id = l.id))) as erasing
   from leads l where l.workspace_id = $1 and l.id = any($2::uuid[]) order by l.id for update of l`,
)
const OPEN_RUNS = statement(
  'merge.open-runs',
  'select id from runs where workspace_id = $1 and subject_id = $2 and finished_at is null',
)
const JOIN_CUSTOMERS = statement(
  'merge.join-customers',
  `update customers k set facts = g.facts || k.facts, plan = coalesce(k.plan, g.plan), mrr = coalesce(k.mrr, g.mrr),
     started_at = least(k.started_at, g.started_at), deal_id = coalesce(k.deal_id, g.deal_id),
     status = case when k.status = 'CHURNED' then g.status else k.status end, churned_at = case when k.status = 'CHURNED' then g.churned_at end
   from customers g where k.workspace_id = $1 and k.lead_id = $2 and g.workspace_id = $1 and g.lead_id = $3`,
)
const LEAVE_CUSTOMERS = statement(
  'merge.leave-customers',
  `delete from customers g where g.workspace_id = $1 and g.lead_id = $3
     and exists (select from customers k where k.workspace_id = $1 and k.lead_id = $2)`,
)
const LEAVE_AUDIENCES = statement(
  'merge.leave-audiences',
  `delete from audience_members g where g.workspace_id = $1 and g.lead_id = $3
     and exists (select from audience_members k where k.workspace_id = $1 and k.lead_id = $2 and k.audience = g.audience)`,
)
const FORGET_ENROLLMENTS = statement(
  'merge.forget-enrollments',
  `update runs g set enrollment = null where g.workspace_id = $1 and g.subject_id = $3 and g.enrollment = 'ever'
     and exists (select from runs k where k.playbook_id = g.playbook_id and k.subject_id = $2 and k.enrollment = 'ever')`,
)
const LEAVE_PLANS = statement(
  'merge.leave-plans',
  `delete from planned_calls g where g.workspace_id = $1 and exists (select from planned_calls k
     where k.installation_id = g.installation_id and k.id <> g.id and g.key like '%' || $3::text || '%' and k.key = replace(g.key, $3::text, $2::text))`,
)
const TYPES = statement(
  'merge.types',
  `select table_name || '.' || column_name as name, case data_type when 'ARRAY' then 'text[]' else data_type end as type
   from information_schema.columns where table_schema = 'public'`,
)
const REMOVE = statement('merge.remove', 'delete from leads where workspace_id = $1 and id = $2')
const STORE = statement(
  'merge.store',
  `update leads l set name = x.name, email = x.email, phone = x.phone, company = x.company, job_title = x.job_title, locale = x.locale, status = x.status,
     score = x.score, score_factors = x.score_factors, data = x.data, utm = x.utm, consent = x.consent, unsubscribed_at = x.unsubscribed_at,
     email_bounced_at = x.email_bounced_at, phone_opted_out_at = x.phone_opted_out_at, created_at = x.created_at, updated_at = $4
   from jsonb_populate_record(null::leads, $3::jsonb) x where l.workspace_id = $1 and l.id = $2`,
)
const MOVE_ALIASES = statement(
  'merge.move-aliases',
  'update lead_aliases set lead_id = $2 where workspace_id = $1 and lead_id = $3',
)
const ADD_ALIASES = statement(
  'merge.add-aliases',
  `insert into lead_aliases (id, workspace_id, lead_id, kind, value, created_at)
   select gen_random_uuid(), $1, $2, kind, value, $4 from jsonb_to_recordset($3::jsonb) as x(kind text, value text)
   on conflict (workspace_id, kind, value) where value is not null do nothing`,
)
const TELL = statement(
  'merge.tell',
  `insert into activities (id, workspace_id, lead_id, kind, summary, data, occurred_at) values ($1, $2, $3, 'MERGED', $4, $5::jsonb, $6)`,
)
