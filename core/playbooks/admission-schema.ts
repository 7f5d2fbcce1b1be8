import { z } from 'zod'
import { CONCURRENCY_BEHAVIORS, RATE_BEHAVIORS, SLA_BEHAVIORS } from './admission.ts'
import { parseDuration } from './duration.ts'
import { HOLIDAY_CALENDARS } from './holidays.ts'
import { timeOfDay, timeZone, weekdays } from './time-words.ts'

/** The words that keys of the file are made of; `playbook-file.ts` has them. */
interface Words {
  readonly duration: z.ZodString
  readonly expression: z.ZodString
}

/** The keys at the top of the file that decide whether, when and how often runs start. */
export function admissionKeys({ duration, expression }: Words) {
  const limit = z.int().min(1).max(10_000)
  const lasting = duration.refine(text => (parseDuration(text) ?? SECOND_MS) >= SECOND_MS, {
    params: { code: 'OUT_OF_RANGE', wanted: 'a duration of a second or more' },
  })
  const key = expression.optional().meta({
    description:
      'What is counted apart: ${{ event.lead.company }}. Without it, the whole playbook is one. Sees event and inputs.',
  })
  return {
    concurrency: z
      .strictObject({
        key,
        limit: limit.meta({ description: 'How many runs may execute at once. A run that waits holds no place.' }),
        behavior: z.enum(CONCURRENCY_BEHAVIORS).optional().meta({
          description:
            'What happens when no place is free: the new run queues, is cancelled, or fails; or the longest running ones are cancelled for it.',
          default: 'queue',
        }),
      })
      .optional()
      .meta({ description: 'How many runs execute at once.' }),
    rateLimit: z
      .strictObject({
        key,
        limit: limit.meta({ description: 'How many runs may start within the time.' }),
        per: lasting.meta({ description: 'The time: any stretch of this length.', examples: ['1h'] }),
        behavior: z.enum(RATE_BEHAVIORS).optional().meta({
          description:
            'What happens to a run too many: it starts as soon as it fits, in order of arrival, or it is cancelled.',
          default: 'delay',
        }),
      })
      .optional()
      .meta({ description: 'How many runs start within a time.' }),
    debounce: z
      .strictObject({
        key: expression.meta({ description: 'Events with the same key belong together. Sees event and inputs.' }),
        quiet: lasting.meta({ description: 'The run starts when no such event has come for so long.' }),
        max: lasting.optional().meta({ description: 'The run starts at the latest so long after the first event.' }),
      })
      .optional()
      .meta({ description: 'Many events in a row start one run, for the last of them.' }),
    idempotencyKey: expression
      .optional()
      .meta({ description: 'Events with the same key start one run, ever. Sees event and inputs.' }),
    sla: z
      .strictObject({
        maxDuration: lasting.meta({
          description: 'How long a run may take, from when it is let in to its end.',
          examples: ['2d'],
        }),
        behavior: z.enum(SLA_BEHAVIORS).optional().meta({
          description: 'What becomes of a run that takes longer: it goes on, is cancelled, or fails.',
          default: 'none',
        }),
      })
      .optional()
      .meta({ description: 'A run that takes too long says so: run.sla-breached.' }),
    sendWindow: sendWindow(duration),
  }
}

function sendWindow(duration: Words['duration']) {
  return z
    .strictObject({
      days: weekdays
        .optional()
        .meta({ description: 'Days of the week: mon, tue, wed, thu, fri, sat, sun.', default: 'mon to fri' }),
      from: timeOfDay.meta({ description: 'When it opens, by the clock of the time zone.' }),
      to: timeOfDay.meta({ description: 'When it closes; up to "24:00".' }),
      timezone: timeZone,
      holidays: z.enum(HOLIDAY_CALENDARS).optional().meta({
        description:
          'National holidays on which it stays closed. Without it, those of Brazil where the workspace speaks pt-BR.',
      }),
      spread: duration.optional().meta({
        description: 'What waited for the opening is spread over so long, each effect always to the same moment.',
        default: '0s',
      }),
    })
    .optional()
    .meta({ description: 'When effects that send may happen. Outside of it the run waits for the opening.' })
}

const SECOND_MS = 1000
