import { z } from 'zod'
import type { JsonSchema } from '../playbooks/catalog.ts'
import { jsonSchemaOf } from './json-schema.ts'

/**
 * A service is a contract that playbooks use instead of a vendor: `uses: email/send`. A provider's action must accept
 * every input that fits `input` and may give only output that fits `output`; it may take and give more. The effect is
 * part of the contract: what sends must say so, or the engine would repeat it lightly.
 */
export interface ServiceAction {
  readonly title: string
  readonly description: string
  readonly effect: 'read' | 'write' | 'send'
  readonly input: JsonSchema
  readonly output: JsonSchema
}

/** Ids of services, those to come included: no plugin may have one of these ids. */
export const RESERVED_IDS: ReadonlySet<string> = new Set(
  'crm email whatsapp sms calendar payment enrichment ads audience notify proposal playbook trae'.split(' '),
)

const lead = z.uuid()
const text = (max: number) => z.string().min(1).max(max)
const known = z.string().nullable()
const moment = z.iso.datetime({ offset: true })
const json = z.record(z.string(), z.unknown())

/** Service → its action → the contract. */
export const SERVICES: Readonly<Record<string, Readonly<Record<string, ServiceAction>>>> = {
  email: {
    send: contract({
      title: 'Send an e-mail',
      description: 'Sends one plain-text e-mail to one address, once per step.',
      effect: 'send',
      input: z.object({
        to: z.email().max(255),
        subject: text(255),
        body: text(50_000),
        leadId: lead.optional().describe('whose thread it belongs to'),
        inReplyTo: z.string().max(255).optional().describe('id of the message that this one answers'),
      }),
      output: z.object({ id: z.string(), sentAt: moment }),
    }),
  },
  calendar: {
    schedule: contract({
      title: 'Schedule a meeting',
      description: 'Finds the first free time in working hours and books it, once per step.',
      effect: 'write',
      input: z.object({
        leadId: lead,
        duration: z
          .string()
          .regex(/^(\d+[mh]|PT(\d+H)?(\d+M)?)$/)
          .optional()
          .describe('30m, 1h or PT45M; 30 minutes without it'),
        title: text(255).optional(),
        earliest: moment.optional(),
        latest: moment.optional(),
        location: text(500).optional(),
      }),
      output: z.object({ id: z.string(), startsAt: moment, endsAt: moment }),
    }),
  },
  enrichment: {
    person: contract({
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
        country: known.describe('ISO 3166-1 code'),
        state: known,
        city: known,
        seniority: known,
        department: known,
      }),
    }),
  },
  crm: {
    'update-lead': contract({
      title: 'Update a lead',
      description: 'Changes what the CRM knows about a lead; `data` is merged, everything else replaced.',
      effect: 'write',
      input: z.object({
        leadId: lead,
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
        summary: z.string().max(500).optional().describe('why, for people'),
      }),
      output: z.object({ id: z.string(), status: z.string(), score: z.number().nullable() }),
    }),
    handoff: contract({
      title: 'Hand a lead over to a closer',
      description: 'Gives a qualified lead to the person who closes, with a briefing.',
      effect: 'write',
      input: z.object({
        leadId: lead,
        meetingId: z.string().max(255).optional(),
        briefing: json.optional(),
        summary: z.string().max(500).optional(),
      }),
      output: z.object({ closer: z.object({ name: z.string(), email: z.string() }) }),
    }),
  },
}

function contract(
  action: Omit<ServiceAction, 'input' | 'output'> & { input: z.ZodType; output: z.ZodType },
): ServiceAction {
  return { ...action, input: jsonSchemaOf(action.input, 'input'), output: jsonSchemaOf(action.output, 'output') }
}
