import { type Department, foldText, readJobTitle, type ReadPerson, type Seniority } from 'trae-os/sdk'
import { type ApolloOrganization, type ApolloPerson, domainOf } from './answers.ts'

/** Apollo's ranks as those of this host. */
const RANKS: Readonly<Record<string, Seniority>> = {
  owner: 'owner',
  founder: 'owner',
  partner: 'owner',
  c_suite: 'executive',
  vp: 'director',
  head: 'director',
  director: 'director',
  manager: 'manager',
  senior: 'specialist',
  entry: 'junior',
  intern: 'junior',
}
/** Apollo's departments and functions, `master_sales` and `sales` alike, as those of this host. */
const AREAS: readonly (readonly [RegExp, Department])[] = [
  [/sales|business_development/, 'sales'],
  [/marketing/, 'marketing'],
  [/customer|support/, 'customer-success'],
  [/product/, 'product'],
  [/engineering|technology|data_science/, 'technology'],
  [/financ|accounting/, 'finance'],
  [/human_resources/, 'people'],
  [/purchas|procurement/, 'purchasing'],
  [/operations/, 'operations'],
  [/legal/, 'legal'],
  [/c_suite|executive|founder/, 'management'],
]

/** Rank and area: as Apollo says, else as the job title that it knows tells. */
export function workOf({ title, seniority, departments, functions }: ApolloPerson): {
  readonly seniority: Seniority | null
  readonly department: Department | null
} {
  const read = readJobTitle(title)
  const areas = [...(departments ?? []), ...(functions ?? [])].map(one => one.toLowerCase().replaceAll(' ', '_'))
  return {
    seniority: RANKS[seniority ?? ''] ?? read.seniority,
    department: read.department ?? AREAS.find(([words]) => areas.some(one => words.test(one)))?.[1] ?? null,
  }
}

/**
 * Is this the company that the lead speaks of? By its domain where that is known, else by its name. A lead who named none
 * works where Apollo says.
 */
export function isTheirs(
  told: Pick<ReadPerson, 'company' | 'companyDomain'>,
  organization: ApolloOrganization,
): boolean {
  const domain = domainOf(organization)
  if (told.companyDomain !== null)
    return domain !== null && (told.companyDomain === domain || told.companyDomain.endsWith(`.${domain}`))
  if (told.company === null) return true
  const [ours, theirs] = [bare(told.company), bare(organization.name ?? '')]
  const [short, long] = ours.length < theirs.length ? [ours, theirs] : [theirs, ours]
  return short.length >= 3 && long.startsWith(short)
}

/** A name without what says only how the company is constituted. */
const bare = (name: string) =>
  foldText(name)
    .replace(/[.,]/g, '')
    .replace(/(?:^| )(ltda|eireli|me|epp|s\/?a|inc|llc|ltd|gmbh|corp)(?= |$)/g, ' ')
    .replace(/[^a-z0-9]/g, '')
