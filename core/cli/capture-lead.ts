import { TraeError } from '../errors.ts'
import { ask } from './host-graphql.ts'
import type { HostSession } from './host-session.ts'

export interface CapturedLead {
  readonly id: string
  readonly name: string
  readonly email: string | null
}

/** Hands a lead to the running host, through the door that every application has. Throws `BAD_USER_INPUT` with every complaint. */
export async function captureLead(
  session: HostSession,
  input: Readonly<Record<string, unknown>>,
): Promise<{ lead: CapturedLead; known: boolean }> {
  const { leadCreate } = await ask<Created>(session, LEAD_CREATE, { input })
  const { lead, duplicateOf, userErrors } = leadCreate
  if (userErrors.length > 0 || (!lead && !duplicateOf))
    throw new TraeError(
      'BAD_USER_INPUT',
      userErrors.map(({ field, message }) => `${field?.at(-1) ?? 'lead'}: ${message}`).join('\n') ||
        'The lead was not taken.',
    )
  return { lead: (lead ?? duplicateOf)!, known: duplicateOf !== null }
}

interface Created {
  readonly leadCreate: {
    readonly lead: CapturedLead | null
    readonly duplicateOf: CapturedLead | null
    readonly userErrors: readonly { readonly message: string; readonly field: readonly string[] | null }[]
  }
}

const LEAD_CREATE = `mutation ($input: LeadCreateInput!) {
  leadCreate(input: $input) { lead { id name email } duplicateOf { id name email } userErrors { message field } }
}`
