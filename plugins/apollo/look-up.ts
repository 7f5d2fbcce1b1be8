import { type Context, hasCode, type KnownPerson, readEmail, type ReadPerson } from 'trae-os/sdk'
import type { ApolloOrganization, ApolloPerson } from './answers.ts'
import { request } from './request.ts'
import { isTheirs } from './work.ts'

/**
 * Who this is, or null where Apollo knows nobody. Nobody is asked for whom too little is known to be sure: an address that
 * is not thrown away, or a name and a company. Telephone numbers and private addresses are never asked for.
 */
export async function findPerson(ctx: Context, known: KnownPerson, told: ReadPerson): Promise<ApolloPerson | null> {
  const email = readEmail(known.email)
  const address = email === undefined || email.kind === 'disposable' ? undefined : known.email!.trim()
  const name = told.firstName === null || told.lastName === null ? undefined : `${told.firstName} ${told.lastName}`
  const company = known.company?.trim() || undefined
  if (address === undefined && (name === undefined || company === undefined)) return null
  const query = { email: address, name, organization_name: company, domain: told.companyDomain ?? undefined }
  const found = await unlessRefused(ctx, () =>
    request<{ person?: ApolloPerson | null }>(ctx, { method: 'POST', path: '/people/match', query }),
  )
  return found?.person ?? null
}

/** The company at this domain, or null where Apollo knows none. */
export async function findOrganization(ctx: Context, domain: string): Promise<ApolloOrganization | null> {
  const query = { domain }
  const found = await unlessRefused(ctx, () =>
    request<{ organization?: ApolloOrganization | null }>(ctx, { path: '/organizations/enrich', query }),
  )
  return found?.organization ?? null
}

/**
 * Where the lead works: as the person's own answer says, else as Apollo knows the domain of their e-mail. Null where Apollo speaks of
 * another company than the lead. Where the second question fails the answer to the first, which was paid for, is enough.
 */
export async function organizationOf(
  ctx: Context,
  told: ReadPerson,
  person: ApolloPerson | null,
): Promise<ApolloOrganization | null> {
  const named = person?.organization
  if (named && isTheirs(told, named)) return named
  if (told.companyDomain === null) return null
  try {
    const found = await findOrganization(ctx, told.companyDomain)
    return found && isTheirs(told, found) ? found : null
  } catch (error) {
    if (person === null) throw error
    ctx.log.warn('Apollo knows the person; about the company it could not be asked.', { domain: told.companyDomain })
    return null
  }
}

/** What Apollo cannot make sense of, or does not have, nobody is known by. */
async function unlessRefused<Answer>(ctx: Context, ask: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await ask()
  } catch (error) {
    if (!hasCode(error, 'VALIDATION') && !hasCode(error, 'NOT_FOUND')) throw error
    ctx.log.warn((error as Error).message)
    return null
  }
}
