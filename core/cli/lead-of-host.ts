import { TraeError } from '../errors.ts'
import { ask } from './host-graphql.ts'
import type { HostSession } from './host-session.ts'

/** The id of the lead with this address. Throws `NOT_FOUND`, with what to do: `next`. */
export async function findLead(session: HostSession, email: string, next: string): Promise<string> {
  const { leads } = await ask<Found>(session, FIND_LEAD, { search: email })
  const found = leads.edges.find(({ node }) => node.email === email.toLowerCase())
  if (found) return found.node.id
  throw new TraeError('NOT_FOUND', `There is no lead ${email} here; ${next}`)
}

interface Found {
  readonly leads: {
    readonly edges: readonly { readonly node: { readonly id: string; readonly email: string | null } }[]
  }
}

const FIND_LEAD = `query ($search: String!) {
  leads(first: 50, filter: { search: $search }) { edges { node { id email } } }
}`
