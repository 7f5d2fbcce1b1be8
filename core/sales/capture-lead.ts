import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { GroupCommit } from '../group-commit.ts'
import { type EventId, type LeadId, newId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { TraeError } from '../errors.ts'
import type { LeadInput } from './lead.ts'
import { suppressionHash } from './suppression.ts'

export interface Captured {
  readonly leadId: LeadId
  readonly eventId: EventId
  /** False where the lead was known already (same e-mail, or same phone and full name), or the same capture came twice (same dedupe key). */
  readonly created: boolean
  /** True where this very capture had been stored before: nothing was changed. */
  readonly repeated: boolean
}

/**
 * Stores a lead and the event `lead.captured`, both or neither, and answers once they are durable. A lead with a known
 * e-mail is brought up to date, never doubled; so is who comes back under another e-mail, known by phone and full name: the new
 * address takes the place of the old one, which stays an alias: who comes by an alias is known by it. Two people with one phone stay two. `dedupeKey` makes a repeat of the same capture harmless. Throws `CONFLICT` for a person
 * who was erased at their request: only they themselves come back, by a form.
 */
export async function captureLead(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  input: LeadInput,
  origin: { readonly source: string; readonly dedupeKey?: string | undefined },
): Promise<Captured> {
  let intake = intakes.get(core.sql)
  if (!intake) intakes.set(core.sql, (intake = new GroupCommit(captures => store(core, captures))))
  const captured = await intake.add({
    id: newId<LeadId>(),
    eventId: newId<EventId>(),
    workspaceId,
    input,
    source: origin.source,
    dedupeKey: origin.dedupeKey ?? null,
  })
  if (!captured)
    throw new TraeError(
      'CONFLICT',
      'This person was erased at their request and is not taken in again. They can come back by themselves, through a form.',
    )
  crashPoint('event.stored')
  if (!captured.repeated) {
    core.queue.ring('events')
    core.pubsub.publish('lead.updated', { workspaceId, leadId: captured.leadId })
  }
  return captured
}

interface Capture {
  readonly id: LeadId
  readonly eventId: EventId
  readonly workspaceId: WorkspaceId
  readonly input: LeadInput
  readonly source: string
  readonly dedupeKey: string | null
}

/** One intake a database: captures that arrive together share a commit. */
const intakes = new WeakMap<Sql, GroupCommit<Capture, Captured | undefined>>()

async function store(
  core: Pick<Core, 'sql' | 'clock'>,
  captures: readonly Capture[],
): Promise<(Captured | undefined)[]> {
  const results = new Map<Capture, Captured>()
  for (let rest: readonly Capture[] = captures; rest.length > 0;) {
    const { round, later } = withoutTwins(rest)
    const rows = await storeRound(core, round).catch((error: unknown) => {
      if (!(error instanceof TraeError) || error.code !== 'CONFLICT') throw error
      return storeRound(core, round) // another process took in that address just now: here it is known
    })
    const byEvent = new Map(rows.map(row => [row.event_id, row]))
    for (const capture of round) {
      const row = byEvent.get(capture.eventId) ?? (await findRepeated(core.sql, capture))
      if (row)
        results.set(capture, {
          leadId: row.lead_id,
          eventId: row.event_id,
          created: row.created,
          repeated: row.repeated,
        })
    }
    rest = later
  }
  return captures.map(capture => results.get(capture))
}

const storeRound = (core: Pick<Core, 'sql' | 'clock'>, round: readonly Capture[]) =>
  core.sql.query<{ event_id: EventId; lead_id: LeadId; created: boolean; repeated: boolean }>(CAPTURE_LEADS, [
    JSON.stringify(round.map(toRow)),
    core.clock.now(),
  ])

/** One statement cannot touch a row twice: the second of two captures of one person or with one key goes in the next. */
function withoutTwins(captures: readonly Capture[]): { round: Capture[]; later: Capture[] } {
  const seen = new Set<string>()
  const round: Capture[] = []
  const later: Capture[] = []
  for (const capture of captures) {
    const marks = [
      capture.input.email === null ? undefined : `${capture.workspaceId} email ${capture.input.email}`,
      capture.input.phone === null
        ? undefined
        : `${capture.workspaceId} person ${capture.input.phone} ${capture.input.name.toLowerCase()}`,
      capture.dedupeKey === null ? undefined : `${capture.workspaceId} key ${capture.dedupeKey}`,
    ].filter(mark => mark !== undefined)
    if (marks.some(mark => seen.has(mark))) later.push(capture)
    else {
      marks.forEach(mark => seen.add(mark))
      round.push(capture)
    }
  }
  return { round, later }
}

const toRow = ({ id, eventId, workspaceId, input, source, dedupeKey }: Capture) => ({
  id,
  event_id: eventId,
  workspace_id: workspaceId,
  name: input.name,
  email: input.email,
  phone: input.phone,
  company: input.company,
  job_title: input.jobTitle,
  source: input.source,
  locale: input.locale,
  data: input.data,
  utm: input.utm,
  consent: input.consent,
  origin: source,
  dedupe_key: dedupeKey,
  hashes: [
    ...(input.email === null ? [] : [suppressionHash(workspaceId, 'email', input.email)]),
    ...(input.phone === null ? [] : [suppressionHash(workspaceId, 'phone', input.phone)]),
  ],
})

// A repeat (its dedupe key is there already) and an erased person are left out of `input`, so they change nothing. `known` is who has
// this phone and this name of several words, where nobody has this e-mail: a first name and the phone of a reception are no proof. Or who is
// known by that e-mail as an alias: their address stays, unless there is none or it bounces.
const CAPTURE_LEADS = statement(
  'capture-leads',
  `with input as (
     select i.*, coalesce((
         select a.lead_id from lead_aliases a
         where a.workspace_id = i.workspace_id and a.kind = 'email' and a.value = i.email
           and not exists (select from leads o where o.workspace_id = i.workspace_id and o.email = i.email)
       ), case when i.phone is not null and i.name ~ '\\S\\s+\\S' then (
         select k.id from leads k
         where k.workspace_id = i.workspace_id and k.phone = i.phone and lower(k.name) = lower(i.name)
           and (i.email is null or not exists (select from leads o where o.workspace_id = i.workspace_id and o.email = i.email))
         order by k.created_at, k.id limit 1) end) as known -- looked for only where it can be: while a table is new, its plans read all of it
     from jsonb_to_recordset($1::jsonb) as i(
       id uuid, event_id uuid, workspace_id uuid, name text, email text, phone text, company text, job_title text, source text,
       locale text, data jsonb, utm jsonb, consent jsonb, origin text, dedupe_key text, hashes text[])
     where (i.dedupe_key is null
        or not exists (select from events e where e.workspace_id = i.workspace_id and e.dedupe_key = i.dedupe_key))
       and (i.origin like 'form:%'
            or not exists (select from suppressions s where s.workspace_id = i.workspace_id and s.hash = any(i.hashes)))
   ), back as ( -- who comes back by themselves is taken in from then on
     delete from suppressions s using input i
     where i.origin like 'form:%' and s.workspace_id = i.workspace_id and s.hash = any(i.hashes)
   ), addressed as (
     select i.*, k.email as old_email, case when k.email is not null and k.email_bounced_at is null and exists (
         select from lead_aliases a where a.workspace_id = i.workspace_id and a.kind = 'email' and a.value = i.email and a.lead_id = k.id)
       then k.email else coalesce(i.email, k.email) end as new_email
     from input i join leads k on k.id = i.known
   ), alias as (
     insert into lead_aliases (id, workspace_id, lead_id, kind, value, created_at)
     select gen_random_uuid(), workspace_id, known, 'email', old_email, $2 from addressed where new_email <> old_email
     on conflict (workspace_id, kind, value) where value is not null do nothing
   ), came_back as (
     update leads l set
       email = i.new_email,
       email_bounced_at = case when i.new_email <> l.email then null else l.email_bounced_at end,
       company = coalesce(i.company, l.company),
       job_title = coalesce(i.job_title, l.job_title),
       locale = i.locale,
       data = l.data || i.data || case when i.new_email <> l.email
         then jsonb_build_object('otherEmails', coalesce(l.data->'otherEmails', '[]') || to_jsonb(l.email)) else '{}' end,
       utm = l.utm || i.utm,
       consent = i.consent || jsonb_build_object('grantedAt', coalesce(i.consent->'grantedAt', to_jsonb($2::timestamptz))),
       updated_at = $2
     from addressed i where l.id = i.known
     returning l.*
   ), added as (
     insert into leads (id, workspace_id, name, email, phone, company, job_title, source, locale, status, data, utm, consent, created_at, updated_at)
     select id, workspace_id, name, email, phone, company, job_title, source, locale, 'NEW', data, utm,
            consent || jsonb_build_object('grantedAt', coalesce(consent->'grantedAt', to_jsonb($2::timestamptz))), $2, $2
     from input where known is null order by email -- two processes that upsert the same leads take them in one order
     on conflict (workspace_id, email) do update set
       name = excluded.name,
       phone = coalesce(excluded.phone, leads.phone),
       company = coalesce(excluded.company, leads.company),
       job_title = coalesce(excluded.job_title, leads.job_title),
       locale = excluded.locale,
       data = leads.data || excluded.data,
       utm = leads.utm || excluded.utm,
       consent = excluded.consent,
       updated_at = excluded.updated_at
     returning *
   ), lead as (
     select * from came_back union all select * from added
   ), event as (
     insert into events (id, workspace_id, type, subject_id, data, source, dedupe_key, created_at)
     select i.event_id, i.workspace_id, 'lead.captured', l.id,
            jsonb_build_object('leadId', l.id, 'lead', jsonb_build_object(
              'id', l.id, 'name', l.name, 'email', l.email, 'phone', l.phone, 'company', l.company, 'jobTitle', l.job_title,
              'source', l.source, 'locale', l.locale, 'data', l.data, 'utm', l.utm)),
            i.origin, i.dedupe_key, $2
     from input i join lead l on l.workspace_id = i.workspace_id and (l.id = i.id or l.id = i.known or l.email = i.email)
     on conflict (workspace_id, dedupe_key) do nothing
     returning id, subject_id
   ), activity as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, occurred_at)
     select e.id, i.workspace_id, e.subject_id, 'CAPTURED', i.origin, jsonb_build_object('source', i.source, 'utm', i.utm), $2
     from input i join event e on e.id = i.event_id
   )
   select e.id as event_id, e.subject_id as lead_id, exists (select from input i where i.id = e.subject_id) as created, false as repeated
   from event e`,
)

async function findRepeated(sql: Sql, capture: Capture) {
  const [row] = await sql.query<{ event_id: EventId; lead_id: LeadId }>(FIND_REPEATED, [
    capture.workspaceId,
    capture.dedupeKey,
  ])
  return row && { ...row, created: false, repeated: true }
}
const FIND_REPEATED = statement(
  'find-repeated-capture',
  `select id as event_id, subject_id as lead_id from events where workspace_id = $1 and dedupe_key = $2`,
)
