import {
  LANDING_FIELD_KINDS,
  type LandingContent,
  type LandingContentInput as ContentInput,
  type LandingField,
} from '../../core/sales/landing-page.ts'
import { builder } from '../builder.ts'
import { described } from '../described.ts'

export const LandingLocale = builder.enumType('LandingLocale', {
  description: 'The language of a page.',
  values: { PT_BR: { description: 'Brazilian Portuguese.' }, EN: { description: 'English.' } } as const,
})
export const LandingFieldKindType = builder.enumType('LandingFieldKind', {
  description: 'What a field of a form takes.',
  values: described(LANDING_FIELD_KINDS, {
    TEXT: 'A line.',
    EMAIL: 'An e-mail address.',
    PHONE: 'A phone number.',
    LONG_TEXT: 'Several lines.',
    CHOICE: 'One of the choices.',
  }),
})
const FieldRef = builder.objectRef<LandingField>('LandingField').implement({
  description: 'A field of a form.',
  fields: t => ({
    key: t.exposeString('key', {
      description: 'name, email, phone, company or jobTitle; any other is stored in `data` of the lead.',
    }),
    label: t.exposeString('label', { description: 'As visitors read it.' }),
    kind: t.field({ type: LandingFieldKindType, description: 'What it takes.', resolve: ({ kind }) => kind }),
    required: t.exposeBoolean('required', { description: 'Must it be filled in?' }),
    help: t.exposeString('help', { description: 'An example, shown while it is empty.' }),
    choices: t.stringList({ description: 'Of a CHOICE: what there is.', resolve: ({ choices }) => [...choices] }),
  }),
})
export const LandingContentRef = builder.objectRef<LandingContent>('LandingContent').implement({
  description: 'All of a page that a person writes.',
  fields: t => ({
    locale: t.field({
      type: LandingLocale,
      description: 'Its language.',
      resolve: ({ locale }) => LOCALE_NAMES[locale],
    }),
    logo: t.exposeString('logo', { description: 'The name of who asks.' }),
    color: t.exposeString('color', { description: 'As #0b7a5b.' }),
    headline: t.exposeString('headline', { description: 'What it is about.' }),
    text: t.exposeString('text', { description: 'Plain text; an empty line begins a paragraph.' }),
    points: t.stringList({ description: 'What speaks for it.', resolve: ({ points }) => [...points] }),
    formTitle: t.exposeString('formTitle', { description: 'Above the form.' }),
    submit: t.exposeString('submit', { description: 'On the button.' }),
    fields: t.field({ type: [FieldRef], description: 'What the form asks.', resolve: ({ fields }) => [...fields] }),
    consent: t.exposeString('consent', { description: 'What a visitor agrees to.' }),
    thanksTitle: t.exposeString('thanksTitle', { description: 'What a visitor reads after it.' }),
    thanksText: t.exposeString('thanksText', { description: 'The text below that.' }),
    redirectTo: t.exposeString('redirectTo', {
      nullable: true,
      description: 'Where a visitor is sent instead of the thanks.',
    }),
    embedOrigins: t.stringList({
      description: 'Sites that may show the form in a page of theirs.',
      resolve: ({ embedOrigins }) => [...embedOrigins],
    }),
  }),
})
const LOCALE_NAMES = { 'pt-BR': 'PT_BR', en: 'EN' } as const

const LandingFieldInput = builder.inputType('LandingFieldInput', {
  description: 'A field of a form.',
  fields: t => ({
    key: t.string({
      required: true,
      description:
        'name, email, phone, company or jobTitle; any other, as companySize, is stored in `data` of the lead.',
    }),
    label: t.string({ required: true, description: 'As visitors read it.' }),
    kind: t.field({ type: LandingFieldKindType, required: true, description: 'What it takes.' }),
    required: t.boolean({ description: 'Must it be filled in? No, without it.' }),
    help: t.string({ description: 'An example, shown while it is empty.' }),
    choices: t.stringList({ description: 'Of a CHOICE: what there is, 2 to 30.' }),
  }),
})
export const LandingContentInput = builder.inputType('LandingContentInput', {
  description: 'All of a page that a person writes. Texts are plain.',
  fields: t => ({
    locale: t.field({ type: LandingLocale, required: true, description: 'Its language.' }),
    logo: t.string({ description: 'The name of who asks.' }),
    color: t.string({ required: true, description: 'The one colour, as #0b7a5b.' }),
    headline: t.string({ required: true, description: 'What it is about.' }),
    text: t.string({ description: 'An empty line begins a paragraph.' }),
    points: t.stringList({ description: 'What speaks for it, at most 8.' }),
    formTitle: t.string({ required: true, description: 'Above the form.' }),
    submit: t.string({ required: true, description: 'On the button.' }),
    fields: t.field({
      type: [LandingFieldInput],
      required: true,
      description: 'What the form asks: the name, an e-mail or a phone, and what else you want, at most 20.',
    }),
    consent: t.string({ required: true, description: 'What a visitor agrees to; stored with the lead, word by word.' }),
    thanksTitle: t.string({ required: true, description: 'What a visitor reads after it.' }),
    thanksText: t.string({ description: 'The text below that.' }),
    redirectTo: t.string({ description: 'Where a visitor is sent instead of the thanks.' }),
    embedOrigins: t.stringList({
      description: 'Sites that may show the form in a page of theirs, as https://www.example.com.',
    }),
  }),
})

type Given = typeof LandingContentInput.$inferInput
/** What was left out gets its default from the schema of the core. */
export const contentOf = ({ locale, fields, ...given }: Given): ContentInput => ({
  ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as unknown as Omit<
    ContentInput,
    'locale'
  >),
  locale: locale === 'EN' ? 'en' : 'pt-BR',
  fields: fields.map(field => Object.fromEntries(Object.entries(field).filter(([, value]) => value !== null))) as never,
})
