import type { Core } from '../context.ts'
import { appendEvent } from '../events/append-event.ts'
import type { WorkspaceId } from '../ids.ts'
import { eventData } from '../playbooks/event-schemas.ts'
import type { TestEvent } from '../playbooks/tests/playbook-test.ts'
import { sampleValue } from '../playbooks/tests/sample-value.ts'
import { getLead } from '../sales/leads.ts'
import { firstOpenRun } from './first-open-run.ts'
import { putLead } from './put-lead.ts'

/**
 * Brings an event into a workspace as the doors would: `lead.captured` stores or updates its lead first, and what an
 * event of this type carries by itself is filled in where the test says nothing. Answers the lead that it is about.
 */
export async function bringEvent(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'plugins'>,
  workspaceId: WorkspaceId,
  { type, data, account: name }: TestEvent,
  knownLead: string | undefined,
): Promise<string | undefined> {
  const now = core.clock.now()
  const { lead: fields, ...rest } = data
  const captured = type === 'lead.captured' ? await capture(core, workspaceId, fields, knownLead) : undefined
  const leadId = captured ?? knownLead
  const lead = leadId === undefined ? undefined : await getLead(core, workspaceId, { id: leadId })
  const schema = eventData([type], {})
  const known = Object.keys(schema?.properties ?? {})
  const sent = known.includes('runId') && !('runId' in rest) ? { runId: await firstOpenRun(core, workspaceId) } : {}
  const filled = schema
    ? (sampleValue(
        { ...schema, required: known.filter(name => !['type', 'lead', 'leadId'].includes(name)) },
        { now, place: type },
        { ...rest, ...sent },
      ) as object)
    : rest
  const event = {
    ...(leadId === undefined ? {} : { leadId }),
    ...(lead && known.includes('lead')
      ? { lead: { ...lead, ...(fields as object) } }
      : fields === undefined
        ? {}
        : { lead: fields }),
    ...filled,
  }
  const isDefault = core.plugins.installation(workspaceId, type.split('.')[0]!)?.defaultAccount === name
  const account = name === undefined ? undefined : { name, isDefault }
  const told = { type, subjectId: leadId ?? null, data: event, source: 'rehearsal', account }
  await appendEvent(core.sql, workspaceId, told, now)
  core.queue.ring('events')
  return leadId
}

function capture(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  fields: unknown,
  knownLead: string | undefined,
): Promise<string> {
  const given = typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {}
  return putLead(core, workspaceId, given, knownLead)
}
