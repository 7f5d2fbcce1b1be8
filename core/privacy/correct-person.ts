import { type Actor, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { LeadId, WorkspaceId } from '../ids.ts'
import { normalizePhone } from '../phone.ts'
import { statement } from '../sql.ts'
import { findPerson } from './person.ts'

/** What is right, by the fields of a lead. */
export type Correction = Readonly<Partial<Record<'name' | 'email' | 'phone' | 'company' | 'jobTitle', string>>>

/** Puts right what a workspace has about somebody; answers how many leads. Throws `NOT_FOUND` where they are no lead. */
export async function correctLeads(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  subject: string,
  correction: Correction,
  actor: Actor,
): Promise<number> {
  const { leadIds } = await findPerson(core, workspaceId, subject)
  if (leadIds.length === 0) throw new TraeError('NOT_FOUND', 'There is no lead of this person in this workspace.')
  const { name, email, phone, company, jobTitle } = correction
  const number = phone === undefined ? undefined : normalizePhone(phone)
  if (phone !== undefined && number === undefined)
    throw new TraeError('BAD_USER_INPUT', 'phone is not a phone number; write it as +55 11 98765-4321.')
  const values = [name, email?.toLowerCase(), number, company, jobTitle].map(value => value ?? null)
  const now = core.clock.now()
  await core.sql.transaction(async tx => {
    await tx.query(CORRECT, [workspaceId, leadIds, ...values, now])
    const entry = {
      actor,
      action: 'person.corrected',
      target: `lead:${leadIds[0]}`,
      data: { fields: Object.keys(correction) },
    }
    await audit(tx, workspaceId, entry, now)
  })
  for (const leadId of leadIds) core.pubsub.publish('lead.updated', { workspaceId, leadId: leadId as LeadId })
  return leadIds.length
}

const CORRECT = statement(
  'privacy.correct',
  `update leads set name = coalesce($3, name), email = coalesce($4, email), phone = coalesce($5, phone),
     company = coalesce($6, company), job_title = coalesce($7, job_title), updated_at = $8
   where workspace_id = $1 and id = any($2::uuid[])`,
)
