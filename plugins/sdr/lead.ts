import { DEPARTMENTS, SENIORITIES, z } from 'trae-os/sdk'

const known = z.string().nullish()

/** What this plugin reads of a lead. A playbook hands over the whole lead: other fields are let through unread. */
export const lead = z.looseObject({
  name: z.string(),
  email: known,
  phone: known,
  company: known,
  jobTitle: known,
  source: known,
  locale: known,
  data: z.record(z.string(), z.unknown()).nullish().describe('Form answers: message, companySize, interest.'),
})

/** What it reads of an enrichment (`enrichment/person`), which may be missing altogether. */
export const person = z
  .looseObject({
    firstName: known,
    company: known,
    emailKind: z.enum(['company', 'free', 'education', 'disposable']).nullish(),
    seniority: z.enum(SENIORITIES).nullish(),
    department: z.enum(DEPARTMENTS).nullish(),
    jobTitle: known,
    companySize: known,
    sources: z.record(z.string(), z.looseObject({ derived: z.boolean().nullish() })).nullish(),
  })
  .nullish()

export type Lead = z.output<typeof lead>
export type Person = z.output<typeof person>

/** The answer to a question of the form as trimmed text, or undefined. Numbers count as answers. */
export function formAnswer(lead: Lead, name: string): string | undefined {
  const answer = lead.data?.[name]
  const text = typeof answer === 'string' || typeof answer === 'number' ? String(answer).trim() : ''
  return text === '' ? undefined : text
}
