import { createHash } from 'node:crypto'
import { isId } from '../../ids.ts'
import { type LeadInput, leadInput } from '../../sales/lead.ts'
import { storable } from '../../words.ts'
import { COMPANY_SIZES, type Field, FIELDS, type Locale, TEXTS } from './texts.ts'

export const UTM = ['source', 'medium', 'campaign', 'term', 'content'] as const
export const LONGEST_MESSAGE = 4000
const LONGEST_UTM = 200

/** What a visitor typed, as they typed it. */
export interface Typed<Name extends string = Field> {
  readonly values: Readonly<Record<Name, string>>
  readonly utm: Readonly<Record<string, string>>
  /** Made with the form: the same form sent twice is one capture. */
  readonly token: string
  /** A person does not see this field; whatever fills it is none. */
  readonly trap: string
}

/** A urlencoded body, or a query whose `utm_…` are carried along, as a form with these fields. */
export function readForm<Name extends string = Field>(
  body: Readonly<Record<string, unknown>>,
  fields: readonly Name[] = FIELDS as readonly string[] as readonly Name[],
): Typed<Name> {
  const text = (name: string, longest: number) => textOf(body, name, longest)
  const utm = UTM.map(name => [name, text(`utm_${name}`, LONGEST_UTM).trim()] as const).filter(
    ([, value]) => value !== '',
  )
  return {
    values: Object.fromEntries(fields.map(field => [field, text(field, 10_000)])) as Record<Name, string>,
    utm: Object.fromEntries(utm),
    token: text('token', 100),
    trap: text('website', 100),
  }
}

/** A field of a body as text that a database can hold; empty where there is none. */
export function textOf(body: Readonly<Record<string, unknown>>, name: string, longest: number): string {
  const value = body[name]
  return typeof value === 'string' ? storable(value, longest) : ''
}

export type Checked =
  | { readonly input: LeadInput; readonly errors?: undefined }
  | { readonly input?: undefined; readonly errors: Readonly<Partial<Record<Field, string>>> }

/** The lead that the form stands for, or what is wrong with each field, in the visitor's language. */
export function checkForm({ values, utm }: Typed, locale: Locale): Checked {
  const texts = TEXTS[locale]
  const given = (field: Field) => values[field].trim() || undefined
  const errors: Partial<Record<Field, string>> = {}
  const parsed = leadInput.safeParse({
    name: given('name'),
    email: given('email'),
    phone: given('phone'),
    company: given('company'),
    jobTitle: given('jobTitle'),
    source: 'WEBSITE',
    locale,
    data: {
      ...(given('companySize') && { companySize: given('companySize') }),
      ...(given('message') && { message: given('message') }),
    },
    utm,
    consent: { basis: 'CONSENT', text: texts.labels.consent },
  })
  for (const { path } of parsed.error?.issues ?? []) {
    const field = FIELDS.find(name => name === path[0])
    if (field) errors[field] = texts.errors[field]
  }
  if (!given('email')) errors.email = texts.missingEmail
  if (values.message.trim().length > LONGEST_MESSAGE) errors.message = texts.errors.message
  if (given('companySize') && !COMPANY_SIZES.some(size => size === given('companySize')))
    errors.companySize = texts.errors.companySize
  if (values.consent === '') errors.consent = texts.errors.consent
  if (Object.keys(errors).length > 0) return { errors }
  if (!parsed.success) throw parsed.error // a field that the visitor does not see: a bug, not an outcome
  return { input: parsed.data }
}

/**
 * The same form with the same content is one capture, however often it is sent; corrected and sent again it is another,
 * so that nothing a visitor says is dropped. Undefined for a token that is none of ours.
 */
export function dedupeKey(
  slug: string,
  { token, values }: Pick<Typed<string>, 'token' | 'values'>,
): string | undefined {
  if (!isId(token)) return undefined
  const content = createHash('sha256')
    .update(JSON.stringify(Object.values(values).map(value => value.trim())))
    .digest('hex')
  return `form:${slug}:${token}:${content.slice(0, 32)}`
}
