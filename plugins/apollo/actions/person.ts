import { defineAction, DEPARTMENTS, enrichmentService, readPerson, SENIORITIES, z } from 'trae-os/sdk'
import { findPerson, organizationOf } from '../look-up.ts'
import { merge } from '../merge.ts'

const { person: contract } = enrichmentService.actions
const known = z.string().nullable()

export const person = defineAction({
  ...contract,
  description:
    'Asks Apollo who a person is and where they work. What the lead said stands, what Apollo does not know is left to what e-mail, phone and job title tell, ' +
    'and every field says where it comes from. Asks for no phone numbers and no private addresses.',
  output: contract.output.extend({
    emailKind: z.enum(['company', 'free', 'education', 'disposable']).nullable(),
    seniority: z.enum(SENIORITIES).nullable(),
    department: z.enum(DEPARTMENTS).nullable(),
    jobTitle: known,
    companySize: known.describe('How many people work there, as Apollo estimates.'),
    industry: known,
    linkedinUrl: known.describe('The profile of the person.'),
    sources: z
      .record(
        z.string(),
        z.object({
          from: z.enum(['name', 'email', 'phone', 'company', 'jobTitle', 'apollo']),
          derived: z.boolean().describe('False: as the lead or Apollo says. True: a conclusion that may be wrong.'),
          how: z.string().describe('In words, in the language of the lead.'),
        }),
      )
      .describe('For every field that is not null: where it comes from.'),
  }),
  idempotency: 'none',
  run: async (known, ctx) => {
    const { found: told } = readPerson(known)
    const person = await findPerson(ctx, known, told)
    const organization = await organizationOf(ctx, told, person)
    return merge(known, person, organization, (key, values) => ctx.t(key, values))
  },
})
