import { z } from 'zod'
import { isTimeZone, parseTimeOfDay, WEEKDAYS } from './local-time.ts'

export const TIME_OF_DAY = 'a time of day such as "09:00"'

/** Words for local time, in schemas of the file. */
export const timeOfDay = z
  .string({ error: TIME_OF_DAY })
  .refine(text => parseTimeOfDay(text) !== undefined, { params: { code: 'WRONG_VALUE', wanted: TIME_OF_DAY } })
  .meta({ 'x-trae-value': 'a time of day' })

export const weekdays = z.array(z.enum(WEEKDAYS)).min(1)

export const timeZone = z
  .string()
  .refine(name => name === 'subject' || isTimeZone(name), {
    params: { code: 'BAD_TIMEZONE', wanted: 'subject or an IANA time zone such as America/Sao_Paulo' },
  })
  .optional()
  .meta({
    description: "subject, the lead's where it is known, else the workspace's; or an IANA name.",
    default: 'subject',
  })
