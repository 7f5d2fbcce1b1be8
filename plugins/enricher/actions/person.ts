import { defineAction, DEPARTMENTS, readPerson, SENIORITIES, type Translate, z } from 'trae-os/sdk'

const known = (what: string) => z.string().nullish().describe(what)
const found = (what: string) => z.string().nullable().describe(what)

const input = z.object({
  name: known('Full name as the lead wrote it.'),
  email: known('E-mail address.'),
  phone: known('Phone number, best in E.164: +5511987654321.'),
  company: known('Company as the lead wrote it: kept as it is.'),
  jobTitle: known('Job title in Portuguese or English.'),
})

const source = z.object({
  from: z.enum(['name', 'email', 'phone', 'company', 'jobTitle']).describe('Which part of the input this rests on.'),
  derived: z.boolean().describe('False: as it was given. True: a conclusion that may be wrong.'),
  how: z.string().describe('The conclusion in words, in the language of the lead.'),
})

const output = z.object({
  firstName: found('First name.'),
  lastName: found('The rest of the name.'),
  company: found('Company: given, or guessed from the domain of a company e-mail (then `sources.company.derived`).'),
  companyDomain: found('Domain of a company e-mail.'),
  emailKind: z
    .enum(['company', 'free', 'education', 'disposable'])
    .nullable()
    .describe('Whose domain the e-mail is at.'),
  country: found('ISO 3166-1 code, from the phone’s country code.'),
  state: found('Brazilian state (UF), from the DDD.'),
  city: found('Main city of the DDD’s area: the person may live elsewhere in it.'),
  seniority: z.enum(SENIORITIES).nullable().describe('Rank, from the job title.'),
  department: z.enum(DEPARTMENTS).nullable().describe('Area of work, from the job title.'),
  sources: z.record(z.string(), source).describe('For every field that is not null: where it comes from.'),
})

export const person = defineAction({
  title: 'Enrich a person',
  description:
    'Adds what the known data itself tells: company and its domain from the e-mail, region from the phone, rank and ' +
    'department from the job title. Every field says where it comes from; what cannot be known stays null.',
  input,
  output,
  effect: 'none',
  idempotency: 'none',
  sample: {
    name: 'Ana Souza',
    email: 'ana@acme-solar.com.br',
    phone: '+5511987654321',
    jobTitle: 'Diretora Comercial',
  },
  run: (known, ctx) => enrichPerson(known, ctx.t),
})

/** Pure: the same input gives the same answer, with no clock and nobody asked. */
export function enrichPerson(known: z.output<typeof input>, t: Translate): z.output<typeof output> {
  const { found, from } = readPerson(known)
  const sources = Object.fromEntries(
    Object.entries(from).map(([field, { from: part, derived, seen }]) => [
      field,
      { from: part, derived, how: t(derived ? `from.${part}` : 'given', { value: seen }) },
    ]),
  )
  return { ...found, sources }
}
