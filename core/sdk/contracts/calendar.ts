import { z } from '../schema.ts'
import { actionContract } from './contract.ts'
import { id, leadId, moment, SAMPLE_LEAD, text } from './fields.ts'

const duration = z
  .string()
  .regex(/^(\d+[mh]|PT(\d+H)?(\d+M)?)$/)
  .optional()
  .describe('30m, 1h or PT45M; 30 minutes without it.')
const booked = z.object({
  id: z.string(),
  startsAt: moment,
  endsAt: moment,
  link: z.string().nullable().optional().describe('Where people meet, if the calendar made a place for it.'),
  changeLink: z
    .url()
    .nullable()
    .optional()
    .describe(
      'The page on which the lead moves or cancels it, if the calendar has one: for letters to the lead alone.',
    ),
})

/** The service `calendar`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const calendar = {
  id: 'calendar',
  version: '1.1.0',
  title: 'Calendar',
  description: 'Finds free times, and books, moves and cancels meetings.',
  actions: {
    schedule: actionContract({
      title: 'Schedule a meeting',
      description: 'Finds the first free time in working hours and books it, once per step.',
      effect: 'write',
      input: z.object({
        leadId,
        duration,
        title: text(255).optional(),
        earliest: moment.optional().describe('Not before this instant.'),
        latest: moment.optional().describe('Over by this instant.'),
        location: text(500).optional().describe('Room, address or link.'),
      }),
      output: booked,
      sample: { leadId: SAMPLE_LEAD, duration: '30m' },
    }),
    'find-slots': actionContract({
      title: 'Find free times',
      description: 'Free times in working hours, earliest first, to offer to somebody. Books nothing.',
      effect: 'read',
      input: z.object({
        duration,
        earliest: moment.optional().describe('Not before this instant.'),
        latest: moment.optional().describe('Over by this instant.'),
        limit: z.int().min(1).max(250).optional().describe('How many; 5 without it.'),
      }),
      output: z.object({
        slots: z.array(z.object({ startsAt: moment, endsAt: moment })),
        timeZone: z.string().describe('In which the working hours were meant.'),
      }),
      sample: { duration: '30m', limit: 3 },
    }),
    book: actionContract({
      title: 'Book a time',
      description: 'Books this very time, once per step. Fails with CONFLICT when it is taken.',
      effect: 'write',
      input: z.object({
        leadId,
        startsAt: moment,
        duration,
        title: text(255).optional(),
        location: text(500).optional().describe('Room, address or link.'),
      }),
      output: booked,
      sample: { leadId: SAMPLE_LEAD, startsAt: '2030-03-04T14:00:00-03:00', duration: '30m' },
    }),
    move: actionContract({
      title: 'Move a meeting',
      description:
        'Gives a meeting another time; it stays as long as it was. Fails with CONFLICT when that time is taken, with ' +
        'NOT_FOUND when there is no such meeting.',
      effect: 'write',
      input: z.object({ id: id.describe('Of the meeting, as book or schedule gave it.'), startsAt: moment }),
      output: booked,
      sample: { id: SAMPLE_LEAD, startsAt: '2030-03-05T14:00:00-03:00' },
    }),
    cancel: actionContract({
      title: 'Cancel a meeting',
      description:
        'Cancels a meeting; one that is cancelled stays so. Fails with NOT_FOUND when there is no such meeting.',
      effect: 'write',
      input: z.object({
        id: id.describe('Of the meeting, as book or schedule gave it.'),
        reason: text(500).optional().describe('For who reads it.'),
      }),
      output: z.object({ id: z.string(), cancelled: z.literal(true) }),
      sample: { id: SAMPLE_LEAD },
    }),
  },
} as const
