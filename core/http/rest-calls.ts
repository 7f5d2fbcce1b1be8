import { z } from 'zod'
import { adviseCallSoon } from '../plugins/advise-call.ts'
import { callLine } from '../sales/call.ts'
import { addCallLines, endCall, startCall } from '../sales/calls.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

const at = z.iso.datetime()
const callAnswer = z
  .object({
    id: z.uuid(),
    lead_id: z.uuid(),
    meeting_id: z.uuid().nullable(),
    deal_id: z.uuid().nullable(),
    status: z.enum(['OPEN', 'ENDED']),
    started_at: at,
    ended_at: at.nullable(),
  })
  .meta({ id: 'Call' })
const shown = (call: Awaited<ReturnType<typeof startCall>>): z.input<typeof callAnswer> => ({
  id: call.id,
  lead_id: call.leadId,
  meeting_id: call.meetingId,
  deal_id: call.dealId,
  status: call.status,
  started_at: call.startedAt,
  ended_at: call.endedAt,
})
const line = z.strictObject({
  seq: z.int().min(1).max(1_000_000).meta({ description: 'Its place, from 1. The same number again changes nothing.' }),
  who: callLine.shape.who.meta({ description: 'us, or them.' }),
  text: z.string().min(1).max(2000),
  said_at: z.iso.datetime({ offset: true }).optional(),
})

const params = z.object({ call: z.uuid().meta({ description: 'Id of the call.' }) })

/** The text of a call comes in here, from whatever hears it. */
export const callEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/calls',
    tag: 'calls',
    summary: 'Begins a call with a lead, of a meeting or a deal; a meeting has one.',
    permission: 'calls:write',
    body: z.strictObject({
      lead_id: z.uuid().optional(),
      meeting_id: z.uuid().optional(),
      deal_id: z.uuid().optional(),
    }),
    status: 200,
    answer: callAnswer,
    handle: async ({ core, viewer, body, once }) =>
      shown(
        await startCall(
          core,
          viewer.workspaceId,
          { leadId: body.lead_id, meetingId: body.meeting_id, dealId: body.deal_id },
          { by: viewer.userId, key: once === undefined ? undefined : `rest:${once}` },
        ),
      ),
  }),
  endpoint({
    method: 'POST',
    path: '/calls/{call}/lines',
    tag: 'calls',
    summary: 'Adds what was said; suggestions follow over GraphQL (callUpdated).',
    permission: 'calls:write',
    params,
    body: z.strictObject({ lines: z.array(line).min(1).max(200) }),
    status: 200,
    answer: z.object({ stored: z.array(z.int()).meta({ description: 'The numbers that were new.' }) }),
    async handle({ core, viewer, params, body }) {
      const lines = body.lines.map(({ said_at, ...rest }) => ({ ...rest, saidAt: said_at ?? null }))
      const { stored } = await addCallLines(core, viewer.workspaceId, params.call, lines)
      if (stored.length > 0) adviseCallSoon(core, viewer.workspaceId, params.call)
      return { stored: stored.map(({ seq }) => seq) }
    },
  }),
  endpoint({
    method: 'POST',
    path: '/calls/{call}/end',
    tag: 'calls',
    summary: 'Ends a call; playbooks hear call.ended.',
    permission: 'calls:write',
    params,
    status: 200,
    answer: callAnswer,
    handle: async ({ core, viewer, params }) => shown(await endCall(core, viewer.workspaceId, params.call)),
  }),
]
