import { defineAction, PluginError, z } from 'trae-os/sdk'
import { domainOf, sizeOf } from '../answers.ts'
import { findOrganization } from '../look-up.ts'
import { placeOf } from '../places.ts'

const known = z.string().nullable()

export const company = defineAction({
  title: 'Look up a company',
  description: 'What Apollo knows of the company at a domain. Fails with NOT_FOUND where it knows none.',
  input: z.object({
    domain: z
      .string()
      .max(255)
      .regex(/^[^\s@/:]+\.[a-z]{2,}$/i)
      .describe('acme.com.br'),
  }),
  output: z.object({
    name: known,
    domain: known,
    companySize: known.describe('How many people work there, as Apollo estimates.'),
    industry: known,
    foundedYear: z.int().nullable(),
    country: known.describe('ISO 3166-1 code.'),
    state: known,
    city: known,
    linkedinUrl: known,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { domain: 'acme-solar.com.br' },
  run: async ({ domain }, ctx) => {
    const found = await findOrganization(ctx, domain.toLowerCase())
    if (found === null) throw new PluginError('NOT_FOUND', `Apollo knows no company at ${domain}.`)
    return {
      name: found.name ?? null,
      domain: domainOf(found),
      companySize: sizeOf(found),
      industry: found.industry ?? null,
      foundedYear: found.founded_year ?? null,
      ...placeOf(found),
      linkedinUrl: found.linkedin_url ?? null,
    }
  },
})
