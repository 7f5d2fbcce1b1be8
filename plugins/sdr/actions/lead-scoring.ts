import { companyName, defineAction, foldText, readEmail, readJobTitle, sourced, type Translate, z } from 'trae-os/sdk'
import { companySize } from '../company-size.ts'
import { formAnswer, lead, type Lead, person, type Person } from '../lead.ts'

const factor = z.object({
  name: z.enum(['email', 'company', 'seniority', 'phone', 'companySize', 'intent', 'source']),
  points: z.int().min(0),
  value: z.string().describe('What was found.'),
  reason: z.string().describe('Why it counts so, in the language of the lead.'),
  ...sourced,
})
type Factor = z.output<typeof factor>

export const leadScoring = defineAction({
  title: 'Score a lead',
  description:
    'Scores a lead from 0 to 100 by seven factors, each with its points and its reason. The points are in the ' +
    'README; the same lead always gets the same score.',
  input: z.object({ lead, person }),
  output: z.object({ score: z.int().min(0).max(100), factors: z.array(factor) }),
  effect: 'none',
  idempotency: 'none',
  sample: {
    lead: {
      name: 'Ana Souza',
      email: 'ana@acme-solar.com.br',
      phone: '+5511987654321',
      jobTitle: 'Diretora Comercial',
      source: 'WEBSITE',
      data: { companySize: '51-200', message: 'Quero uma demonstração.' },
    },
  },
  run: ({ lead, person }, ctx) => scoreLead(lead, person, ctx.t, lead.locale ?? ctx.locale),
})

/** Pure. The score is the sum of the factors' points, and the points of all factors at their best are 100. */
export function scoreLead(
  lead: Lead,
  person: Person,
  t: Translate,
  locale?: string,
): { score: number; factors: Factor[] } {
  const factors = [email, company, seniority, phone, size, intent, source].map((judge): Factor => {
    const { name, grade, points, value, from } = judge(lead, person)
    return {
      name,
      points,
      value: value?.slice(0, 200) ?? t('none', {}, locale),
      reason: t(`score.${name}.${grade}`, {}, locale),
      // What an enricher or a rule made of it nobody has told
      source: from.startsWith('input.lead.') && grade !== 'derived' ? 'given' : 'computed',
      from,
    }
  })
  return { score: factors.reduce((sum, { points }) => sum + points, 0), factors }
}

interface Judgement {
  readonly name: Factor['name']
  /** Which row of the table: the reason is the message `score.<name>.<grade>`. */
  readonly grade: string
  readonly points: number
  readonly value: string | undefined
  /** Where it was looked for, and found where it was: `input.lead.phone`. */
  readonly from: string
}

const judgement = <Grade extends string>(
  name: Factor['name'],
  table: Readonly<Record<Grade, number>>,
  grade: Grade,
  value: string | undefined,
  from: string,
): Judgement => ({ name, grade, points: table[grade], value, from: `input.${from}` })

/** Points by factor and grade: this table is the whole scoring. The best of each row add up to 100. */
export const POINTS = {
  email: { company: 15, education: 5, free: 5, disposable: 0, none: 0 },
  company: { given: 5, found: 5, derived: 3, none: 0 },
  seniority: { owner: 25, executive: 25, director: 22, manager: 15, specialist: 8, junior: 3, none: 0 },
  phone: { given: 15, none: 0 },
  companySize: { large: 20, medium: 20, small: 15, micro: 8, none: 0 },
  intent: { buying: 15, interested: 8, none: 0 },
  source: { REFERRAL: 5, EVENT: 4, WEBSITE: 3, EMAIL: 2, other: 0 },
} as const

function email(lead: Lead, person: Person): Judgement {
  const read = readEmail(lead.email)
  const grade = read === undefined ? 'none' : (person?.emailKind ?? read.kind)
  return judgement('email', POINTS.email, grade, read?.domain, 'lead.email')
}

function company(lead: Lead, person: Person): Judgement {
  const given = lead.company?.trim() || undefined
  if (given) return judgement('company', POINTS.company, 'given', given, 'lead.company')
  const told = person?.company?.trim() || undefined
  // An enricher that asked somebody says so; one that only read the address has concluded it
  const grade = person?.sources?.['company']?.derived === false ? 'found' : 'derived'
  if (told) return judgement('company', POINTS.company, grade, told, 'person.company')
  // The lead's own words count also when no enricher answered.
  const email = person ? undefined : readEmail(lead.email)
  const read = email?.kind === 'company' ? companyName(email.domain) : null
  return read === null
    ? judgement('company', POINTS.company, 'none', undefined, 'lead.company')
    : judgement('company', POINTS.company, 'derived', read, 'lead.email')
}

function seniority(lead: Lead, person: Person): Judgement {
  const title = lead.jobTitle?.trim() || undefined
  const own = readJobTitle(title).seniority
  if (own === null && person?.seniority)
    return judgement('seniority', POINTS.seniority, person.seniority, person.jobTitle ?? title, 'person.seniority')
  return judgement('seniority', POINTS.seniority, own ?? 'none', title, 'lead.jobTitle')
}

function phone(lead: Lead): Judgement {
  const digits = (lead.phone ?? '').replace(/\D/g, '')
  const given = digits.length >= 8
  return judgement('phone', POINTS.phone, given ? 'given' : 'none', given ? lead.phone! : undefined, 'lead.phone')
}

function size(lead: Lead, person: Person): Judgement {
  const answer = formAnswer(lead, 'companySize')
  const own = companySize(answer)
  const found = person?.companySize?.trim() || undefined
  if (own === undefined && companySize(found) !== undefined)
    return judgement('companySize', POINTS.companySize, companySize(found)!, found, 'person.companySize')
  return judgement('companySize', POINTS.companySize, own ?? 'none', answer, 'lead.data.companySize')
}

function intent(lead: Lead): Judgement {
  const message = formAnswer(lead, 'message')
  const interest = formAnswer(lead, 'interest')
  const words = BUYING.exec(foldText(message ?? ''))?.[0]
  if (words !== undefined) return judgement('intent', POINTS.intent, 'buying', words, 'lead.data.message')
  const said = interest ?? ((message?.split(/\s+/).length ?? 0) >= 5 ? message : undefined)
  const from = interest === undefined ? 'lead.data.message' : 'lead.data.interest'
  return judgement('intent', POINTS.intent, said === undefined ? 'none' : 'interested', said, from)
}

/** Words of somebody who is about to buy, in Portuguese and English. */
const BUYING =
  /\b(orcamento|cotacao|cotar|precos?|valor(es)?|quanto custa|planos?|proposta|demo|demonstra\w+|reuniao|contratar|comprar|implantar|quote|pricing|prices?|cost|proposal|demonstration|meeting|buy|purchase|hire|trial)\b/

function source(lead: Lead): Judgement {
  const grade = lead.source && lead.source in POINTS.source ? (lead.source as keyof typeof POINTS.source) : 'other'
  return judgement('source', POINTS.source, grade, lead.source ?? undefined, 'lead.source')
}
