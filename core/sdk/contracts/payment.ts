import { z } from '../schema.ts'
import { actionContract } from './contract.ts'
import { cents, currency, day, id, leadId, moment, text } from './fields.ts'

const charge = z.object({
  id: z.string(),
  status: z.enum(['PENDING', 'PAID', 'OVERDUE', 'CANCELLED', 'REFUNDED', 'FAILED']),
  amount: z.int().describe('In the smallest unit of the currency.'),
  currency: z.string(),
  paidAt: moment.nullable(),
  url: z.string().nullable().describe('Where the customer pays; null where a person tells them how.'),
  pixCode: z.string().nullable().optional().describe('Pix copia e cola.'),
})

/** The service `payment`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const payment = {
  id: 'payment',
  version: '1.0.0',
  title: 'Payment',
  description: 'Charges customers and says whether they have paid.',
  actions: {
    'create-charge': actionContract({
      title: 'Charge a customer',
      description: 'Asks a customer for an amount, once per step. It is paid when the event payment.received comes.',
      effect: 'write',
      input: z.object({
        leadId: leadId.optional(),
        amount: cents,
        currency,
        description: text(500).describe('What it is for; the customer reads it.'),
        dueOn: day.optional().describe('Last day to pay.'),
        customer: z
          .object({
            name: text(255),
            email: z.email().max(255).optional(),
            phone: z.string().max(40).optional(),
            document: z.string().max(40).optional().describe('CPF, CNPJ or what else the country has.'),
          })
          .describe('Who pays.'),
        method: z.enum(['ANY', 'PIX', 'BOLETO', 'CARD', 'TRANSFER']).optional().describe('ANY without it.'),
      }),
      output: charge,
      sample: {
        amount: 19900,
        currency: 'BRL',
        description: 'Plano mensal',
        customer: { name: 'Ana Souza', email: 'ana@acme-solar.com.br' },
      },
    }),
    'get-charge': actionContract({
      title: 'Look at a charge',
      description: 'Says how a charge stands. Fails with NOT_FOUND when there is none.',
      effect: 'read',
      input: z.object({ id }),
      output: charge,
      sample: { id: 'charge-of-before' },
    }),
    'cancel-charge': actionContract({
      title: 'Cancel a charge',
      description:
        'Asks for it no longer; one that is cancelled stays so. Fails with CONFLICT when it is paid, with NOT_FOUND when ' +
        'there is none.',
      effect: 'write',
      input: z.object({ id, reason: text(500).optional() }),
      output: charge,
      sample: { id: 'charge-of-before' },
    }),
  },
} as const
