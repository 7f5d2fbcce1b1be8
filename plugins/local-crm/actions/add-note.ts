import { defineAction, z } from 'trae-os/sdk'

export const addNote = defineAction({
  title: 'Add a note to a lead',
  description: 'Writes a note for the team into the history of a lead. Kept here whichever CRM is bound.',
  input: z.object({
    leadId: z.uuid(),
    text: z.string().min(1).max(500),
    data: z.record(z.string(), z.unknown()).default({}).describe('What belongs to it, for machines.'),
  }),
  output: z.object({ id: z.string() }),
  effect: 'write',
  idempotency: 'key',
  sample: { leadId: '01957d3a-0000-7000-8000-000000000000', text: 'Tem uma pergunta sobre o contrato.' },
  run: ({ leadId, text, data }, ctx) => ctx.records.activities.add({ leadId, kind: 'NOTE', summary: text, data }),
})
