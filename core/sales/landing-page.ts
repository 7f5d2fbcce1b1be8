import { z } from 'zod'

export const LANDING_PAGE_STATUSES = ['DRAFT', 'PUBLISHED', 'WITHDRAWN'] as const
export type LandingPageStatus = (typeof LANDING_PAGE_STATUSES)[number]

export const LANDING_FIELD_KINDS = ['TEXT', 'EMAIL', 'PHONE', 'LONG_TEXT', 'CHOICE'] as const
export type LandingFieldKind = (typeof LANDING_FIELD_KINDS)[number]

/** Fields that every lead has, and the kind that each must be. Any other key is stored in the lead's `data`. */
export const LEAD_FIELDS = {
  name: 'TEXT',
  email: 'EMAIL',
  phone: 'PHONE',
  company: 'TEXT',
  jobTitle: 'TEXT',
} as const satisfies Record<string, LandingFieldKind>

/** Names that the form itself uses. */
const TAKEN = ['token', 'website', 'consent', 'referrer', 'lang', 'embed']

const line = (max: number) => z.string().trim().min(1).max(max)
const block = (max: number) => z.string().trim().max(max)

const field = z
  .strictObject({
    key: z
      .string()
      .regex(/^[a-z][a-zA-Z0-9_]{0,39}$/, 'must begin with a small letter and hold letters, digits and _ only')
      .refine(key => !TAKEN.includes(key) && !key.startsWith('utm_'), 'is a name that the form uses itself'),
    label: line(120),
    kind: z.enum(LANDING_FIELD_KINDS),
    required: z.boolean().default(false),
    help: block(200).default(''),
    /** Of a CHOICE: what can be chosen. */
    choices: z.array(line(120)).max(30).default([]),
  })
  .superRefine(({ key, kind, choices }, context) => {
    const wanted = Object.hasOwn(LEAD_FIELDS, key) ? LEAD_FIELDS[key as keyof typeof LEAD_FIELDS] : undefined
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (wanted !== undefined && kind !== wanted)
      wrong('kind', `must be ${wanted}, because ${key} is a field of every lead`)
    if (kind === 'CHOICE' && choices.length < 2) wrong('choices', 'must name at least two things to choose from')
    if (new Set(choices).size < choices.length) wrong('choices', 'must not name a choice twice')
  })
export type LandingField = z.output<typeof field>

/** An address of the web, without a name and password in it. */
const webAddress = z.url({ protocol: /^https?$/ }).max(500)
const origin = webAddress
  .refine(
    text => URL.canParse(text) && new URL(text).pathname === '/',
    'must be a site only, as https://www.example.com',
  )
  .transform(text => new URL(text).origin)

/** All of a page that a person writes. Texts are plain; an empty line begins a paragraph. */
export const landingContent = z.strictObject({
  /** Of the words that are not written here, and of the lead. */
  locale: z.enum(['pt-BR', 'en']),
  /** The name of who asks, above everything. */
  logo: block(60).default(''),
  /** The one colour of buttons and ground. */
  color: z.string().regex(/^#[0-9a-f]{6}$/i, 'must be a colour such as #0b7a5b'),
  headline: line(200),
  text: block(4000).default(''),
  /** What speaks for it, one a line. */
  points: z.array(line(200)).max(8).default([]),
  formTitle: line(120),
  submit: line(60),
  fields: z
    .array(field)
    .min(1)
    .max(20)
    .superRefine((fields, context) => {
      const seen = new Set<string>()
      fields.forEach(({ key }, index) => {
        if (seen.has(key)) context.addIssue({ code: 'custom', path: [index, 'key'], message: `${key} is there twice` })
        seen.add(key)
      })
      const asks = (key: string) => fields.some(one => one.key === key && one.required)
      if (!asks('name')) context.addIssue({ code: 'custom', message: 'must ask for the name, and require it' })
      if (!asks('email') && !asks('phone'))
        context.addIssue({
          code: 'custom',
          message: 'must require an e-mail or a phone: there is no answering without',
        })
    }),
  /** What a visitor agrees to; stored with the lead, word by word. */
  consent: line(2000),
  thanksTitle: line(200),
  thanksText: block(2000).default(''),
  /** Where a visitor is sent instead of the thanks. */
  redirectTo: webAddress.nullish().transform(address => address ?? null),
  /** Sites that may show the form inside of a page of theirs. */
  embedOrigins: z.array(origin).max(20).default([]),
})
export type LandingContent = z.output<typeof landingContent>
export type LandingContentInput = z.input<typeof landingContent>

export const landingSlug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/, 'must be small letters, digits and dashes, as demo-days')

