import { z } from '../schema.ts'
import { actionContract } from './contract.ts'

const known = z.string().nullable()

/** The service `enrichment`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const enrichment = {
  id: 'enrichment',
  version: '1.1.0',
  title: 'Enrichment',
  description: 'Finds out what is known about a person beyond what they told us.',
  actions: {
    person: actionContract({
      title: 'Enrich a person',
      description: 'Finds out what is known about a person beyond what they told us. Changes nothing.',
      effect: 'read',
      input: z.object({
        email: known.optional(),
        name: known.optional(),
        company: known.optional(),
        jobTitle: known.optional(),
        phone: known.optional(),
      }),
      output: z.object({
        firstName: known,
        lastName: known,
        company: known,
        companyDomain: known,
        country: known.describe('ISO 3166-1 code.'),
        state: known,
        city: known,
        seniority: known,
        department: known,
        jobTitle: known.optional().describe('As the lead said it, or as it was found.'),
        companySize: known.optional().describe('How many people work there: 120, 51-200.'),
        industry: known.optional(),
        sources: z
          .record(
            z.string(),
            z.object({
              from: z.string().describe('A part of the input, or who was asked.'),
              derived: z.boolean().describe('True: a conclusion that may be wrong.'),
              how: z.string().describe('For people.'),
            }),
          )
          .optional()
          .describe('For every field that is not null: where it comes from.'),
      }),
      sample: {
        name: 'Ana Souza',
        email: 'ana@acme-solar.com.br',
        phone: '+5511987654321',
        jobTitle: 'Diretora Comercial',
      },
    }),
  },
} as const
