import { z } from '../schema.ts'
import { actionContract } from './contract.ts'
import { cents, currency, day, id, leadId, moment, SAMPLE_LEAD, text } from './fields.ts'

const document = z.object({
  id: z.string(),
  number: z.string().describe('As people name it.'),
  status: z.enum(['DRAFT', 'SENT', 'ACCEPTED', 'DECLINED', 'EXPIRED']),
  total: z.int().describe('In the smallest unit of the currency.'),
  currency: z.string(),
  url: z.string().nullable().describe('Where it can be read; null where that needs an account.'),
  pdfUrl: z.string().nullable().optional().describe('The file, where the provider makes one.'),
  createdAt: moment,
})

/** The service `proposal`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const proposal = {
  id: 'proposal',
  version: '1.0.0',
  title: 'Proposals',
  description: 'Writes proposals and says what became of them.',
  actions: {
    create: actionContract({
      title: 'Write a proposal',
      description: 'Makes the document of a proposal, once per step. Sends it to nobody.',
      effect: 'write',
      input: z.object({
        leadId,
        title: text(255),
        introduction: text(20_000).optional().describe('Plain text.'),
        items: z
          .array(z.object({ description: text(500), quantity: z.int().min(1).max(100_000), unitAmount: cents }))
          .min(1)
          .max(100),
        currency,
        validUntil: day.optional(),
        terms: text(20_000).optional().describe('Plain text.'),
      }),
      output: document,
      sample: {
        leadId: SAMPLE_LEAD,
        title: 'Energia solar para a Acme',
        items: [{ description: 'Instalação', quantity: 1, unitAmount: 1_990_000 }],
        currency: 'BRL',
      },
    }),
    get: actionContract({
      title: 'Look at a proposal',
      description: 'Says how a proposal stands. Fails with NOT_FOUND when there is none.',
      effect: 'read',
      input: z.object({ id }),
      output: document,
      sample: { id: 'proposal-of-before' },
    }),
  },
} as const
