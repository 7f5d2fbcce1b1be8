import type { Activity, Lead, Message, Translate } from 'trae-os/sdk'
import type { Briefing } from './briefing.ts'

export interface Known {
  readonly lead: Lead
  /** Oldest first. */
  readonly thread: readonly Message[]
  readonly activities: readonly Activity[]
  readonly meeting?: { readonly startsAt: string; readonly endsAt?: string | null | undefined } | null | undefined
}

/** Pure. Everything in it was said by somebody, who is named as its source; the rest is listed as unknown. */
export function composeBriefing(
  known: Known,
  t: Translate,
  { locale, timeZone }: { locale: string; timeZone: string },
): Briefing {
  const say = (key: string, values: Record<string, string | number> = {}) => t(key, values, locale)
  const { lead, meeting } = known
  const when = meeting ? sayTime(meeting.startsAt, locale, timeZone) : ''
  const who = lead.company ? say('who.company', { name: lead.name, company: lead.company }) : lead.name

  const facts = factsOf(known, say)
  const unknown = UNKNOWN.filter(({ of }) => of(lead) === undefined).map(({ name }) => name)
  const openQuestions = [
    ...questionsOfTheLead(known.thread),
    ...unknown.filter(name => name in QUESTIONS).map(name => say(QUESTIONS[name]!)),
  ]
  const briefing = {
    title: short(meeting ? say('title.when', { who, when }) : say('title', { who }), 200),
    summary: summaryOf(known, who, say),
    facts,
    unknown: unknown.map(name => say(`fact.${name}`)),
    openQuestions,
    agenda: agendaOf(minutesOf(meeting), say),
  }
  return { ...briefing, text: textOf(briefing, say) }
}

type Say = (key: string, values?: Record<string, string | number>) => string

