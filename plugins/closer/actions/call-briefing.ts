import { defineAction, z } from 'trae-os/sdk'
import { briefing } from '../briefing.ts'
import { composeBriefing } from '../compose-briefing.ts'

export const callBriefing = defineAction({
  title: 'Brief a closer for a call',
  description:
    'Collects what is known about a lead (form, score, thread, history) into a briefing in the language of the team: ' +
    'facts with their sources, what is unknown, questions to ask, an agenda. Concludes nothing that nobody said.',
  input: z.object({
    leadId: z.uuid(),
    meeting: z
      .looseObject({ startsAt: z.iso.datetime({ offset: true }), endsAt: z.iso.datetime({ offset: true }).nullish() })
      .nullish()
      .describe('The call to prepare; 30 minutes when it has no end.'),
  }),
  output: briefing,
  effect: 'read',
  idempotency: 'none',
  sample: { leadId: '01957d3a-0000-7000-8000-000000000000', meeting: { startsAt: '2026-03-05T13:00:00Z' } },
  run: async ({ leadId, meeting }, ctx) => {
    const [lead, thread, activities] = await Promise.all([
      ctx.records.leads.get({ id: leadId }),
      ctx.records.messages.thread({ leadId }),
      ctx.records.activities.list({ leadId }),
    ])
    return composeBriefing({ lead, thread, activities, meeting }, ctx.t, ctx.workspace)
  },
})
