import { defineAction, foldText, readEmail, readJobTitle, z } from 'trae-os/sdk'
import { companySize } from '../company-size.ts'
import { formAnswer, lead, person } from '../lead.ts'

const FIELDS = ['company', 'jobTitle', 'phone', 'emailKind', 'seniority', 'department', 'companySize'] as const
const SOURCES = ['given', 'enrichment', 'derived'] as const

export const dataEnrichment = defineAction({
  title: 'Put together what is known of a lead',
  description:
    'For each field what is known and who says so: the lead, the enricher (enrichment/person), or what follows from e-mail and job title. What the lead said is ' +
    'never replaced; where two say different things that is listed.',
  input: z.object({ lead, person }),
  output: z.object({
    facts: z.array(
      z.object({
        field: z.enum(FIELDS),
        value: z.string(),
        source: z
          .enum(SOURCES)
          .describe('given: the lead; enrichment: the enricher; derived: from e-mail and job title.'),
        from: z.string().describe('Where exactly: input.lead.company, input.person.phone.'),
      }),
    ),
    conflicts: z
      .array(z.object({ field: z.enum(FIELDS), given: z.string(), other: z.string() }))
      .describe('What the lead said stands.'),
    patch: z
      .object({ company: z.string().optional(), jobTitle: z.string().optional(), phone: z.string().optional() })
      .describe('For crm/update-lead: only what is empty and somebody said. What merely follows is not in it.'),
    notKnown: z.array(z.enum(FIELDS)),
  }),
  effect: 'none',
  idempotency: 'none',
  sample: {
    lead: { name: 'Ana Souza', email: 'ana@acme-solar.com.br', jobTitle: 'Diretora Comercial' },
    person: { company: 'Acme Solar', emailKind: 'company' },
  },
  run: ({ lead, person }) => {
    const read = readJobTitle(lead.jobTitle)
    const more = person as Readonly<Record<string, unknown>> | null | undefined
    const of = (name: string) => (typeof more?.[name] === 'string' ? (more[name] as string) : undefined)
    const size = formAnswer(lead, 'companySize')
    const said: Readonly<
      Record<Field, readonly [string | null | undefined, string | null | undefined, string | null | undefined]>
    > = {
      company: [lead.company, of('company'), undefined],
      jobTitle: [lead.jobTitle, of('jobTitle'), undefined],
      phone: [lead.phone, of('phone'), undefined],
      emailKind: [undefined, of('emailKind'), readEmail(lead.email)?.kind],
      seniority: [undefined, of('seniority'), read.seniority],
      department: [undefined, of('department'), read.department],
      companySize: [size, of('companySize'), size && companySize(size)],
    }
    const facts: { field: Field; value: string; source: (typeof SOURCES)[number]; from: string }[] = []
    const conflicts: { field: Field; given: string; other: string }[] = []
    const patch: { company?: string; jobTitle?: string; phone?: string } = {}
    for (const field of FIELDS) {
      const values = said[field].map(value => value?.trim().slice(0, 255) || undefined)
      const at = values.findIndex(value => value !== undefined)
      if (at === -1) continue
      const source = SOURCES[at]!
      facts.push({
        field,
        value: values[at]!,
        source,
        from: source === 'enrichment' ? `input.person.${field}` : TOLD[field],
      })
      const [given, other] = values
      if (given && other && foldText(given) !== foldText(other)) conflicts.push({ field, given, other })
      if (!given && other && (field === 'company' || field === 'jobTitle' || field === 'phone')) patch[field] = other
    }
    return { facts, conflicts, patch, notKnown: FIELDS.filter(field => !facts.some(fact => fact.field === field)) }
  },
})

type Field = (typeof FIELDS)[number]

/** Where the lead says it, or what it is derived from. */
const TOLD: Readonly<Record<Field, string>> = {
  company: 'input.lead.company',
  jobTitle: 'input.lead.jobTitle',
  phone: 'input.lead.phone',
  emailKind: 'input.lead.email',
  seniority: 'input.lead.jobTitle',
  department: 'input.lead.jobTitle',
  companySize: 'input.lead.data.companySize',
}
