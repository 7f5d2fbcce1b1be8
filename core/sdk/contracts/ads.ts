import { z } from '../schema.ts'
import { actionContract } from './contract.ts'
import { day, id } from './fields.ts'

const amount = z.int().min(0).describe('In the smallest unit of the currency.')
const counted = {
  impressions: z.int().min(0),
  clicks: z.int().min(0),
  leads: z.int().min(0),
  spend: amount,
}

/** The service `ads`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const ads = {
  id: 'ads',
  version: '1.0.0',
  title: 'Ads',
  description: 'Says which campaigns run, and what they cost and bring.',
  actions: {
    'list-campaigns': actionContract({
      title: 'List campaigns',
      description: 'The campaigns, newest first.',
      effect: 'read',
      input: z.object({ status: z.enum(['ACTIVE', 'PAUSED', 'ENDED']).optional().describe('All without it.') }),
      output: z.object({
        campaigns: z.array(
          z.object({
            id: z.string(),
            name: z.string(),
            channel: z.string().describe('Where it runs: meta, google, linkedin …'),
            status: z.enum(['ACTIVE', 'PAUSED', 'ENDED']),
            currency: z.string(),
          }),
        ),
      }),
      sample: { status: 'ACTIVE' },
    }),
    figures: actionContract({
      title: 'Figures of campaigns',
      description: 'What campaigns cost and brought, by day, from the first to the last day, both included.',
      effect: 'read',
      input: z.object({ from: day, to: day, campaignId: id.optional().describe('All campaigns without it.') }),
      output: z.object({
        days: z.array(z.object({ campaignId: z.string(), day: day, currency: z.string(), ...counted })),
      }),
      sample: { from: '2030-03-01', to: '2030-03-31' },
    }),
  },
} as const
