import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { type Lead, leadOf, type LeadRow, SAMPLE } from './lead.ts'

/** What two records have in common: the number; name and company; or the address, but for what stands behind a + in it. */
export const ALIKE = ['phone', 'nameAndCompany', 'email'] as const
export type Alike = (typeof ALIKE)[number]

export interface PossibleDuplicate {
  readonly lead: Lead
  readonly alike: readonly Alike[]
}

/** So many a lead: the number of a reception is many people's. */
const MOST = 5

/** Other leads that may be the same person as each of these, the likeliest first. */
export async function possibleDuplicates(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  leads: readonly Pick<Lead, 'id'>[],
): Promise<ReadonlyMap<string, readonly PossibleDuplicate[]>> {
  const ids = leads.map(({ id }) => id)
  const rows = await core.sql.query<LeadRow & { of: string; alike: Alike[] }>(POSSIBLE_DUPLICATES, [workspaceId, ids])
  const byLead = Map.groupBy(rows, row => row.of)
  return new Map(ids.map(id => [id, (byLead.get(id) ?? []).map(row => ({ lead: leadOf(row), alike: row.alike }))]))
}

/** SQL: an address without what stands behind a +. */
const bare = (email: string) => `regexp_replace(${email}, '\\+[^@]*@', '@')`
/** SQL: as `like` takes it literally. */
const literally = (text: string) => `regexp_replace(${text}, '([\\\\%_])', '\\\\\\1', 'g')`
const POSSIBLE_DUPLICATES = statement(
  'possible-duplicates',
  `select l.id as of, d.* from leads l cross join lateral (
     select o.*, array_remove(array[
         case when o.phone = l.phone then 'phone' end,
         case when o.name_order = l.name_order and lower(o.company) = lower(l.company) then 'nameAndCompany' end,
         case when ${bare('o.email')} = ${bare('l.email')} then 'email' end], null) as alike
     from leads o
     where o.workspace_id = $1 and o.id <> l.id and o.source <> '${SAMPLE}' and o.id in (
       select id from leads where workspace_id = $1 and phone = l.phone
       union select id from leads where workspace_id = $1 and name_order = l.name_order and lower(company) = lower(l.company)
       union select id from leads where workspace_id = $1 and email = ${bare('l.email')}
       union select id from leads where workspace_id = $1
         and email like ${literally(`split_part(${bare('l.email')}, '@', 1)`)} || '+%@' || ${literally(`split_part(l.email, '@', 2)`)})
     order by (o.name_order = l.name_order) desc, o.updated_at desc, o.id limit ${MOST}
   ) d where l.workspace_id = $1 and l.id = any($2::uuid[]) and l.source <> '${SAMPLE}'`,
)
