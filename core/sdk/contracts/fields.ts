import { z } from '../schema.ts'

/** What several contracts say in the same words. */
export const text = (max: number) => z.string().min(1).max(max)
export const moment = z.iso.datetime({ offset: true })
export const leadId = z.uuid().describe('Whom it is about.')
export const phone = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/)
  .describe('E.164: +5511987654321.')
export const id = z.string().min(1).max(255)
export const cents = z
  .int()
  .min(1)
  .max(1_000_000_000_000)
  .describe('In the smallest unit of the currency: 19900 is 199.00.')
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .describe('ISO 4217: BRL.')
export const day = z.iso.date()
export const json = z.record(z.string(), z.unknown())

/** Of samples: a lead that exists wherever samples are tried. */
export const SAMPLE_LEAD = '01957d3a-0000-7000-8000-000000000000'
