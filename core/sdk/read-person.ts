import { companyName } from './company-name.ts'
import { type EmailKind, readEmail } from './read-email.ts'
import { type Department, readJobTitle, type Seniority } from './read-job-title.ts'
import { readPhone } from './read-phone.ts'
import { splitName } from './split-name.ts'

/** What a person has told of themselves. */
export interface KnownPerson {
  readonly name?: string | null | undefined
  readonly email?: string | null | undefined
  /** Best in E.164: +5511987654321. */
  readonly phone?: string | null | undefined
  readonly company?: string | null | undefined
  readonly jobTitle?: string | null | undefined
}

/** What that alone tells; null is what it does not. */
export interface ReadPerson {
  readonly firstName: string | null
  readonly lastName: string | null
  readonly company: string | null
  readonly companyDomain: string | null
  readonly emailKind: EmailKind | null
  /** ISO 3166-1 code. */
  readonly country: string | null
  /** Of Brazil: the UF. */
  readonly state: string | null
  readonly city: string | null
  readonly seniority: Seniority | null
  readonly department: Department | null
}

/** What a field of `ReadPerson` rests on. */
export interface ReadFrom {
  readonly from: keyof KnownPerson
  /** False: as it was given. True: a conclusion that may be wrong. */
  readonly derived: boolean
  /** The part that it rests on: `+55 11`, `acme.com.br`. */
  readonly seen: string
}

/**
 * What name, e-mail, phone, company and job title tell by themselves, and for every field that is not null what it rests on. Asks nobody, invents
 * nothing: the same input gives the same answer.
 */
export function readPerson(known: KnownPerson): {
  readonly found: ReadPerson
  readonly from: Readonly<Partial<Record<keyof ReadPerson, ReadFrom>>>
} {
  const email = readEmail(known.email)
  const ownDomain = email?.kind === 'company' ? email.domain : null
  const given = known.company?.trim() || null
  const phone = readPhone(known.phone)
  const found: ReadPerson = {
    ...splitName(known.name),
    company: given ?? (ownDomain === null ? null : companyName(ownDomain)),
    companyDomain: ownDomain,
    emailKind: email?.kind ?? null,
    country: phone.country,
    state: phone.state,
    city: phone.city,
    ...readJobTitle(known.jobTitle),
  }
  const conclusion = (from: keyof KnownPerson, seen: string | null | undefined): ReadFrom => ({
    from,
    derived: true,
    seen: seen ?? '',
  })
  const all: Readonly<Record<keyof ReadPerson, ReadFrom>> = {
    firstName: conclusion('name', known.name),
    lastName: conclusion('name', known.name),
    company: given === null ? conclusion('email', ownDomain) : { from: 'company', derived: false, seen: given },
    companyDomain: conclusion('email', ownDomain),
    emailKind: conclusion('email', email?.domain),
    country: conclusion('phone', phone.prefix),
    state: conclusion('phone', phone.prefix),
    city: conclusion('phone', phone.prefix),
    seniority: conclusion('jobTitle', known.jobTitle),
    department: conclusion('jobTitle', known.jobTitle),
  }
  const from = Object.fromEntries(
    Object.entries(all).filter(([field]) => found[field as keyof ReadPerson] !== null),
  ) as Partial<Record<keyof ReadPerson, ReadFrom>>
  return { found, from }
}
