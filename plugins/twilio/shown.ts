import { z } from 'trae-os/sdk'
import { hintOf } from './error-of.ts'
import type { TwilioMessage } from './messages.ts'

export const messageOutput = z.object({
  id: z.string().describe('The SID of the message.'),
  sentAt: z.iso.datetime({ offset: true }),
  status: z.string().describe('accepted, queued, sent, delivered, undelivered, failed, read …'),
  errorCode: z.int().nullable(),
  error: z.string().nullable(),
})

export const shown = ({ sid, status, date_created, error_code, error_message }: TwilioMessage) => ({
  id: sid,
  sentAt: new Date(date_created).toISOString(),
  status,
  errorCode: error_code,
  error: hintOf(error_code) ?? error_message,
})