/** A page as it stands. `content` is the draft; visitors see what was published. */
export interface LandingPage {
  readonly id: string
  readonly slug: string
  readonly status: LandingPageStatus
  readonly content: LandingContent
  readonly revision: number
  readonly version: number | null
  /** Does the draft say something else than what was published last? */
  readonly changed: boolean
  readonly createdAt: string
  readonly updatedAt: string
}

export interface LandingPageRow {
  id: string
  slug: string
  status: LandingPageStatus
  content: LandingContent
  revision: number
  version: number | null
  changed: boolean
  created_at: Date
  updated_at: Date
}

export const landingPageOf = ({ created_at, updated_at, ...row }: LandingPageRow): LandingPage => ({
  ...row,
  createdAt: created_at.toISOString(),
  updatedAt: updated_at.toISOString(),
})

/** Under which a capture by the page is known, in events and in the history of the lead. */
export const originOf = (slug: string) => `form:p/${slug}`

/** A page that could be published as it is, to begin with. */
export function sampleContent(locale: LandingContent['locale'], company: string): LandingContent {
  return landingContent.parse({ logo: company, color: '#0b7a5b', locale, ...SAMPLES[locale] })
}

const SAMPLES = {
  'pt-BR': {
    headline: 'Vamos conversar sobre o que você precisa',
    text: 'Conte em poucas linhas o que você procura. Respondemos por e-mail no mesmo dia.',
    points: ['Resposta no mesmo dia', 'Sem compromisso'],
    formTitle: 'Fale com a gente',
    submit: 'Enviar',
    fields: [
      { key: 'name', label: 'Nome', kind: 'TEXT', required: true },
      { key: 'email', label: 'E-mail de trabalho', kind: 'EMAIL', required: true },
      { key: 'phone', label: 'Telefone', kind: 'PHONE', help: '+55 11 98765-4321' },
      { key: 'company', label: 'Empresa', kind: 'TEXT' },
      { key: 'message', label: 'O que você procura?', kind: 'LONG_TEXT' },
    ],
    consent:
      'Autorizo o uso destes dados para responder à minha solicitação. Posso pedir acesso, correção ou exclusão quando quiser, conforme a LGPD (Lei 13.709/2018).',
    thanksTitle: 'Recebemos, obrigado',
    thanksText: 'Sua mensagem já está com a gente. A resposta chega por e-mail.',
  },
  en: {
    headline: 'Let us talk about what you need',
    text: 'Tell us in a few lines what you are looking for. We answer by e-mail on the same day.',
    points: ['An answer on the same day', 'No obligation'],
    formTitle: 'Talk to us',
    submit: 'Send',
    fields: [
      { key: 'name', label: 'Name', kind: 'TEXT', required: true },
      { key: 'email', label: 'Work e-mail', kind: 'EMAIL', required: true },
      { key: 'phone', label: 'Phone', kind: 'PHONE', help: '+1 415 555 0100' },
      { key: 'company', label: 'Company', kind: 'TEXT' },
      { key: 'message', label: 'What are you looking for?', kind: 'LONG_TEXT' },
    ],
    consent:
      'I agree to the use of these data to answer my request. I may ask for access, correction or deletion at any time.',
    thanksTitle: 'We have it, thank you',
    thanksText: 'Your message is with us. The answer comes by e-mail.',
  },
} as const satisfies Record<LandingContent['locale'], unknown>
