import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { type LeadId, newId, type WorkspaceId } from '../ids.ts'
import { LEAD_SCHEMA } from '../playbooks/record-schemas.ts'
import { didYouMean } from '../did-you-mean.ts'
import { statement } from '../sql.ts'

/** A lead of whom a test says nothing else. */
const ANA = { name: 'Ana Souza', email: 'ana@example.com', locale: 'pt-BR', source: 'API', status: 'NEW' }

/**
 * Puts a lead on record, or changes the one with this id, without an event: it is how things stand, nothing that
 * happens. `fields` are those of the record; throws `VALIDATION` for one that it does not have.
 */
export async function putLead(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  fields: Readonly<Record<string, unknown>>,
  id?: string,
): Promise<LeadId> {
  const known = Object.keys(LEAD_SCHEMA.properties!)
  const unknown = Object.keys(fields).find(name => !known.includes(name))
  if (unknown !== undefined) {
    const meant = didYouMean(unknown, known)
    throw new TraeError('VALIDATION', `A lead has no "${unknown}"${meant ? `; did you mean "${meant}"?` : '.'}`)
  }
  const { unsubscribed, ...rest } = fields
  const row = {
    ...(id === undefined ? ANA : {}),
    ...rest,
    ...(unsubscribed === undefined ? {} : { unsubscribedAt: unsubscribed ? core.clock.now() : null }),
  }
  const leadId = (id ?? (typeof fields['id'] === 'string' ? fields['id'] : newId())) as LeadId
  const columns = {
    ...Object.fromEntries(Object.entries(row).map(([name, value]) => [snake(name), value])),
    id: leadId,
  }
  await core.sql.query(id === undefined ? ADD_LEAD : CHANGE_LEAD, [
    workspaceId,
    JSON.stringify(columns),
    core.clock.now(),
  ])
  return leadId
}

const snake = (name: string) => name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

const ADD_LEAD = statement(
  'rehearsal-add-lead',
  `insert into leads (id, workspace_id, name, email, phone, company, job_title, source, locale, status, score, score_factors,
                      data, utm, consent, unsubscribed_at, created_at, updated_at)
   select x.id, $1, x.name, x.email, x.phone, x.company, x.job_title, x.source, x.locale, x.status, x.score,
          coalesce(x.score_factors, '[]'), coalesce(x.data, '{}'), coalesce(x.utm, '{}'), coalesce(x.consent, '{}'),
          x.unsubscribed_at, coalesce(x.created_at, $3), coalesce(x.updated_at, $3)
   from jsonb_populate_record(null::leads, $2::jsonb) as x`,
)
const CHANGE_LEAD = statement(
  'rehearsal-change-lead',
  `update leads l set (name, email, phone, company, job_title, source, locale, status, score, score_factors, data, utm, consent, unsubscribed_at, updated_at) =
     (select x.name, x.email, x.phone, x.company, x.job_title, x.source, x.locale, x.status, x.score, x.score_factors, l.data || x.data, x.utm, x.consent, x.unsubscribed_at, $3::timestamptz
      from jsonb_populate_record(l, $2::jsonb) as x)
   where l.workspace_id = $1 and l.id = ($2::jsonb->>'id')::uuid`,
)
