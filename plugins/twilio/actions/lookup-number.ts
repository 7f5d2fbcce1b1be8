import { defineAction, z } from 'trae-os/sdk'
import { LOOKUPS, request } from '../request.ts'

interface Found {
  readonly phone_number: string | null
  readonly valid: boolean
  readonly country_code: string | null
  readonly national_format: string | null
  readonly line_type_intelligence?: { readonly type?: string | null; readonly carrier_name?: string | null } | null
}

export const lookupNumber = defineAction({
  title: 'Look up a phone number',
  description: 'Is it a number, and where? With `lineType` also whether it is a mobile phone; Twilio charges for that.',
  input: z.object({
    phone: z.string().min(3).max(40),
    country: z.string().length(2).optional().describe('ISO 3166-1, for a number without its country.'),
    lineType: z.boolean().default(false),
  }),
  output: z.object({
    valid: z.boolean(),
    phone: z.string().nullable().describe('E.164.'),
    country: z.string().nullable(),
    national: z.string().nullable(),
    lineType: z.string().nullable().describe('mobile, landline, fixedVoip …'),
    carrier: z.string().nullable(),
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { phone: '+5511987654321' },
  run: async ({ phone, country, lineType }, ctx) => {
    const found = await request<Found>(ctx, {
      url: `${LOOKUPS}/v2/PhoneNumbers/${encodeURIComponent(phone)}`,
      query: { Fields: lineType ? 'line_type_intelligence' : undefined, CountryCode: country },
    })
    return {
      valid: found.valid,
      phone: found.phone_number,
      country: found.country_code,
      national: found.national_format,
      lineType: found.line_type_intelligence?.type ?? null,
      carrier: found.line_type_intelligence?.carrier_name ?? null,
    }
  },
})
