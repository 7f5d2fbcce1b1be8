import { z } from '../schema.ts'
import { actionContract } from './contract.ts'
import { day, json, leadId, moment, SAMPLE_LEAD, text } from './fields.ts'

const stages = ['PROSPECTING', 'QUALIFICATION', 'PROPOSAL', 'NEGOTIATION', 'WON', 'LOST'] as const
const currency = z.enum(['BRL', 'USD', 'EUR'])

/** A deal as the workspace keeps it: whoever provides the service answers with that row. */
const deal = z.object({
  id: z.string(),
  leadId: z.string(),
  title: z.string(),
  stage: z.enum(stages),
  value: z.object({ amount: z.string(), currency }).nullable(),
  probability: z.number().describe('Percent.'),
  expectedCloseOn: z.string().nullable(),
  closedAt: z.string().nullable(),
  lostReason: z.string().nullable(),
  runId: z.string().nullable().describe('The run that opened it.'),
  createdAt: z.string(),
  updatedAt: z.string(),
})

/** The service `crm`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const crm = {
  id: 'crm',
  version: '1.1.0',
  title: 'CRM',
  description: 'Keeps what is known about leads and their deals, and gives leads to the people who close.',
  standIns: { 'open-deal': 'local-crm', 'move-deal': 'local-crm' },
  actions: {
    'update-lead': actionContract({
      title: 'Update a lead',
      description:
        'Changes what is known about a lead. `data` is merged, all else replaced; what is left out stays as it is.',
      effect: 'write',
      input: z.object({
        leadId,
        status: z.enum(['NEW', 'QUALIFYING', 'QUALIFIED', 'NURTURING', 'DISQUALIFIED', 'CONVERTED']).optional(),
        score: z.int().min(0).max(100).optional(),
        scoreFactors: z
          .array(
            z.object({
              name: z.string().max(100),
              points: z.number(),
              value: z.string().max(500),
              reason: z.string().max(500),
            }),
          )
          .max(50)
          .optional(),
        company: z.string().max(255).optional(),
        jobTitle: z.string().max(255).optional(),
        phone: z.string().max(40).optional(),
        data: json.optional(),
        summary: z.string().max(500).optional().describe('Why, for the people who read the history.'),
      }),
      output: z.object({ id: z.string(), status: z.string(), score: z.number().nullable() }),
      sample: { leadId: SAMPLE_LEAD, status: 'QUALIFIED', score: 72 },
    }),
    handoff: actionContract({
      title: 'Hand a lead over to a closer',
      description: 'Gives a qualified lead to the person who closes, with a briefing.',
      effect: 'write',
      input: z.object({
        leadId,
        meetingId: z.string().max(255).optional(),
        startsAt: moment.optional().describe('When they meet: who is away then is passed over.'),
        briefing: json.optional().describe('From closer/call-briefing.'),
        summary: z.string().max(500).optional(),
      }),
      output: z.object({ closer: z.object({ name: z.string(), email: z.string() }) }),
      sample: { leadId: SAMPLE_LEAD },
    }),
    'open-deal': actionContract({
      title: 'Open a deal',
      description:
        'Opens a deal with a lead in the pipeline, here and in the CRM. Playbooks hear deal.opened. A provider without this action leaves it to TRAE’s own CRM.',
      effect: 'write',
      input: z.object({
        leadId,
        title: text(255),
        value: z
          .object({
            amount: z.string().max(16).describe('As "1234.50".'),
            currency: currency.optional().describe('BRL without it.'),
          })
          .optional(),
        stage: z
          .enum(['PROSPECTING', 'QUALIFICATION', 'PROPOSAL', 'NEGOTIATION'])
          .optional()
          .describe('PROSPECTING without it.'),
        expectedCloseOn: day.optional(),
        unlessOpen: z.boolean().optional().describe('Answers with the open deal of the lead, where there is one.'),
      }),
      output: deal,
      sample: { leadId: SAMPLE_LEAD, title: 'Acme Solar', value: { amount: '1200.00' } },
    }),
    'move-deal': actionContract({
      title: 'Move a deal',
      description:
        'Moves a deal to another stage, here and in the CRM. Playbooks hear deal.moved, and deal.won, deal.lost or deal.reopened. A provider without this action leaves it to TRAE’s own CRM.',
      effect: 'write',
      input: z.object({
        dealId: z.uuid().describe('Of the deal, as open-deal gave it.'),
        stage: z.enum(stages),
        lostReason: z.string().max(500).optional().describe('Why, for LOST.'),
      }),
      output: deal,
      sample: { dealId: SAMPLE_LEAD, stage: 'PROPOSAL' },
    }),
  },
} as const