const answer = (lead: Lead, name: string): string | undefined => {
  const value = lead.data[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() || undefined : undefined
}

/** What a closer wants to know, and where it would be: `source` names the message that says who told us. */
const WANTED: readonly { name: string; source: 'lead' | 'form'; of: (lead: Lead) => string | undefined }[] = [
  { name: 'company', source: 'lead', of: lead => lead.company ?? undefined },
  { name: 'jobTitle', source: 'lead', of: lead => lead.jobTitle ?? undefined },
  { name: 'companySize', source: 'form', of: lead => answer(lead, 'companySize') },
  { name: 'interest', source: 'form', of: lead => answer(lead, 'interest') },
  { name: 'message', source: 'form', of: lead => answer(lead, 'message') },
  { name: 'budget', source: 'form', of: lead => answer(lead, 'budget') },
  { name: 'deadline', source: 'form', of: lead => answer(lead, 'deadline') },
  { name: 'email', source: 'lead', of: lead => lead.email ?? undefined },
  { name: 'phone', source: 'lead', of: lead => lead.phone ?? undefined },
]
const UNKNOWN = WANTED.filter(({ name }) => name !== 'message')
const QUESTIONS: Readonly<Record<string, string>> = {
  interest: 'ask.interest',
  companySize: 'ask.companySize',
  jobTitle: 'ask.jobTitle',
  budget: 'ask.budget',
  deadline: 'ask.deadline',
}

function factsOf({ lead, thread, activities }: Known, say: Say): Briefing['facts'] {
  const stated = WANTED.flatMap(({ name, source, of }) => {
    const value = of(lead)
    return value === undefined
      ? []
      : [
          {
            label: say(`fact.${name}`),
            value: short(value),
            source: say(`source.${source}`),
            from: source === 'form' ? `lead.data.${name}` : `lead.${name}`,
          },
        ]
  })
  const origin = [
    lead.source,
    lead.utm['source'] ?? lead.utm['utm_source'],
    lead.utm['campaign'] ?? lead.utm['utm_campaign'],
  ]
  const scored = lead.scoreFactors
    .filter(({ points }) => points > 0)
    .map(({ name, reason, points, value }) => ({
      label: say('fact.factor', { points }),
      value: `${reason} (${value})`,
      source: say('source.score'),
      from: `lead.scoreFactors.${name}`,
    }))
  const said = thread.findLast(message => message.direction === 'in')
  const sent = thread.filter(message => message.direction === 'out').length
  return [
    ...stated,
    {
      label: say('fact.origin'),
      value: origin.filter(part => typeof part === 'string' && part !== '').join(' · '),
      source: say('source.capture'),
      from: 'lead.source, lead.utm',
    },
    ...scored,
    ...(said
      ? [{ label: say('fact.lastReply'), value: short(ownLines(said)), source: say('source.thread'), from: 'messages' }]
      : []),
    {
      label: say('fact.contacts'),
      value: say('contacts', { sent, received: thread.length - sent, activities: activities.length }),
      source: say('source.history'),
      from: 'messages, activities',
    },
  ]
}

function summaryOf({ lead, thread }: Known, who: string, say: Say): string {
  const said = thread.findLast(message => message.direction === 'in')
  return [
    lead.jobTitle ? say('summary.who.title', { who, jobTitle: lead.jobTitle }) : say('summary.who', { who }),
    lead.score === null ? say('summary.unscored') : say('summary.score', { score: lead.score }),
    said ? say('summary.said', { text: short(ownLines(said)) }) : say('summary.silent'),
  ].join(' ')
}

/** Sentences with a question mark in what the lead wrote, outside of quotations: nobody has answered them for sure. */
function questionsOfTheLead(thread: readonly Message[]): string[] {
  return thread
    .filter(message => message.direction === 'in')
    .flatMap(message => ownLines(message).split('\n'))
    .flatMap(line => line.match(/[^.!?]+\?/g) ?? [])
    .map(question => short(question))
    .slice(-5)
}

function minutesOf(meeting: Known['meeting']): number {
  const minutes = meeting?.endsAt
    ? Math.round((Date.parse(meeting.endsAt) - Date.parse(meeting.startsAt)) / 60_000)
    : 30
  return Math.max(10, minutes)
}

/** Shares of the time: opening, understanding, showing, next step. They add up to the length of the call. */
function agendaOf(minutes: number, say: Say): Briefing['agenda'] {
  const opening = Math.max(1, Math.round(minutes * 0.1))
  const next = Math.max(1, Math.round(minutes * 0.15))
  const understand = Math.round((minutes - opening - next) * 0.5)
  const parts = [opening, understand, minutes - opening - understand - next, next]
  return ['opening', 'understand', 'show', 'next'].map((topic, i) => ({
    minutes: parts[i]!,
    topic: say(`agenda.${topic}`),
  }))
}

function textOf({ title, summary, facts, unknown, openQuestions, agenda }: Omit<Briefing, 'text'>, say: Say): string {
  const section = (key: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`${say(key)}\n${lines.map(line => `- ${line}`).join('\n')}`]
  return [
    title,
    summary,
    ...section(
      'section.facts',
      facts.map(({ label, value, source }) => `${label}: ${value} (${source})`),
    ),
    ...section('section.unknown', unknown),
    ...section('section.questions', openQuestions),
    ...section(
      'section.agenda',
      agenda.map(({ minutes, topic }) => `${minutes} min: ${topic}`),
    ),
  ].join('\n\n')
}

/** Without the lines that quote an earlier message. */
const ownLines = ({ body }: Message) =>
  body
    .split('\n')
    .filter(line => !line.startsWith('>'))
    .join('\n')

/** One line of at most so many characters. */
function short(text: string, max = 300): string {
  const line = text.trim().replace(/\s+/g, ' ')
  return line.length > max ? `${line.slice(0, max - 1)}…` : line
}

function sayTime(instant: string, locale: string, timeZone: string): string {
  const style = {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  } as const
  return new Intl.DateTimeFormat(locale, { timeZone, ...style }).format(new Date(instant))
}
