import { z } from 'zod'
import { normalizePhone } from '../phone.ts'

export const LEAD_STATUSES = ['NEW', 'QUALIFYING', 'QUALIFIED', 'NURTURING', 'DISQUALIFIED', 'CONVERTED'] as const
export const LEAD_SOURCES = ['WEBSITE', 'EMAIL', 'REFERRAL', 'EVENT', 'IMPORT', 'API'] as const
/** Of the sample lead; no door takes a lead in with it. */
export const SAMPLE = 'SAMPLE'
export const ALL_LEAD_SOURCES = [...LEAD_SOURCES, SAMPLE] as const
export const LEGAL_BASES = ['CONSENT', 'LEGITIMATE_INTEREST', 'CONTRACT', 'LEGAL_OBLIGATION'] as const

/** One reason for a score: so many points for this value, and why, in the lead's language. */
export const scoreFactor = z.strictObject({
  name: z.string().max(100),
  points: z.number(),
  value: z.string().max(500),
  reason: z.string().max(500),
  /** Where the value is known from, as a skill's findings say it. */
  source: z.enum(['records', 'given', 'memory', 'computed']).optional(),
  from: z.string().max(300).optional(),
})

const text = (max: number) => z.string().trim().min(1).max(max)
const optional = <S extends z.ZodType>(schema: S) => schema.nullish().transform(value => value ?? null)
const record = z
  .record(z.string().max(100), z.json())
  .refine(value => JSON.stringify(value).length <= 32_768, 'must be at most 32 KiB of JSON')

/** What a lead is captured with, at every door: form, REST, GraphQL, webhook, CLI. Unknown fields are refused. */
export const leadInput = z
  .strictObject({
    name: text(255),
    email: optional(
      z
        .email()
        .max(255)
        .transform(email => email.toLowerCase()),
    ),
    phone: optional(
      text(40).transform((phone, context) => {
        const normal = normalizePhone(phone)
        if (normal !== undefined) return normal
        context.addIssue({ code: 'custom', message: 'is not a phone number; write it as +55 11 98765-4321' })
        return z.NEVER
      }),
    ),
    company: optional(text(255)),
    jobTitle: optional(text(255)),
    source: z.enum(LEAD_SOURCES).default('API'),
    locale: z.enum(['pt-BR', 'en']).default('pt-BR'),
    data: record.default({}),
    utm: record.default({}),
    consent: z
      .strictObject({
        basis: z.enum(LEGAL_BASES),
        grantedAt: z.iso.datetime().optional(),
        text: text(2000).optional(),
        /** Which wording that is: of a page with a form, the page and its version. */
        version: text(100).optional(),
      })
      .default({ basis: 'LEGITIMATE_INTEREST' }),
  })
  .refine(lead => lead.email !== null || lead.phone !== null, {
    path: ['email'],
    message: 'a lead needs an e-mail or a phone',
  })

export type LeadInput = Omit<z.infer<typeof leadInput>, 'source'> & {
  readonly source: (typeof ALL_LEAD_SOURCES)[number]
}
export type LeadStatus = (typeof LEAD_STATUSES)[number]

/** A lead as everything above this room sees it: expressions, plugins, the API. Times are ISO 8601 in UTC. */
export interface Lead {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly phone: string | null
  readonly company: string | null
  readonly jobTitle: string | null
  readonly source: string
  readonly locale: string
  readonly status: LeadStatus
  readonly score: number | null
  readonly scoreFactors: readonly z.infer<typeof scoreFactor>[]
  readonly data: Readonly<Record<string, unknown>>
  readonly utm: Readonly<Record<string, unknown>>
  readonly consent: Readonly<Record<string, unknown>>
  readonly unsubscribed: boolean
  readonly unsubscribedAt: string | null
  /** A letter to this address came back for good. */
  readonly emailBounced: boolean
  /** Whoever has this phone has answered STOP: it is written to no more. */
  readonly phoneOptedOut: boolean
  readonly createdAt: string
  readonly updatedAt: string
}

export interface LeadRow {
  id: string
  name: string
  email: string | null
  phone: string | null
  company: string | null
  job_title: string | null
  source: string
  locale: string
  status: LeadStatus
  score: number | null
  score_factors: Lead['scoreFactors']
  data: Record<string, unknown>
  utm: Record<string, unknown>
  consent: Record<string, unknown>
  unsubscribed_at: Date | string | null
  email_bounced_at: Date | string | null
  phone_opted_out_at: Date | string | null
  created_at: Date | string
  updated_at: Date | string
}

export function leadOf(row: LeadRow): Lead {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    phone: row.phone,
    company: row.company,
    jobTitle: row.job_title,
    source: row.source,
    locale: row.locale,
    status: row.status,
    score: row.score,
    scoreFactors: row.score_factors,
    data: row.data,
    utm: row.utm,
    consent: row.consent,
    unsubscribed: row.unsubscribed_at !== null,
    unsubscribedAt: row.unsubscribed_at === null ? null : new Date(row.unsubscribed_at).toISOString(),
    emailBounced: row.email_bounced_at !== null,
    phoneOptedOut: row.phone_opted_out_at !== null,
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  }
}
