import type { Letter, Translate } from 'trae-os/sdk'

export const KINDS = ['kickoff', 'first-steps', 'getting-value', 'check-in', 'intervention', 'upsell'] as const

export interface LetterRequest {
  readonly kind: (typeof KINDS)[number]
  readonly lead: { readonly name?: string | null | undefined }
  readonly plan?: string | null | undefined
  /** For an intervention: what is not well, in words. */
  readonly reasons?: readonly string[] | undefined
  /** The middle in the words of a model. What is asked for in the end stays ours: the playbooks go on from the answer. */
  readonly written?: Letter | null | undefined
}

/** Subject and body of a letter to a customer, signed by `company`. Pure. */
export function composeLetter(
  { kind, lead, plan, reasons = [], written }: LetterRequest,
  t: Translate,
  { locale, company }: { readonly locale: string; readonly company: string },
): { subject: string; body: string; locale: string } {
  const say = (key: string, values: Record<string, string> = {}) => t(key, values, locale)
  const first = lead.name?.trim().split(/\s+/)[0]
  const opening =
    plan && kind === 'kickoff' ? say('kickoff.opening.plan', { plan, company }) : say(`${kind}.opening`, { company })
  const middle = written
    ? written.paragraphs.map(({ text }) => text)
    : [opening, ...(reasons.length > 0 ? [[say('reasons'), ...reasons.map(reason => `- ${reason}`)].join('\n')] : [])]
  const paragraphs = [
    first ? say('greeting.name', { name: first }) : say('greeting'),
    ...middle,
    say(`${kind}.ask`, { company }),
    `${say('closing')}\n${company}`,
  ]
  return { subject: written?.subject ?? say(`${kind}.subject`, { company }), body: paragraphs.join('\n\n'), locale }
}
