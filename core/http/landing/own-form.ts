import { type LandingContent, type LandingField, LEAD_FIELDS } from '../../sales/landing-page.ts'
import type { PublishedPage } from '../../sales/read-landing-pages.ts'
import { type LeadInput, leadInput } from '../../sales/lead.ts'
import { LONGEST_MESSAGE, readForm, textOf, type Typed } from './form.ts'
import { type Field, type Locale, TEXTS } from './texts.ts'

const LONGEST_REFERRER = 500

/** What a visitor typed into a page that a person wrote. */
export interface OwnTyped extends Typed<string> {
  /** The page that led here, without its query: that is nobody's business. */
  readonly referrer: string
}

/** A body, or the query and headers that a page was asked with. `referrer` is where the visitor came from, when known. */
export function readOwnForm(
  content: LandingContent,
  body: Readonly<Record<string, unknown>>,
  referrer?: string | undefined,
): OwnTyped {
  const typed = readForm(body, [...content.fields.map(({ key }) => key), 'consent'])
  return { ...typed, referrer: plainAddress(referrer ?? textOf(body, 'referrer', LONGEST_REFERRER)) }
}

function plainAddress(text: string): string {
  const url = URL.parse(text)
  return url && /^https?:$/.test(url.protocol) ? `${url.origin}${url.pathname}`.slice(0, LONGEST_REFERRER) : ''
}

export type OwnChecked =
  | { readonly input: LeadInput; readonly errors?: undefined }
  | { readonly input?: undefined; readonly errors: Readonly<Record<string, string>> }

/** The lead that the form stands for, or what is wrong with each field, in the language of the page. */
export function checkOwnForm({ content, slug, version }: PublishedPage, typed: OwnTyped): OwnChecked {
  const { locale, fields, consent } = content
  const words = WORDS[locale]
  const errors: Record<string, string> = {}
  const given = (key: string) => typed.values[key]?.trim() || undefined
  const known = (key: keyof typeof LEAD_FIELDS) => (fields.some(field => field.key === key) ? given(key) : undefined)
  const data: Record<string, string> = {}
  for (const field of fields) {
    const value = given(field.key)
    const wrong = wrongWith(field, value, words)
    if (wrong !== undefined) errors[field.key] = wrong
    else if (value !== undefined && !Object.hasOwn(LEAD_FIELDS, field.key)) data[field.key] = value
  }
  if (typed.values['consent'] !== 'yes') errors['consent'] = TEXTS[locale].errors.consent
  const parsed = leadInput.safeParse({
    name: known('name'),
    email: known('email'),
    phone: known('phone'),
    company: known('company'),
    jobTitle: known('jobTitle'),
    source: 'WEBSITE',
    locale,
    data,
    utm: { ...typed.utm, ...(typed.referrer && { referrer: typed.referrer }) },
    consent: { basis: 'CONSENT', text: consent, version: `/p/${slug} v${version}` },
  })
  for (const { path } of parsed.error?.issues ?? []) {
    const key = String(path[0])
    if (Object.hasOwn(LEAD_FIELDS, key)) errors[key] ??= TEXTS[locale].errors[key as Field]
    if (key === 'data') errors[fields.at(-1)!.key] ??= words.tooMuch
  }
  if (Object.keys(errors).length > 0) return { errors }
  if (!parsed.success) throw parsed.error // a field that the visitor does not see: a bug, not an outcome
  return { input: parsed.data }
}

function wrongWith(field: LandingField, value: string | undefined, words: Words): string | undefined {
  if (value === undefined) return field.required ? words.missing : undefined
  const longest = field.kind === 'LONG_TEXT' ? LONGEST_MESSAGE : 255
  if (value.length > longest) return words.tooLong(longest)
  if (field.kind === 'CHOICE' && !field.choices.includes(value)) return words.choose
  if (field.kind === 'EMAIL' && !/^\S+@\S+\.\S+$/.test(value)) return words.email
  return undefined
}

const WORDS = {
  'pt-BR': {
    missing: 'Preencha este campo.',
    tooLong: (longest: number) => `Escreva em até ${longest} caracteres.`,
    tooMuch: 'As respostas juntas são longas demais. Encurte uma delas.',
    choose: 'Escolha uma das opções.',
    email: TEXTS['pt-BR'].errors.email,
  },
  en: {
    missing: 'Fill in this field.',
    tooLong: (longest: number) => `Write at most ${longest} characters.`,
    tooMuch: 'The answers together are too long. Shorten one of them.',
    choose: 'Choose one of the options.',
    email: TEXTS.en.errors.email,
  },
} as const satisfies Record<Locale, unknown>
type Words = (typeof WORDS)[Locale]
