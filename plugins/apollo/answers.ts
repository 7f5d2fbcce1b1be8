/** As much as we read of what Apollo answers. Any of it may be missing, or null. */
export interface ApolloPerson {
  readonly first_name?: string | null
  readonly last_name?: string | null
  readonly title?: string | null
  /** owner, founder, c_suite, partner, vp, head, director, manager, senior, entry, intern */
  readonly seniority?: string | null
  readonly departments?: readonly string[] | null
  readonly functions?: readonly string[] | null
  readonly linkedin_url?: string | null
  readonly city?: string | null
  readonly state?: string | null
  /** By its English name. */
  readonly country?: string | null
  readonly organization?: ApolloOrganization | null
}

export interface ApolloOrganization {
  readonly name?: string | null
  readonly primary_domain?: string | null
  readonly website_url?: string | null
  readonly linkedin_url?: string | null
  readonly industry?: string | null
  readonly estimated_num_employees?: number | null
  readonly founded_year?: number | null
  readonly city?: string | null
  readonly state?: string | null
  readonly country?: string | null
}

/** Its domain, in lower case and without `www.`. */
export function domainOf({ primary_domain, website_url }: ApolloOrganization): string | null {
  const named = primary_domain ?? /^(?:https?:\/\/)?([^/?#:]+)/i.exec(website_url ?? '')?.[1]
  return (
    named
      ?.trim()
      .toLowerCase()
      .replace(/^www\./, '') || null
  )
}

/** As a form would be answered: the number of people, where Apollo knows one. */
export const sizeOf = ({ estimated_num_employees: people }: ApolloOrganization): string | null =>
  typeof people === 'number' && people > 0 ? `${Math.round(people)}` : null
