import { z } from 'zod'
import { LEAD_SOURCES, type LeadInput, leadInput } from '../sales/lead.ts'

const { jobTitle, source: _source, consent: _consent, ...same } = leadInput.shape
const { basis, text } = leadInput.shape.consent.unwrap().shape

/**
 * A lead as REST and webhooks take it: the fields of `leadInput` in snake case. `source` may be any word; one that is no
 * source of ours (`linkedin`, `google-ads`) is kept as `utm.source`, and the lead counts as from the API.
 */
export const leadBody = z
  .strictObject({
    ...same,
    job_title: jobTitle,
    source: z.string().trim().min(1).max(100).nullish(),
    consent: z.strictObject({ basis, granted_at: z.iso.datetime().optional(), text }).optional(),
  })
  .transform(({ job_title, source, consent, ...rest }, context): LeadInput => {
    const known = LEAD_SOURCES.find(name => name === source?.toUpperCase())
    const whole = leadInput.safeParse({
      ...rest,
      jobTitle: job_title,
      source: known ?? 'API',
      utm: source && !known ? { source, ...rest.utm } : rest.utm,
      consent: consent && { basis: consent.basis, grantedAt: consent.granted_at, text: consent.text },
    })
    if (whole.success) return whole.data
    for (const { path, message } of whole.error.issues) context.addIssue({ code: 'custom', path, message })
    return z.NEVER
  })
