import { type KnownPerson, readPerson, type ReadPerson, type Translate } from 'trae-os/sdk'
import { type ApolloOrganization, type ApolloPerson, domainOf, sizeOf } from './answers.ts'
import { placeOf } from './places.ts'
import { isTheirs, workOf } from './work.ts'

export interface Source {
  readonly from: keyof KnownPerson | 'apollo'
  readonly derived: boolean
  readonly how: string
}
/** Something that somebody says, and who; null where they do not say it. */
type Said<Value> = { readonly value: Value; readonly source: Source } | null

/**
 * One answer of what the lead said, what Apollo knows and what follows from either, in this order: the lead's own words win, then
 * Apollo's, then conclusions. Of a field that nobody says anything about nothing is said. Pure.
 */
export function merge(
  known: KnownPerson,
  person: ApolloPerson | null,
  organization: ApolloOrganization | null,
  t: Translate,
) {
  const { found: told, from } = readPerson(known)
  const who = known.email ?? known.name ?? ''
  const where = organization === null ? '' : (domainOf(organization) ?? organization.name ?? '')
  // A job at another company than the lead's is none of this lead's
  const job = person?.organization && !isTheirs(told, person.organization) ? null : person
  const work = job === null ? null : workOf(job)
  const place = person === null ? null : placeOf(person)

  const own = <Field extends keyof ReadPerson>(field: Field): Said<NonNullable<ReadPerson[Field]>> => {
    const [value, rest] = [told[field], from[field]]
    if (value === null || value === undefined || rest === undefined) return null
    const how = t(rest.derived ? `from.${rest.from}` : 'given', { value: rest.seen })
    return { value: value as NonNullable<ReadPerson[Field]>, source: { from: rest.from, derived: rest.derived, how } }
  }
  const apollo = <Value>(value: Value | null | undefined, key: 'person' | 'company', derived = false): Said<Value> =>
    value === null || value === undefined || value === ''
      ? null
      : {
          value,
          source: { from: 'apollo', derived, how: t(`apollo.${key}`, { value: key === 'person' ? who : where }) },
        }
  const sources: Record<string, Source> = {}
  const first = <Value>(field: string, ...all: readonly Said<Value>[]): Value | null => {
    const won = all.find(one => one !== null)
    if (won) sources[field] = won.source
    return won?.value ?? null
  }

  const given = known.jobTitle?.trim() || null
  const country = first('country', apollo(place?.country, 'person'), own('country'))
  // Of two sources of a place no place is made up: what follows from the phone is added where it is in the same country
  const near = told.country === country && !place?.city
  const state = first('state', apollo(place?.state, 'person'), near ? own('state') : null)
  const city = first('city', apollo(place?.city, 'person'), near && told.state === state ? own('city') : null)
  return {
    firstName: first('firstName', own('firstName'), apollo(text(person?.first_name), 'person')),
    lastName: first('lastName', own('lastName'), apollo(text(person?.last_name), 'person')),
    company: first(
      'company',
      from.company?.derived === false ? own('company') : null,
      apollo(text(organization?.name), 'company'),
      own('company'),
    ),
    companyDomain: first(
      'companyDomain',
      own('companyDomain'),
      apollo(organization && domainOf(organization), 'company'),
    ),
    emailKind: first('emailKind', own('emailKind')),
    country,
    state,
    city,
    jobTitle: first<string>(
      'jobTitle',
      given === null
        ? null
        : { value: given, source: { from: 'jobTitle', derived: false, how: t('given', { value: given }) } },
      apollo(text(job?.title), 'person'),
    ),
    seniority: first('seniority', own('seniority'), apollo(work?.seniority, 'person', true)),
    department: first('department', own('department'), apollo(work?.department, 'person', true)),
    companySize: first('companySize', apollo(organization && sizeOf(organization), 'company')),
    industry: first('industry', apollo(text(organization?.industry), 'company')),
    linkedinUrl: first('linkedinUrl', apollo(address(person?.linkedin_url), 'person')),
    sources,
  }
}

const text = (value: string | null | undefined): string | null => value?.trim().slice(0, 255) || null

const address = (value: string | null | undefined): string | null =>
  /^https?:\/\/([a-z]+\.)?linkedin\.com\//i.test(value ?? '') ? value!.replace(/^http:/i, 'https:').slice(0, 500) : null
