import { z } from 'zod'
import { changeLink } from '../sales/meeting-link.ts'
import { keepBooked, keepCancelled } from '../sales/provider-meetings.ts'
import { type RecordVerb, verb } from './record-verb.ts'

const moment = z.iso.datetime({ offset: true })
const externalId = z.string().min(1).max(1024)

/** `ctx.records.meetings`: those that stand in the calendar of a vendor. */
export const PROVIDER_MEETINGS: Readonly<Record<string, RecordVerb>> = {
  'meetings.booked': verb(
    'meetings:report',
    z.strictObject({
      externalId,
      leadId: z.uuid(),
      title: z.string().min(1).max(255),
      startsAt: moment,
      endsAt: moment,
      location: z.string().max(500).optional(),
    }),
    async (core, workspaceId, booked, origin) => {
      const { id } = await keepBooked(core, workspaceId, booked, origin)
      return { changeLink: changeLink(core, id) }
    },
  ),
  'meetings.calledOff': verb(
    'meetings:report',
    z.strictObject({ externalId, reason: z.string().max(500).optional() }),
    async (core, workspaceId, cancelled, origin) => {
      await keepCancelled(core, workspaceId, cancelled, origin)
      return null
    },
  ),
}
